/** Every walk passes over what was walked before, and over nothing else. */

import { expect, it } from 'vitest'
import type { JsonObject } from '../object.ts'
import type { Schema } from '../schema.ts'
import { canonicalise } from './canonicalise.ts'
import { applyDefaults } from './defaults.ts'
import { prune } from './prune.ts'
import { validate } from './validate.ts'

const part: Schema = {
  type: 'object',
  properties: {
    size: { type: 'string', format: 'quantity' },
    mode: { type: 'string', default: 'fast', enum: ['fast'] },
    self: { ref: 'Part' },
  },
}
const set = { Part: part }
const schema: Schema = { type: 'object', properties: { spec: { ref: 'Part' }, status: { ref: 'Part' } } }

const walked = (object: JsonObject, settled: JsonObject | undefined): unknown => {
  const dropped = prune(object, schema, set, { settled })
  applyDefaults(object, schema, set, { settled })
  const causes = validate(object, schema, set, { settled }).map(({ field }) => field)
  canonicalise(object, schema, set, { settled })
  return { object, dropped, causes }
}

const raw = (): JsonObject => ({ size: '1024Mi', mode: 'slow', odd: 1, self: { size: '1024Mi' } })
const done = { size: '1Gi', mode: 'slow', self: { size: '1Gi', mode: 'fast' } }

it('passes over the very same members', () => {
  const spec = raw()
  expect(walked({ spec, status: raw() }, { spec, status: raw() })).toEqual({
    object: { spec: raw(), status: done },
    dropped: ['status.odd'],
    causes: ['status.mode'],
  })
})

it('walks members that are only equal, and all without a settled object', () => {
  const all = {
    object: { spec: done, status: done },
    dropped: ['spec.odd', 'status.odd'],
    causes: ['spec.mode', 'status.mode'],
  }
  expect(walked({ spec: raw(), status: raw() }, { spec: raw() })).toEqual(all)
  expect(walked({ spec: raw(), status: raw() }, undefined)).toEqual(all)
})
