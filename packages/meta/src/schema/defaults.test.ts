import { describe, expect, it } from 'vitest'
import { MetaError } from '../errors.ts'
import type { JsonObject } from '../object.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { applyDefaults } from './defaults.ts'

const set: SchemaSet = {
  Disk: {
    type: 'object',
    default: { bus: 'virtio' },
    properties: { bus: { type: 'string', default: 'sata' }, size: { type: 'string' } },
  },
  Loop: { type: 'object', properties: { again: { ref: 'Loop', default: {} } } },
}
const schema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      default: { mode: 'auto' },
      properties: {
        mode: { type: 'string', default: 'off' },
        on: { type: 'boolean', default: true },
        maybe: { type: 'string', nullable: true, default: 'x' },
        plain: { type: 'string' },
        tags: { type: 'object', additionalProperties: { type: 'string' } },
        disks: { type: 'array', items: { ref: 'Disk' } },
        root: { ref: 'Disk' },
        free: { type: 'object', preserveUnknownFields: true },
      },
    },
  },
}

function defaulted(object: JsonObject): JsonObject {
  applyDefaults(object, schema, set)
  return object
}
const filled = { mode: 'off', on: true, maybe: 'x', root: { bus: 'virtio' } }

describe('applyDefaults', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['fills members, also inside a default', {}, { spec: { ...filled, mode: 'auto' } }],
    ['keeps what is there', { spec: { mode: 'on', on: false } }, { spec: { ...filled, mode: 'on', on: false } }],
    [
      'fills list items',
      { spec: { disks: [{}, { bus: 'scsi' }] } },
      { spec: { ...filled, disks: [{ bus: 'sata' }, { bus: 'scsi' }] } },
    ],
    ['takes null for missing', { spec: { mode: null, plain: null } }, { spec: filled }],
    ['keeps null where it is allowed', { spec: { maybe: null } }, { spec: { ...filled, maybe: null } }],
    ['drops null values of maps', { spec: { tags: { a: null, b: 'c' } } }, { spec: { ...filled, tags: { b: 'c' } } }],
    ['keeps null in free fields', { spec: { free: { a: null } } }, { spec: { ...filled, free: { a: null } } }],
    ['drops null metadata fields', { metadata: { labels: null } }, { metadata: {}, spec: { ...filled, mode: 'auto' } }],
    ['leaves values of the wrong type', { spec: 'text' }, { spec: 'text' }],
  ])('%s', (_, object, expected) => {
    expect(defaulted(object)).toEqual(expected)
  })

  it('copies defaults, so that objects share nothing', () => {
    const [first, second] = [defaulted({}), defaulted({})]
    expect(first['spec']).not.toBe(second['spec'])
    expect(first['spec']).not.toBe(schema.properties?.['spec']?.default)
  })

  it('applied twice is applied once', () => {
    const once = defaulted({ spec: { disks: [{}] } })
    expect(defaulted(structuredClone(once))).toEqual(once)
  })

  it('refuses a default that fills itself for ever', () => {
    expect(() => applyDefaults({}, { ref: 'Loop' }, set)).toThrow('deeper than 512')
  })

  it('refuses broken references', () => {
    expect(() => applyDefaults({}, { ref: 'Nowhere' }, set)).toThrow(MetaError)
    expect(() => applyDefaults({}, { ref: 'toString' }, set)).toThrow('is not defined')
    expect(() => applyDefaults({}, { ref: 'A' }, { A: { ref: 'B' }, B: { ref: 'A' } })).toThrow('refers to itself')
  })
})
