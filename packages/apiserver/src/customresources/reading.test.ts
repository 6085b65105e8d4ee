/** Reading through a schema: always the same answer, always one that the schema accepts the shape of. */

import { prune, validate, type Json, type JsonObject, type Schema } from '@berth/meta'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { storedReader } from './reading.ts'

const names = ['a', 'b', 'c']
const leaf = fc.oneof(
  fc.record({ type: fc.constant('string' as const), default: fc.constantFrom('x', 'y') }),
  fc.record({ type: fc.constant('integer' as const) }),
  fc.record({ type: fc.constant('string' as const), nullable: fc.constant(true) }),
  fc.constant<Schema>({ preserveUnknownFields: true }),
)
const { schema } = fc.letrec<{ schema: Schema; object: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    leaf,
    tie('object'),
    tie('schema').map((items): Schema => ({ type: 'array', items })),
    tie('schema').map((additionalProperties): Schema => ({ type: 'object', additionalProperties })),
  ),
  object: fc
    .dictionary(fc.constantFrom(...names), tie('schema'))
    .map((properties): Schema => ({ type: 'object', properties, ...(properties['a'] ? { default: {} } : {}) })),
}))
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Json>(null, 1, 'x', true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names, 'metadata'), tie('value')),
  ),
}))
const whole = (spec: Schema): Schema => ({ type: 'object', properties: { spec } })

it('gives the same when it reads what it gave', () => {
  fc.assert(
    fc.property(schema, schema, value, (one, two, spec) => {
      const schemas = new Map([
        ['v1', whole(one)],
        ['v2', whole(two)],
      ])
      const reader = storedReader('shop.example', 'v1', schemas)
      const object = { apiVersion: 'shop.example/v1', kind: 'Widget', metadata: { name: 'a' }, spec }
      const stored = Buffer.from(JSON.stringify(object))
      const shown = reader.read('v1', stored)
      expect(reader.read('v1', stored)).toBe(shown)
      expect(reader.read('v1', shown).toString()).toBe(shown.toString())
      const other = JSON.parse(reader.read('v2', stored).toString()) as JsonObject
      expect(other['apiVersion']).toBe('shop.example/v2')
      expect(prune(structuredClone(other), whole(two), {})).toEqual([])
    }),
    { numRuns: 500 },
  )
})

it('changes nothing that its schema would take as it is', () => {
  fc.assert(
    fc.property(schema, value, (declared, spec) => {
      const reader = storedReader('shop.example', 'v1', new Map([['v1', whole(declared)]]))
      const first = reader.read(
        'v1',
        Buffer.from(JSON.stringify({ apiVersion: 'shop.example/v1', metadata: {}, spec })),
      )
      const shown = JSON.parse(first.toString()) as JsonObject
      const before = validate(shown, whole(declared), {}).length
      reader.beforeStore?.(shown as never)
      expect(JSON.stringify(shown)).toBe(first.toString())
      expect(validate(shown, whole(declared), {})).toHaveLength(before)
    }),
    { numRuns: 500 },
  )
})
