import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../object.ts'
import type { Schema } from '../schema.ts'
import { duplicatesIn } from './list-type.ts'
import { validate } from './validate.ts'

const nil = '<nil>: Invalid value: ""'

function found(x: Json, schema: Schema, previous?: Json): string[] {
  const whole: Schema = { type: 'object', properties: { x: schema } }
  const options = previous === undefined ? {} : { previous: { x: previous } }
  return validate({ x }, whole, {}, options).map(({ field, message }) => `${field}: ${message}`)
}

describe('alternatives', () => {
  const a: Schema = { required: ['a'] }
  const b: Schema = { required: ['b'], properties: { b: { minimum: 5 } } }
  const open: Schema = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } } }

  it.each<[string, Json, Schema, string[]]>([
    ['one of anyOf', { a: 'x' }, { ...open, anyOf: [a, b] }, []],
    [
      'none of anyOf',
      {},
      { ...open, anyOf: [a, b] },
      [`${nil}: "x" must validate at least one schema (anyOf)`, 'x.a: Required value'],
    ],
    [
      'the nearest of anyOf',
      { b: 2 },
      { ...open, anyOf: [a, b] },
      [
        `${nil}: "x" must validate at least one schema (anyOf)`,
        'x.b: Invalid value: 2: x.b in body should be greater than or equal to 5',
      ],
    ],
    [
      'none of oneOf',
      {},
      { ...open, oneOf: [a, b] },
      [`${nil}: "x" must validate one and only one schema (oneOf). Found none valid`, 'x.a: Required value'],
    ],
    [
      'two of oneOf',
      { a: 'x', b: 7 },
      { ...open, oneOf: [a, b] },
      [`${nil}: "x" must validate one and only one schema (oneOf). Found 2 valid alternatives`],
    ],
    [
      'none of allOf',
      'ab',
      { type: 'string', allOf: [{ minLength: 3 }, { pattern: '^x' }] },
      [
        'x: Invalid value: "ab": x in body should be at least 3 chars long',
        `x: Invalid value: "ab": x in body should match '^x'`,
        `${nil}: "x" must validate all the schemas (allOf). None validated`,
      ],
    ],
    [
      'some of allOf',
      'abc',
      { type: 'string', allOf: [{ minLength: 3 }, { pattern: '^x' }] },
      [`x: Invalid value: "abc": x in body should match '^x'`, `${nil}: "x" must validate all the schemas (allOf)`],
    ],
    ['not', 'no', { type: 'string', not: { enum: ['no'] } }, [`${nil}: "x" must not validate the schema (not)`]],
    [
      'a wrong type and its enum',
      3,
      { type: 'string', enum: ['a'] },
      [
        'x: Invalid value: "integer": x in body must be of type string: "integer"',
        'x: Unsupported value: 3: supported values: "a"',
      ],
    ],
    [
      'exclusive limits',
      9,
      { type: 'integer', maximum: 9, exclusiveMaximum: true },
      ['x: Invalid value: 9: x in body should be less than 9'],
    ],
    ['a fraction', 0.3, { type: 'number', multipleOf: 0.1 }, []],
    [
      'no multiple',
      0.35,
      { type: 'number', multipleOf: 0.1 },
      ['x: Invalid value: 0.35: x in body should be a multiple of 0.1'],
    ],
    [
      'too few members',
      { a: 1 },
      { type: 'object', minProperties: 2 },
      ['x: Invalid value: 1: x in body should have at least 2 properties'],
    ],
    ['too many members', { a: 1 }, { type: 'object', maxProperties: 0 }, ['x: Too many: 1: must have at most 0 items']],
  ])('%s', (_, value, schema, expected) => {
    expect(found(value, schema)).toEqual(expected)
  })

  it('holds to the logic of the words, whatever the alternatives', () => {
    const simple = fc.record({ minimum: fc.integer({ min: 0, max: 5 }) })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.array(simple, { minLength: 1, maxLength: 4 }),
        (value, schemas) => {
          const holds = schemas.filter((each) => value >= each.minimum).length
          const passes = (schema: Schema): boolean => found(value, { type: 'integer', ...schema }).length === 0
          expect(passes({ anyOf: schemas })).toBe(holds > 0)
          expect(passes({ oneOf: schemas })).toBe(holds === 1)
          expect(passes({ allOf: schemas })).toBe(holds === schemas.length)
          expect(passes({ not: { anyOf: schemas } })).toBe(holds === 0)
        },
      ),
    )
  })
})

describe('ratcheting', () => {
  const schema: Schema = {
    type: 'object',
    required: ['must'],
    properties: {
      n: { type: 'integer', minimum: 5 },
      list: { type: 'array', items: { type: 'integer', minimum: 5 } },
      map: {
        type: 'array',
        listType: 'map',
        listMapKeys: ['k'],
        items: { type: 'object', properties: { k: { type: 'string' }, v: { type: 'integer', minimum: 5 } } },
      },
    },
  }
  it.each<[string, Json, Json, number]>([
    ['an unchanged value passes', { must: 1, n: 1 }, { must: 2, n: 1 }, 0],
    ['a changed one does not', { must: 1, n: 1 }, { must: 1, n: 2 }, 1],
    ['an unchanged whole passes', { n: 1 }, { n: 1 }, 0],
    ['what is missing in a changed object is missed', { n: 1 }, { n: 7 }, 1],
    ['an unchanged list passes', { must: 1, list: [1] }, { must: 2, list: [1] }, 0],
    ['items of other lists have no past', { must: 1, list: [1] }, { must: 1, list: [1, 7] }, 1],
    [
      'items of maps are known by their keys',
      { must: 1, map: [{ k: 'a', v: 1 }] },
      {
        must: 1,
        map: [
          { k: 'b', v: 7 },
          { k: 'a', v: 1 },
        ],
      },
      0,
    ],
    ['a new key has no past', { must: 1, map: [{ k: 'a', v: 1 }] }, { must: 1, map: [{ k: 'b', v: 1 }] }, 1],
  ])('%s', (_, before, after, causes) => {
    expect(found(after, schema, before)).toHaveLength(causes)
  })
})

it('finds duplicates alone', () => {
  const list: Schema = { type: 'array', listType: 'set', items: { type: 'integer' } }
  const schema: Schema = { type: 'object', properties: { x: list } }
  expect(validate({ x: [1, 1] }, schema, {}, { lists: false })).toEqual([])
  expect(duplicatesIn({ x: [1, 1] }, schema, {})).toMatchObject([{ field: 'x[1]', reason: 'FieldValueDuplicate' }])
})

it.each<[string, Schema, Json]>([
  ['set', { type: 'array', listType: 'set', items: { type: 'integer' } }, 0],
  ['map', { type: 'array', listType: 'map', listMapKeys: ['k'], items: { type: 'object' } }, { k: 1 }],
  ['map of no objects', { type: 'array', listType: 'map', listMapKeys: ['k'], items: { type: 'object' } }, 0],
])('tells of any number of repetitions in a %s', (_, schema, item) => {
  const list = Array.from({ length: 300_000 }, () => item)
  expect(duplicatesIn(list, schema, {}).length).toBeGreaterThanOrEqual(299_999)
})
