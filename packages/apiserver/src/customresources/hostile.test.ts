/** Definitions and objects meant to hurt: each is answered soon, with an error of the client's, never one of the server's. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { crdsPath, openWorkshop, version, widget, widgetCrd, widgetsPath, type Workshop } from './testing/workshop.ts'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

const nested = (depth: number, wrap: (inner: JsonObject) => JsonObject): JsonObject => {
  let schema: JsonObject = { type: 'string' }
  for (let level = 0; level < depth; level += 1) schema = wrap(schema)
  return schema
}
const many = (count: number, make: (index: number) => JsonObject): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, make(index)]))
const list = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

const withProperty = (x: JsonObject): JsonObject => ({ versions: [version('v1', { x })] })

it.each<[string, JsonObject]>([
  ['deep', withProperty(nested(150, (inner) => ({ type: 'object', properties: { a: inner } })))],
  ['deeper than JSON may be', withProperty(nested(1000, (inner) => ({ type: 'array', items: inner })))],
  ['deep in negations', withProperty({ type: 'string', ...nested(150, (inner) => ({ not: inner })) })],
  ['wide', withProperty({ type: 'object', properties: many(20_000, () => ({ type: 'string' })) })],
  [
    'wide twice',
    {
      versions: [
        {
          ...version('v1', {}),
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: many(10_000, () => ({ type: 'string' })),
              anyOf: [{ properties: many(10_000, () => ({ minLength: 1 })) }],
            },
          },
        },
      ],
    },
  ],
  ['of many versions', { versions: list(500, (index) => version(`v${index + 1}`, {})) }],
  ['of many alternatives', withProperty({ type: 'string', anyOf: list(20_000, (index) => ({ minLength: index })) })],
  [
    'of many patterns',
    withProperty({ type: 'string', allOf: list(500, (index) => ({ pattern: `(a{${500 + index}})` })) }),
  ],
  [
    'with names of prototypes',
    withProperty({ type: 'object', properties: { constructor: { type: 'string' }, toString: {} } }),
  ],
  ['with a prototype', JSON.parse('{"versions":[{"__proto__":{"x":1}}]}') as JsonObject],
  [
    'with defaults in defaults',
    withProperty(nested(60, (inner) => ({ type: 'object', default: {}, properties: { a: inner } }))),
  ],
  ['with texts for lists', { versions: 'v1', names: [], group: {}, scope: 1 }],
  ['with nulls', { versions: [null], names: null }],
  ['with a schema that is none', { versions: [{ ...version('v1', {}), schema: { openAPIV3Schema: [] } }] }],
  ['with keywords of wrong types', withProperty({ type: ['string'], enum: 'a', required: 'b', anyOf: {}, pattern: 1 })],
  ['with rules of wrong types', withProperty({ type: 'string', 'x-kubernetes-validations': ['a', { rule: 1 }] })],
])('a definition %s', async (_, spec) => {
  const started = performance.now()
  const { code } = await shop.ask('POST', `${crdsPath}?dryRun=All`, { body: widgetCrd(spec) })
  expect([201, 400, 413, 422]).toContain(code)
  expect(performance.now() - started).toBeLessThan(15_000)
})

it('objects under a definition that multiplies', async () => {
  const items = {
    type: 'object',
    properties: {
      big: { type: 'string', default: 'x'.repeat(10_000) },
      word: { type: 'string', pattern: '^(a|a)*(b|b)*$' },
    },
  }
  await shop.ask('POST', crdsPath, { body: widgetCrd(withProperty({ type: 'array', items })) })
  const bomb = await shop.ask('POST', widgetsPath, { body: widget('bomb', { x: list(50_000, () => ({})) }) })
  expect(bomb.code).toBe(413)
  const slow = await shop.ask('POST', widgetsPath, {
    body: widget('slow', { x: [{ word: `${'a'.repeat(100_000)}c` }] }),
  })
  expect(slow.code).toBe(422)
  const deep = await shop.ask('POST', widgetsPath, { body: `{"spec":${'['.repeat(3000)}${']'.repeat(3000)}}` })
  expect(deep.code).toBe(400)
})
