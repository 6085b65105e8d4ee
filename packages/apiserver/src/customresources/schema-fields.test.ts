/** Fields of schemas: unknown ones, ones of a wrong type, and defaults of whole objects. Recorded from kube-apiserver 1.33. */

import type { JsonObject } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crdsPath, openWorkshop, widgetCrd, type Workshop } from './testing/workshop.ts'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

const made = (schema: JsonObject, fieldValidation = 'Strict') =>
  shop.ask('POST', `${crdsPath}?dryRun=All&fieldValidation=${fieldValidation}`, {
    body: widgetCrd({
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', ...schema } } },
      ],
    }),
  })

const at = 'spec.validation.openAPIV3Schema'
const spec = { spec: { type: 'object' } }
const meant = { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true }

describe('a default', () => {
  it.each<[string, JsonObject, string[]]>([
    [
      'of a whole object says which kind it is of',
      { default: {}, properties: spec },
      [
        `${at}.default.apiVersion: Required value: must not be empty`,
        `${at}.default.kind: Required value: must not be empty`,
      ],
    ],
    [
      'of a whole object has no unknown fields',
      { default: { apiVersion: 'v1', kind: 'A', spec: { x: 1 } }, properties: spec },
      [
        `${at}.default: Invalid value: map[string]interface {}{"apiVersion":"v1", "kind":"A", "spec":map[string]interface {}{"x":1}}: must not have unknown fields`,
      ],
    ],
    ['of a whole object may have metadata', { default: { apiVersion: 'v1', kind: 'A', metadata: { name: 'a' } } }, []],
    [
      'with an object in it says which kind that is of',
      { properties: { spec: { type: 'object', default: { a: {} }, properties: { a: meant } } } },
      [
        `${at}.properties[spec].default.a.apiVersion: Required value: must not be empty`,
        `${at}.properties[spec].default.a.kind: Required value: must not be empty`,
      ],
    ],
  ])('%s', async (_, schema, problems) => {
    const { code, json } = await made(schema)
    expect(code).toBe(problems.length === 0 ? 201 : 422)
    for (const problem of problems) expect(json['message']).toContain(problem)
  })
})

const where = 'spec.versions[0].schema.openAPIV3Schema.properties.spec'

it.each<[string, JsonObject, string]>([
  ['beside others', { type: 'object', foo: 1 }, `${where}.foo`],
  [
    'of a rule',
    { type: 'object', 'x-kubernetes-validations': [{ rule: 'true', huh: 1 }] },
    `${where}.x-kubernetes-validations[0].huh`,
  ],
  ['of an alternative', { type: 'object', allOf: [{ nope: 1 }] }, `${where}.allOf[0].nope`],
])('an unknown field %s is refused where that is asked', async (_, props, field) => {
  const { code, json } = await made({ properties: { spec: props } })
  expect([code, json['message']]).toEqual([400, expect.stringContaining(`unknown field "${field}"`)])
})

it.each<[string, JsonObject, string]>([
  ['items', { type: 'array', items: { type: 'string', bar: 2 } }, `${where}.items.bar`],
  [
    'values of a map',
    {
      type: 'object',
      additionalProperties: { type: 'object', properties: { a: { type: 'array', items: { type: 'string', b: 1 } } } },
    },
    `${where}.additionalProperties.properties.a.items.b`,
  ],
])('an unknown field of %s is warned of, and dropped', async (_, props, field) => {
  const { code, headers } = await made({ properties: { spec: props } })
  expect(code).toBe(201)
  expect([headers['warning']].flat().join()).toContain(`unknown field \\"${field}\\"`)
})

it.each<[JsonObject, string]>([
  [
    { type: 5 },
    'cannot unmarshal number into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.type of type string',
  ],
  [{ type: 'string', minLength: '5' }, 'openAPIV3Schema.properties.minLength of type int64'],
])('a schema like %j cannot be read', async (props, why) => {
  const { code, json } = await made({ properties: { spec: props } })
  expect([code, json['message']]).toEqual([400, expect.stringContaining(why)])
})
