import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../object.ts'
import type { Schema } from '../schema.ts'
import { prune } from './prune.ts'

const schema: Schema = {
  type: 'object',
  properties: {
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        disks: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
        tags: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
        open: {
          type: 'object',
          preserveUnknownFields: true,
          properties: { closed: { type: 'object', properties: {} } },
        },
        any: {},
        template: {
          type: 'object',
          embeddedResource: true,
          properties: { spec: { type: 'object', preserveUnknownFields: true } },
        },
      },
    },
  },
}

describe('prune', () => {
  it.each<[string, JsonObject, JsonObject, string[]]>([
    [
      'keeps the members of every object',
      { apiVersion: 'v1', kind: 'X', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'X', metadata: { name: 'a' } },
      [],
    ],
    ['drops at the top', { bogus: 1 }, {}, ['bogus']],
    ['drops in metadata', { metadata: { name: 'a', bogus: 1 } }, { metadata: { name: 'a' } }, ['metadata.bogus']],
    [
      'keeps labels and annotations',
      { metadata: { labels: { any: 'x' }, annotations: { any: 'x' } } },
      { metadata: { labels: { any: 'x' }, annotations: { any: 'x' } } },
      [],
    ],
    ['drops nested, once per branch', { spec: { foo: { bar: 1 } } }, { spec: {} }, ['spec.foo']],
    [
      'counts list items',
      { spec: { disks: [{ name: 'a' }, { nam: 'b' }] } },
      { spec: { disks: [{ name: 'a' }, {}] } },
      ['spec.disks[1].nam'],
    ],
    [
      'drops inside maps',
      { spec: { tags: { k: { a: 'x', b: 1 } } } },
      { spec: { tags: { k: { a: 'x' } } } },
      ['spec.tags.k.b'],
    ],
    [
      'keeps what is free, but not below what is described',
      { spec: { open: { x: { y: 1 }, closed: { z: 1 } } } },
      { spec: { open: { x: { y: 1 }, closed: {} } } },
      ['spec.open.closed.z'],
    ],
    [
      'keeps everything where the schema is empty',
      { spec: { any: { x: [{ y: 1 }] } } },
      { spec: { any: { x: [{ y: 1 }] } } },
      [],
    ],
    [
      'treats embedded resources as objects',
      {
        spec: {
          template: { apiVersion: 'v1', kind: 'X', metadata: { name: 'a', bogus: 1 }, spec: { x: 1 }, other: 1 },
        },
      },
      { spec: { template: { apiVersion: 'v1', kind: 'X', metadata: { name: 'a' }, spec: { x: 1 } } } },
      ['spec.template.metadata.bogus', 'spec.template.other'],
    ],
    ['leaves values of the wrong type to validation', { spec: { name: { x: 1 } } }, { spec: { name: { x: 1 } } }, []],
    [
      'does not take inherited names for known',
      { spec: { constructor: 1, toString: 2 } },
      { spec: {} },
      ['spec.constructor', 'spec.toString'],
    ],
  ])('%s', (_, object, expected, dropped) => {
    expect(prune(object, schema, {})).toEqual(dropped)
    expect(object).toEqual(expected)
  })

  it('drops a member named __proto__', () => {
    const object = JSON.parse('{"spec":{"__proto__":{"x":1}}}') as JsonObject
    expect(prune(object, schema, {})).toEqual(['spec.__proto__'])
    expect(JSON.stringify(object)).toBe('{"spec":{}}')
  })

  it('refuses endless depth', () => {
    let deep: JsonObject = {}
    for (let level = 0; level < 600; level += 1) deep = { a: deep }
    const recursive = { A: { type: 'object', properties: { a: { ref: 'A' } } } } as const
    expect(() => prune(deep, { ref: 'A' }, recursive)).toThrow('the object nests deeper than 512 levels, at a.a.a.a.a…')
  })
})
