/** Custom kinds over time: versions, names, changes, deletion. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { events } from '../server/testing/harbour.ts'
import { crdsPath, openWorkshop, version, widget, widgetCrd, widgetsPath, type Workshop } from './testing/workshop.ts'

const mergePatch = 'application/merge-patch+json'
const widgetsCrdPath = `${crdsPath}/widgets.shop.example`

let shop: Workshop
beforeEach(async () => {
  shop = await openWorkshop()
})
afterEach(() => shop.close())

const make = async (spec: JsonObject, name?: string): Promise<void> => {
  const body = widgetCrd(spec, name === undefined ? {} : { metadata: { name } })
  const { code, json } = await shop.ask('POST', crdsPath, { body })
  expect([code, json['message']]).toEqual([201, undefined])
}
const change = (spec: JsonObject, path = widgetsCrdPath) =>
  shop.ask('PATCH', path, { body: { spec }, type: mergePatch })
const statusOf = async (name: string): Promise<JsonObject> => {
  await shop.controller.idle()
  const { json } = await shop.ask('GET', `${crdsPath}/${name}`)
  return (json['status'] ?? {}) as JsonObject
}
const conditionsOf = async (name: string): Promise<Record<string, string>> => {
  const { conditions = [] } = (await statusOf(name)) as { conditions?: JsonObject[] }
  return Object.fromEntries(
    conditions.map(({ type, status, reason }) => [type, `${status as string} ${reason as string}`]),
  )
}

describe('versions', () => {
  const both = [
    version('v1', { size: { type: 'integer', default: 3 }, old: { type: 'string' } }),
    version('v2', { size: { type: 'integer', default: 9 }, fresh: { type: 'string' } }, { deprecated: true }),
  ]

  it('show objects each in its own schema', async () => {
    await make({ versions: both })
    await shop.ask('POST', widgetsPath, { body: widget('a', { old: 'x' }) })
    const { json, headers } = await shop.ask('GET', '/apis/shop.example/v2/widgets/a')
    expect(json).toMatchObject({ apiVersion: 'shop.example/v2', kind: 'Widget', spec: { size: 3 } })
    expect(json['spec']).toEqual({ size: 3 })
    expect(headers['warning']).toEqual(['299 - "shop.example/v2 Widget is deprecated"'])
    const made = await shop.ask('POST', '/apis/shop.example/v2/widgets', {
      body: { apiVersion: 'shop.example/v2', kind: 'Widget', metadata: { name: 'b' }, spec: { fresh: 'y' } },
    })
    // The storage version does not know the field, so it is not kept.
    expect(made.json['spec']).toEqual({ size: 9 })
  })

  it('are all noted that ever stored objects, and old objects are read and moved by a write', async () => {
    await make({ versions: both })
    await shop.ask('POST', widgetsPath, { body: widget('a', { old: 'x' }) })
    const [one, two] = both
    const moved = await change({
      versions: [
        { ...one, storage: false },
        { ...two, storage: true },
      ],
    })
    expect(moved.json['status']).toMatchObject({ storedVersions: ['v1', 'v2'] })
    const read = await shop.ask('GET', '/apis/shop.example/v2/widgets/a')
    expect(read.json).toMatchObject({ apiVersion: 'shop.example/v2', spec: { size: 3 } })
    expect((await change({ versions: [{ ...two, storage: true }] })).code).toBe(422)
    const before = read.json.metadata?.resourceVersion
    const { json } = await shop.ask('PUT', '/apis/shop.example/v2/widgets/a', { body: read.json })
    expect(json.metadata?.resourceVersion).not.toBe(before)
    await shop.ask('PATCH', `${widgetsCrdPath}/status`, {
      body: { status: { storedVersions: ['v2'] } },
      type: mergePatch,
    })
    expect((await change({ versions: [{ ...two, storage: true }] })).code).toBe(200)
    expect((await shop.ask('GET', `${widgetsPath}/a`)).code).toBe(404)
    expect((await shop.ask('GET', '/apis/shop.example/v2/widgets/a')).json['spec']).toEqual({ size: 3 })
  })

  it('that are not served are not found', async () => {
    await make({ versions: [version('v1', {}), { ...version('v2', {}), served: false }] })
    expect((await shop.ask('GET', '/apis/shop.example/v2/widgets')).code).toBe(404)
    expect((await shop.ask('GET', '/apis/shop.example')).json['versions']).toHaveLength(1)
  })
})

describe('a changed schema', () => {
  it('holds for later writes, lets unchanged parts pass, and prunes what it no longer has', async () => {
    const properties = { size: { type: 'integer' }, name: { type: 'string' }, gone: { type: 'string' } }
    await make({ versions: [version('v1', properties)] })
    await shop.ask('POST', widgetsPath, { body: widget('a', { size: 1, name: 'x', gone: 'g' }) })
    const stricter = {
      size: { type: 'integer', minimum: 5 },
      name: { type: 'string' },
      late: { type: 'string', default: 'l' },
    }
    await change({ versions: [version('v1', stricter)] })
    expect((await shop.ask('GET', `${widgetsPath}/a`)).json['spec']).toEqual({ size: 1, name: 'x', late: 'l' })
    const patch = (spec: JsonObject) => shop.ask('PATCH', `${widgetsPath}/a`, { body: { spec }, type: mergePatch })
    expect((await patch({ name: 'y' })).json['spec']).toEqual({ size: 1, name: 'y', late: 'l' })
    expect((await patch({ size: 2 })).code).toBe(422)
    expect((await patch({ size: 6 })).code).toBe(200)
  })

  it('ends the watches of the kind, and begins new ones with it', async () => {
    await make({})
    const stream = await shop.answer('GET', `${widgetsPath}?watch=true`)
    await change({ versions: [version('v1', { size: { type: 'integer' } })] })
    const seen: string[] = []
    for await (const { type } of events(stream)) seen.push(type)
    expect(seen).toEqual([])
  })
})

describe('the status of objects', () => {
  it('is a subresource only where the version says so', async () => {
    await make({})
    expect((await shop.ask('POST', widgetsPath, { body: widget('a', {}, { status: {} }) })).json['status']).toEqual({})
    expect((await shop.ask('GET', `${widgetsPath}/a/status`)).code).toBe(404)
    await change({ versions: [version('v1', {}, { subresources: { status: {} } })] })
    expect((await shop.ask('GET', `${widgetsPath}/a/status`)).code).toBe(200)
    expect(
      (await shop.ask('POST', widgetsPath, { body: widget('b', {}, { status: {} }) })).json['status'],
    ).toBeUndefined()
  })

  it('counts generations by what is not status', async () => {
    await make({ versions: [version('v1', { n: { type: 'integer' } }, { subresources: { status: {} } })] })
    await shop.ask('POST', widgetsPath, { body: widget('a', {}) })
    const patch = (path: string, body: JsonObject) => shop.ask('PATCH', path, { body, type: mergePatch })
    expect((await patch(`${widgetsPath}/a/status`, { status: {} })).json.metadata?.generation).toBe(1)
    expect((await patch(`${widgetsPath}/a`, { spec: { n: 1 } })).json.metadata?.generation).toBe(2)
  })
})

describe('names', () => {
  it('belong to who has them, until they are free', async () => {
    await make({ names: { plural: 'widgets', kind: 'Widget', shortNames: ['wi'] } })
    await make({ names: { plural: 'wires', kind: 'Wire', shortNames: ['wi'] } }, 'wires.shop.example')
    await make({ names: { plural: 'others', kind: 'Widget' } }, 'others.shop.example')
    expect(await conditionsOf('others.shop.example')).toEqual({
      NamesAccepted: 'False ListKindConflict',
      Established: 'False NotAccepted',
    })
    expect((await shop.ask('GET', '/apis/shop.example/v1/others')).code).toBe(404)
    expect(await conditionsOf('wires.shop.example')).toMatchObject({ NamesAccepted: 'False ShortNamesConflict' })
    await shop.ask('DELETE', widgetsCrdPath)
    expect(await conditionsOf('others.shop.example')).toMatchObject({ Established: 'True InitialNamesAccepted' })
    expect((await shop.ask('GET', '/apis/shop.example/v1/others')).code).toBe(200)
  })

  it('of built-in kinds are not given away', async () => {
    const spec = { group: 'harbour.example', names: { plural: 'boats', kind: 'Boat' } }
    await make(spec, 'boats.harbour.example')
    expect(await conditionsOf('boats.harbour.example')).toMatchObject({ Established: 'False NotAccepted' })
    await shop.ask('POST', '/apis/harbour.example/v1/namespaces/default/boats', {
      body: { apiVersion: 'harbour.example/v1', kind: 'Boat', metadata: { name: 'kept' } },
    })
    await shop.ask('DELETE', `${crdsPath}/boats.harbour.example`)
    await shop.controller.idle()
    expect((await shop.ask('GET', `${crdsPath}/boats.harbour.example`)).code).toBe(404)
    expect((await shop.ask('GET', '/apis/harbour.example/v1/namespaces/default/boats/kept')).code).toBe(200)
  })

  it('of the kind cannot change once it is established', async () => {
    await make({})
    await shop.controller.idle()
    const { json } = await change({ scope: 'Namespaced', names: { kind: 'Gadget' } })
    expect(json['message']).toContain('spec.scope: Invalid value: "Namespaced": field is immutable')
    expect(json['message']).toContain('spec.names.kind: Invalid value: "Gadget": field is immutable')
  })
})

describe('deletion', () => {
  it('takes the objects first, ends watches, and leaves nothing', async () => {
    await make({})
    for (const name of ['a', 'b', 'c']) await shop.ask('POST', widgetsPath, { body: widget(name, {}) })
    const stream = await shop.answer('GET', `${widgetsPath}?watch=true`)
    const deleted = await shop.ask('DELETE', widgetsCrdPath)
    expect(deleted.json.metadata?.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io'])
    for await (const { type } of events(stream)) expect(type).not.toBe('ERROR')
    await shop.controller.idle()
    expect((await shop.ask('GET', widgetsCrdPath)).code).toBe(404)
    expect((await shop.ask('GET', widgetsPath)).code).toBe(404)
    expect((await shop.ask('GET', '/apis/shop.example')).code).toBe(404)
    expect(shop.store.count('shop.example/widgets')).toBe(0)
    await make({})
    expect((await shop.ask('GET', widgetsPath)).json['items']).toEqual([])
  })

  it('waits for finalizers, and lets nothing in meanwhile', async () => {
    await make({})
    const held = widget('held', {})
    await shop.ask('POST', widgetsPath, {
      body: { ...held, metadata: { name: 'held', finalizers: ['shop.example/f'] } },
    })
    await shop.ask('DELETE', widgetsCrdPath)
    expect(await conditionsOf('widgets.shop.example')).toMatchObject({ Terminating: 'True InstanceDeletionInProgress' })
    const refused = await shop.ask('POST', widgetsPath, { body: widget('late', {}) })
    expect(refused).toMatchObject({
      code: 405,
      json: { message: 'create not allowed while custom resource definition is terminating' },
    })
    expect((await shop.ask('GET', `${widgetsPath}/held`)).json.metadata?.deletionTimestamp).toBeDefined()
    const gone = new Promise<void>((resolve) => {
      const handle = shop.store.onRevision(() => {
        if (shop.store.count('apiextensions.k8s.io/customresourcedefinitions') > 0) return
        handle.close()
        resolve()
      })
    })
    await shop.ask('PATCH', `${widgetsPath}/held`, { body: { metadata: { finalizers: null } }, type: mergePatch })
    await gone
    expect((await shop.ask('GET', widgetsPath)).code).toBe(404)
  })

  it('goes on after a restart', async () => {
    await make({})
    await shop.ask('POST', widgetsPath, { body: widget('a', {}) })
    await shop.controller.stop()
    await shop.ask('DELETE', widgetsCrdPath)
    expect((await shop.ask('GET', widgetsCrdPath)).code).toBe(200)
    const again = await openWorkshop({ store: shop.store })
    await again.controller.idle()
    expect((await again.ask('GET', widgetsCrdPath)).code).toBe(404)
    expect(shop.store.count('shop.example/widgets')).toBe(0)
    await again.controller.stop()
    await again.server.close()
  })
})
