import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { crdsPath, openWorkshop, version, widgetCrd, type Workshop } from './testing/workshop.ts'

let shop: Workshop
const properties = {
  any: { 'x-kubernetes-preserve-unknown-fields': true, type: 'object' },
  ios: { 'x-kubernetes-int-or-string': true },
  maybe: { type: 'string', nullable: true, description: 'May be null.' },
  size: { type: 'integer', default: 3, oneOf: [{ minimum: 1 }] },
  list: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
}
beforeAll(async () => {
  shop = await openWorkshop()
  const body = widgetCrd({ versions: [version('v1', properties), version('v2', { other: { type: 'string' } })] })
  await shop.ask('POST', crdsPath, { body })
})
afterAll(() => shop.close())

type Definitions = Record<string, { properties: { spec: { properties: JsonObject } } & JsonObject } & JsonObject>
const v3 = async (name: string): Promise<Definitions> => {
  const { json } = await shop.ask('GET', `/openapi/v3/apis/shop.example/${name}`)
  return (json as unknown as { components: { schemas: Definitions } }).components.schemas
}

describe('OpenAPI of custom kinds', () => {
  it('says in v3 what the definition says', async () => {
    const schemas = await v3('v1')
    expect(schemas['example.shop.v1.Widget']?.properties.spec.properties).toEqual({
      ...properties,
      ios: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    })
    expect(schemas['example.shop.v1.Widget']?.['x-kubernetes-group-version-kind']).toEqual([
      { group: 'shop.example', version: 'v1', kind: 'Widget' },
    ])
    expect(schemas['example.shop.v1.WidgetList']).toBeDefined()
    expect(Object.keys((await v3('v2'))['example.shop.v2.Widget']?.properties.spec.properties ?? {})).toEqual(['other'])
  })

  it('says in v2 what its readers can bear', async () => {
    const { json } = await shop.ask('GET', '/openapi/v2')
    const { definitions } = json as unknown as { definitions: Definitions }
    expect(definitions['example.shop.v1.Widget']?.properties.spec.properties).toEqual({
      any: { 'x-kubernetes-preserve-unknown-fields': true },
      ios: { 'x-kubernetes-int-or-string': true },
      maybe: { description: 'May be null.' },
      size: { type: 'integer' },
      list: properties.list,
    })
    expect(definitions['example.shop.v2.Widget']).toBeDefined()
  })

  it('changes its hash and its documents with the definition', async () => {
    const index = async (): Promise<string> => {
      const { json } = await shop.ask('GET', '/openapi/v3')
      const { paths } = json as unknown as { paths: Record<string, { serverRelativeURL: string } | undefined> }
      return paths['apis/shop.example/v1']?.serverRelativeURL ?? ''
    }
    const before = await index()
    const { headers } = await shop.ask('GET', '/openapi/v2')
    await shop.ask('PATCH', `${crdsPath}/widgets.shop.example`, {
      type: 'application/json-patch+json',
      body: [
        { op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/extra', value: { type: 'string' } },
      ],
    })
    expect(await index()).not.toBe(before)
    const again = await shop.ask('GET', '/openapi/v2', { headers: { 'if-none-match': String(headers['etag']) } })
    expect(again.code).toBe(200)
    await shop.ask('DELETE', `${crdsPath}/widgets.shop.example`)
    await shop.controller.idle()
    expect(await index()).toBe('')
  })
})
