import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { crdsPath, openWorkshop, version, widget, widgetCrd, widgetsPath, type Workshop } from './testing/workshop.ts'

let shop: Workshop
beforeEach(async () => {
  shop = await openWorkshop()
})
afterEach(() => shop.close())

const make = (crd: JsonObject) => shop.ask('POST', crdsPath, { body: crd })
const conditions = async (name = 'widgets.shop.example') => {
  await shop.controller.idle()
  const { json } = await shop.ask('GET', `${crdsPath}/${name}`)
  const list = (json['status'] as { conditions?: JsonObject[] } | undefined)?.conditions ?? []
  return Object.fromEntries(
    list.map((each) => [each['type'], `${each['status'] as string} ${each['reason'] as string}`]),
  )
}

describe('a custom kind', () => {
  it('is served as soon as its definition is there, and established at once', async () => {
    const made = await make(widgetCrd({}))
    expect(made.json).toMatchObject({
      spec: { names: { singular: 'widget', listKind: 'WidgetList' }, conversion: { strategy: 'None' } },
      status: { storedVersions: ['v1'] },
    })
    expect(made.code).toBe(201)
    expect((await shop.ask('POST', widgetsPath, { body: widget('a', {}) })).code).toBe(201)
    expect((await shop.ask('GET', widgetsPath)).json).toMatchObject({ kind: 'WidgetList', items: [{ kind: 'Widget' }] })
    expect(await conditions()).toEqual({
      NamesAccepted: 'True NoConflicts',
      Established: 'True InitialNamesAccepted',
    })
  })

  it('is served again after a restart', async () => {
    await make(widgetCrd({}))
    await shop.ask('POST', widgetsPath, { body: widget('a', {}) })
    await shop.controller.stop()
    const again = await openWorkshop({ store: shop.store })
    expect((await again.ask('GET', `${widgetsPath}/a`)).code).toBe(200)
    await again.controller.stop()
    await again.server.close()
  })

  it('prunes, defaults and validates by its schema', async () => {
    const properties = {
      size: { type: 'integer', minimum: 1, default: 3 },
      open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    }
    await make(widgetCrd({ versions: [version('v1', properties)] }))
    const { json } = await shop.ask('POST', widgetsPath, { body: widget('a', { open: { x: 1 }, other: 2 }) })
    expect(json['spec']).toEqual({ open: { x: 1 }, size: 3 })
    const bad = await shop.ask('POST', widgetsPath, { body: widget('b', { size: 0 }) })
    expect(bad.json['message']).toBe(
      'Widget.shop.example "b" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
    )
    const strict = await shop.ask('POST', `${widgetsPath}?fieldValidation=Strict`, { body: widget('b', { other: 1 }) })
    expect(strict.json['message']).toContain('strict decoding error: unknown field "spec.other"')
  })
})
