/** What is refused, and in which words: recorded from kube-apiserver 1.33. */

import { readFileSync } from 'node:fs'
import type { Json, JsonObject } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crdsPath, openWorkshop, version, widget, widgetCrd, widgetsPath, type Workshop } from './testing/workshop.ts'

const recorded = <T>(file: string): T =>
  // The files are part of the tests.
  JSON.parse(readFileSync(new URL(`testing/${file}`, import.meta.url), 'utf8')) as T

const definitions =
  recorded<{ name: string; metadata: JsonObject; spec: JsonObject; causes: string[] }[]>('definitions.json')
const values = recorded<{ properties: JsonObject; cases: { spec: Json; causes: string[] }[] }>('values.json')

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
  await shop.ask('POST', crdsPath, { body: widgetCrd({ versions: [version('v1', values.properties)] }) })
})
afterAll(() => shop.close())

const causesOf = (json: JsonObject): string[] =>
  ((json['details'] as { causes?: JsonObject[] } | undefined)?.causes ?? []).map(
    ({ field, message }) => `${field as string}: ${message as string}`,
  )

describe('definitions', () => {
  it.each(definitions)('$name', async ({ metadata, spec, causes }) => {
    const body = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata, spec }
    const { code, json } = await shop.ask('POST', `${crdsPath}?dryRun=All`, { body })
    expect(causesOf(json)).toEqual(causes)
    expect(code).toBe(causes.length === 0 ? 201 : 422)
  })
})

describe('rules', () => {
  const { definition, requests } = recorded<{
    definition: JsonObject
    requests: { name: string; method: string; path: string; type: string; body: Json; causes: string[] }[]
  }>('rules.json')

  /** In order: what is refused later follows from what was stored before. */
  it('hold for definitions and objects', async () => {
    expect((await shop.ask('POST', crdsPath, { body: definition })).code).toBe(201)
    const answers = []
    for (const { name, method, path, type, body } of requests) {
      const { json } = await shop.ask(method, path, { body, type })
      answers.push({ name, causes: causesOf(json) })
    }
    expect(answers).toEqual(requests.map(({ name, causes }) => ({ name, causes })))
  })
})

describe('objects', () => {
  it.each(values.cases.map(({ spec, causes }) => [JSON.stringify(spec), spec, causes] as const))(
    '%s',
    async (_, spec, causes) => {
      const { code, json } = await shop.ask('POST', `${widgetsPath}?dryRun=All`, { body: widget('x', spec) })
      expect(causesOf(json)).toEqual(causes)
      expect(code).toBe(causes.length === 0 ? 201 : 422)
    },
  )
})
