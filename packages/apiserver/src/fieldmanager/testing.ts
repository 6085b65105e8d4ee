/** An invented kind with every sort of list and map, and applies to it without a server. */

import type { JsonObject, Schema } from '@berth/meta'
import { applyConfig, type Applied } from './apply.ts'
import { noManagers, type Managers } from './managers.ts'
import { recordUpdate } from './record-update.ts'
import type { Kind, Write } from './write.ts'

const text: Schema = { type: 'string' }
const texts: Schema = { type: 'object', additionalProperties: text }

const spec: Schema = {
  type: 'object',
  properties: {
    name: text,
    size: { type: 'string', format: 'quantity' },
    flags: { type: 'array', items: text, listType: 'set' },
    steps: { type: 'array', items: text, listType: 'atomic' },
    notes: texts,
    pair: { type: 'object', mapType: 'atomic', properties: { left: text, right: text } },
    crew: {
      type: 'array',
      listType: 'map',
      listMapKeys: ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: text, rank: text, tags: { type: 'array', items: text, listType: 'set' }, notes: texts },
      },
    },
    ports: {
      type: 'array',
      listType: 'map',
      listMapKeys: ['port', 'protocol'],
      items: {
        type: 'object',
        properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: text },
      },
    },
    deep: { type: 'object', properties: { inner: { type: 'object', properties: { a: text, b: text } } } },
    free: { type: 'object', preserveUnknownFields: true },
  },
}

export const ship: Kind = {
  schema: { type: 'object', properties: { spec } },
  context: { schemas: {}, builtIn: false },
}

export interface State {
  object: JsonObject
  managers: Managers
}

export const nothing: State = { object: {}, managers: noManagers }

export function writeBy(manager: string): Write {
  return { manager, apiVersion: 'v1', subresource: '', time: '2030-01-01T00:00:00Z' }
}

export function apply(state: State, manager: string, content: JsonObject, force = false): Applied {
  const write = writeBy(manager)
  const config: JsonObject = { apiVersion: 'v1', kind: 'Ship', spec: content }
  return applyConfig({ live: state.object, config, managers: state.managers, kind: ship, write, force })
}

/** As {@link apply}, where a conflict is a failure of the test. */
export function applied(state: State, manager: string, content: JsonObject, force = false): State {
  const result = apply(state, manager, content, force)
  if (result.kind === 'conflicts') throw new Error(`unexpected conflict: ${JSON.stringify(result.conflicts)}`)
  return result
}

export function updated(state: State, manager: string, content: JsonObject): State {
  const object: JsonObject = { ...state.object, spec: content }
  const change = { before: state.object, after: object, kind: ship, write: writeBy(manager) }
  return { object, managers: recordUpdate(state.managers, change) }
}
