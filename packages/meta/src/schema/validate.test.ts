import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../object.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { validate } from './validate.ts'

/** Causes of one field `spec.x` as `field: message`. */
function found(x: Json, schema: Schema): string[] {
  const whole: Schema = { type: 'object', properties: { spec: { type: 'object', properties: { x: schema } } } }
  return validate({ spec: { x } }, whole, {}).map(({ field, message }) => `${field}: ${message}`)
}
const body = 'spec.x in body'

describe('accepts', () => {
  it.each<[Json, Schema]>([
    ['a', { type: 'string' }],
    [1, { type: 'integer' }],
    [1.5, { type: 'number' }],
    [1, { type: 'number' }],
    [null, { type: 'string', nullable: true }],
    [{ any: 1 }, {}],
    [5, { intOrString: true }],
    ['5%', { intOrString: true }],
    ['500m', { type: 'string', format: 'quantity' }],
    [2, { type: 'string', format: 'quantity' }],
    ['2026-01-31T12:00:00Z', { type: 'string', format: 'date-time' }],
    ['2026-01-31', { type: 'string', format: 'date' }],
    ['1h30m', { type: 'string', format: 'duration' }],
    ['aGk=', { type: 'string', format: 'byte' }],
    ['10.0.0.1', { type: 'string', format: 'ipv4' }],
    ['::1', { type: 'string', format: 'ipv6' }],
    ['fe80::1:2', { type: 'string', format: 'ipv6' }],
    ['::ffff:10.0.0.1', { type: 'string', format: 'ipv6' }],
    ['1:2:3:4:5:6:7:8', { type: 'string', format: 'ipv6' }],
    ['10.0.0.0/8', { type: 'string', format: 'cidr' }],
    ['fd00::/64', { type: 'string', format: 'cidr' }],
    ['02:00:00:00:00:01', { type: 'string', format: 'mac' }],
    ['5b5a6a8e-2b3c-4d5e-8f90-1a2b3c4d5e6f', { type: 'string', format: 'uuid' }],
    ['a.example.com', { type: 'string', format: 'hostname' }],
    ['anything', { type: 'string', format: 'unheard-of' }],
    ['😀😀', { type: 'string', minLength: 2, maxLength: 2 }],
    ['ABC', { type: 'string', pattern: '(?i)^abc$' }],
    [['a', 'b'], { type: 'array', items: { type: 'string' }, listType: 'set' }],
    [[{ a: 1 }], { type: 'array', enum: [[{ a: 1 }]] }],
    [{ constructor: 1 }, { type: 'object', properties: {} }],
  ])('%j for %j', (value, schema) => {
    expect(found(value, schema)).toEqual([])
  })
})

describe('refuses', () => {
  it.each<[Json, Schema, string]>([
    ['a', { type: 'integer' }, `Invalid value: "string": ${body} must be of type integer: "string"`],
    [1.5, { type: 'integer' }, `Invalid value: "number": ${body} must be of type integer: "number"`],
    [1, { type: 'string' }, `Invalid value: "integer": ${body} must be of type string: "integer"`],
    [null, { type: 'string' }, `Invalid value: "null": ${body} must be of type string: "null"`],
    [[], { type: 'object' }, `Invalid value: "array": ${body} must be of type object: "array"`],
    [{}, { type: 'array' }, `Invalid value: "object": ${body} must be of type array: "object"`],
    ['true', { type: 'boolean' }, `Invalid value: "string": ${body} must be of type boolean: "string"`],
    [true, { intOrString: true }, `Invalid value: "boolean": ${body} must be of type integer,string: "boolean"`],
    [1.5, { intOrString: true }, `Invalid value: "number": ${body} must be of type integer,string: "number"`],
    ['x', { type: 'string', enum: ['a', 'b'] }, 'Unsupported value: "x": supported values: "a", "b"'],
    [3, { type: 'integer', enum: [1, 2] }, 'Unsupported value: 3: supported values: "1", "2"'],
    [0, { type: 'integer', minimum: 1 }, `Invalid value: 0: ${body} should be greater than or equal to 1`],
    [9, { type: 'integer', maximum: 8 }, `Invalid value: 9: ${body} should be less than or equal to 8`],
    [
      2 ** 31,
      { type: 'integer', format: 'int32' },
      `Invalid value: 2147483648: ${body} should be less than or equal to 2147483647`,
    ],
    ['', { type: 'string', minLength: 1 }, `Invalid value: "": ${body} should be at least 1 chars long`],
    ['abc', { type: 'string', maxLength: 2 }, 'Too long: may not be more than 2 bytes'],
    ['b', { type: 'string', pattern: '^a$' }, `Invalid value: "b": ${body} should match '^a$'`],
    [[], { type: 'array', minItems: 1 }, `Invalid value: 0: ${body} should have at least 1 items`],
    [[1, 2], { type: 'array', maxItems: 1 }, 'Too many: 2: must have at most 1 items'],
    [
      'noon',
      { type: 'string', format: 'date-time' },
      `Invalid value: "noon": ${body} must be of type date-time: "noon"`,
    ],
    ['2026-02-30', { type: 'string', format: 'date' }, `Invalid value: "2026-02-30": ${body} must be of type date`],
    ['5 m', { type: 'string', format: 'duration' }, `Invalid value: "5 m": ${body} must be of type duration`],
    ['a', { type: 'string', format: 'byte' }, `Invalid value: "a": ${body} must be of type byte`],
    ['256.0.0.1', { type: 'string', format: 'ipv4' }, `Invalid value: "256.0.0.1": ${body} must be of type ipv4`],
    ['1::2::3', { type: 'string', format: 'ipv6' }, `Invalid value: "1::2::3": ${body} must be of type ipv6`],
    ['10.0.0.0/33', { type: 'string', format: 'cidr' }, `Invalid value: "10.0.0.0/33": ${body} must be of type cidr`],
    ['02:00', { type: 'string', format: 'mac' }, `Invalid value: "02:00": ${body} must be of type mac`],
    [
      '1GB',
      { type: 'string', format: 'quantity' },
      'Invalid value: "1GB": quantities must match the regular expression',
    ],
    [
      true,
      { type: 'string', format: 'quantity' },
      `Invalid value: "boolean": ${body} must be of type string: "boolean"`,
    ],
  ])('%j for %j', (value, schema, expected) => {
    const causes = found(value, schema)
    expect(causes).toHaveLength(1)
    expect(causes[0]?.startsWith(`spec.x: ${expected}`)).toBe(true)
  })
})

describe('places', () => {
  const schema: Schema = {
    type: 'object',
    required: ['spec'],
    properties: {
      spec: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string' },
          disks: { type: 'array', items: { ref: 'Disk' }, listType: 'map', listMapKeys: ['name', 'bus'] },
          set: { type: 'array', items: {}, listType: 'set' },
          env: { type: 'array', items: {}, listType: 'set', patchStrategy: 'merge' },
          tags: { type: 'object', additionalProperties: { type: 'string' } },
          child: { type: 'object', embeddedResource: true, preserveUnknownFields: true },
        },
      },
    },
  }
  const set: SchemaSet = {
    Disk: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, bus: { type: 'string', default: 'sata' } },
    },
  }
  const at = (spec: JsonObject) => validate({ spec: { name: 'x', ...spec } }, schema, set)

  it.each<[string, JsonObject, object[]]>([
    [
      'a list item',
      { disks: [{ name: 'a' }, {}] },
      [{ field: 'spec.disks[1].name', reason: 'FieldValueRequired', message: 'Required value' }],
    ],
    ['a map value', { tags: { a: 1 } }, [{ field: 'spec.tags.a', reason: 'FieldValueTypeInvalid' }]],
    [
      'a repeated key, defaults included',
      { disks: [{ name: 'a' }, { name: 'b' }, { name: 'a', bus: 'sata' }] },
      [
        {
          field: 'spec.disks[2]',
          reason: 'FieldValueDuplicate',
          message: 'Duplicate value: {"name":"a","bus":"sata"}',
        },
      ],
    ],
    [
      'a repeated item',
      { set: [{ a: 1, b: 2 }, 'x', { b: 2, a: 1 }] },
      [{ field: 'spec.set[2]', reason: 'FieldValueDuplicate' }],
    ],
    ['nothing in lists of built-in kinds', { env: ['x', 'x'] }, []],
    [
      'an embedded resource without its kind',
      { child: { apiVersion: 'v1', metadata: { name: 1 } } },
      [
        { field: 'spec.child.kind', message: 'Required value: must not be empty' },
        { field: 'spec.child.metadata.name', reason: 'FieldValueTypeInvalid' },
      ],
    ],
  ])('reports %s', (_, spec, expected) => {
    const causes = at(spec)
    expect(causes).toHaveLength(expected.length)
    expect(causes).toMatchObject(expected)
  })

  it('reports every cause, in order', () => {
    const causes = validate(
      { kind: 1, metadata: { labels: { a: 1 }, finalizers: 'x' }, spec: { disks: 1 } },
      schema,
      set,
    )
    expect(causes.map(({ field }) => field)).toEqual([
      'kind',
      'metadata.labels.a',
      'metadata.finalizers',
      'spec.name',
      'spec.disks',
    ])
    expect(validate({}, schema, set)).toMatchObject([{ field: 'spec' }])
  })

  it('stops at 200 causes', () => {
    expect(at({ disks: Array.from({ length: 1000 }, () => 1) })).toHaveLength(200)
  })

  it('refuses a pattern that is none', () => {
    expect(() => found('a', { type: 'string', pattern: '(' })).toThrow('is not a regular expression')
  })

  it('takes time in proportion to the value, also where the schema is recursive', () => {
    const recursive = {
      Node: { type: 'object', properties: { next: { ref: 'Node' }, items: { type: 'array', items: { ref: 'Node' } } } },
    } as const
    const node = (depth: number): JsonObject => (depth === 0 ? {} : { next: node(depth - 1), items: [{}, {}] })
    expect(validate(node(400), { ref: 'Node' }, recursive)).toEqual([])
  })
})
