/** Garbage collection where it is hard: many objects, kinds that come and go, other namespaces, and random changes while it runs. */

import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject, OwnerReference } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { decodeStored } from '../rest/stored-form.ts'
import { coreServer, type CoreServer } from '../testing/core-server.ts'
import type { Lifecycle } from './lifecycle.ts'

let running: Lifecycle | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

async function started(): Promise<CoreServer> {
  const core = coreServer()
  running = core.lifecycle()
  await running.ready
  return core
}

const merge = { 'content-type': 'application/merge-patch+json' }
const maps = (namespace: string, name = ''): string => `/api/v1/namespaces/${namespace}/configmaps${name && `/${name}`}`

async function create(core: CoreServer, path: string, metadata: JsonObject): Promise<string> {
  const { code, body } = await core.call('POST', path, { metadata })
  expect(code, JSON.stringify(body)).toBe(201)
  return (body['metadata'] as { uid: string }).uid
}

const ownedBy = (name: string, uid: string, more: JsonObject = {}): JsonObject => ({
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...more }],
})

const boats: ResourceDefinition = {
  group: 'harbour.example',
  versions: [{ name: 'v1' }],
  kind: 'Boat',
  resource: 'boats',
  singular: 'boat',
  namespaced: true,
  schemaName: 'example.harbour.v1.Boat',
  schema: { type: 'object', preserveUnknownFields: true },
}
const boatsPath = '/apis/harbour.example/v1/namespaces/default/boats'
const boat = (name: string, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'harbour.example/v1',
  kind: 'Boat',
  metadata: { name, ...metadata },
})

describe('kinds that come and go', () => {
  it('are collected, and own, from the moment they are served', async () => {
    const core = await started()
    const owner = await create(core, maps('default'), { name: 'owner' })
    const stray = { apiVersion: 'harbour.example/v1', kind: 'Boat', name: 'ada', uid: 'gone-long-ago' }
    await create(core, maps('default'), { name: 'crew', ownerReferences: [stray] })
    core.server.registry.add(boats)
    // Nobody could tell whether its owner exists until now.
    await core.until(() => core.store.get('core/configmaps', 'default/crew') === undefined)

    expect((await core.call('POST', boatsPath, boat('eve', ownedBy('owner', owner)))).code).toBe(201)
    await core.call('DELETE', maps('default', 'owner'))
    await core.until(() => core.store.count('harbour.example/boats') === 0)
  })

  it('stay owners when they are served in a new way', async () => {
    const core = await started()
    core.server.registry.add(boats)
    const { body } = await core.call('POST', boatsPath, boat('eve'))
    const { uid } = body['metadata'] as { uid: string }
    const owner = { apiVersion: 'harbour.example/v1', kind: 'Boat', name: 'eve', uid }
    await create(core, maps('default'), { name: 'crew', ownerReferences: [owner] })
    core.server.registry.replace({ ...boats, shortNames: ['bt'] })
    await core.call('PATCH', maps('default', 'crew'), { metadata: { labels: { a: 'b' } } }, merge)
    const lost = { ownerReferences: [{ ...owner, uid: 'nobody' }] }
    await create(core, maps('default'), { name: 'marker', ...lost })
    await core.until(() => core.store.get('core/configmaps', 'default/marker') === undefined)
    expect(core.store.get('core/configmaps', 'default/crew')).toBeDefined()
    await core.call('DELETE', `${boatsPath}/eve`)
    await core.until(() => core.store.get('core/configmaps', 'default/crew') === undefined)
  })

  it('are left alone, with what they own, when they are served no more', async () => {
    const core = await started()
    core.server.registry.add(boats)
    const { body } = await core.call('POST', boatsPath, boat('eve'))
    const { uid } = body['metadata'] as { uid: string }
    core.server.registry.remove('harbour.example', 'boats')
    const owner = { apiVersion: 'harbour.example/v1', kind: 'Boat', name: 'eve', uid }
    await create(core, maps('default'), { name: 'crew', ownerReferences: [owner] })
    await create(core, maps('default'), { name: 'marker', ...ownedBy('x', 'nobody') })
    await core.until(() => core.store.get('core/configmaps', 'default/marker') === undefined)
    expect(core.store.get('core/configmaps', 'default/crew')).toBeDefined()
    expect(core.store.count('harbour.example/boats')).toBe(1)
  })
})

describe('owners in other places', () => {
  it('own nothing across namespaces, and an event says so', async () => {
    const core = await started()
    await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'other' } })
    const uid = await create(core, maps('default'), { name: 'owner' })
    const child = await create(core, maps('other'), { name: 'child', ...ownedBy('owner', uid) })
    await core.until(() => core.store.get('core/configmaps', 'other/child') === undefined)
    expect(core.store.get('core/configmaps', 'default/owner')).toBeDefined()
    const [event] = core.store.list('core/events', { prefix: 'other/' }).items.map(({ value }) => decodeStored(value))
    expect(event).toMatchObject({
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef [v1/ConfigMap, namespace: other, name: owner, uid: ${uid}] does not exist in namespace "other"`,
      involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'other', name: 'child', uid: child },
    })
  })

  it('with a namespace own nothing that has none', async () => {
    const core = await started()
    const uid = await create(core, maps('default'), { name: 'owner' })
    const volume = {
      metadata: { name: 'v', ...ownedBy('owner', uid) },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/v' } },
    }
    expect((await core.call('POST', '/api/v1/persistentvolumes', volume)).code).toBe(201)
    await core.call('DELETE', maps('default', 'owner'))
    await create(core, maps('default'), { name: 'marker', ...ownedBy('x', 'nobody') })
    await core.until(() => core.store.get('core/configmaps', 'default/marker') === undefined)
    expect(core.store.get('core/persistentvolumes', 'v')).toBeDefined()
  })

  it('without a namespace own what has one', async () => {
    const core = await started()
    const uid = await create(core, '/api/v1/namespaces', { name: 'sea' })
    const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'sea', uid }
    await create(core, maps('default'), { name: 'wave', ownerReferences: [owner] })
    await core.call('DELETE', '/api/v1/namespaces/sea')
    await core.until(() => core.store.get('core/configmaps', 'default/wave') === undefined)
  })
})

it('ends a circle that is deleted in the foreground from every side', async () => {
  const core = await started()
  const names = ['a', 'b', 'c']
  const uids: string[] = []
  for (const name of names) uids.push(await create(core, maps('default'), { name }))
  for (const [index, name] of names.entries()) {
    const next = (index + 1) % names.length
    const metadata = ownedBy(names[next] ?? '', uids[next] ?? '', { blockOwnerDeletion: true })
    await core.call('PATCH', maps('default', name), { metadata }, merge)
  }
  // All of them wait before anybody looks.
  await running?.stop()
  for (const name of names) await core.call('DELETE', maps('default', name), { propagationPolicy: 'Foreground' })
  expect(names.every((name) => core.store.get('core/configmaps', `default/${name}`) !== undefined)).toBe(true)
  running = core.lifecycle()
  await core.until(() => names.every((name) => core.store.get('core/configmaps', `default/${name}`) === undefined))
})

it.each([
  ['Background', 10_000],
  // The same chores in another order: what many of them take shows above.
  ['Foreground', 2000],
  ['Orphan', 2000],
])('takes care of many dependents: %s, %d', async (propagationPolicy, dependents) => {
  const core = await started()
  const uid = await create(core, maps('default'), { name: 'owner' })
  const before = core.store.count('core/configmaps')
  for (let from = 0; from < dependents; from += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        create(core, maps('default'), {
          name: `d${from + index}`,
          ...ownedBy('owner', uid, { blockOwnerDeletion: true }),
        }),
      ),
    )
  }
  await core.call('DELETE', maps('default', 'owner'), { propagationPolicy })
  const owner = (): unknown => core.store.get('core/configmaps', 'default/owner')
  const left = propagationPolicy === 'Orphan' ? dependents + before - 1 : before - 1
  await core.until(() => owner() === undefined && core.store.count('core/configmaps') === left)
  if (propagationPolicy !== 'Orphan') return
  const { items } = core.store.list('core/configmaps')
  expect(items.filter(({ value }) => value.includes(uid))).toEqual([])
})

/** A small generator of our own, so that a failing round can be run again. */
function generator(seed: number): (count: number) => number {
  let state = seed * 7919
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}

interface Thing {
  namespace: string
  name: string
  owners: readonly OwnerReference[]
  deleting: boolean
}

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('random round %i', (seed) => {
  it('leaves nothing that should be gone, and has taken nothing that should be left', async () => {
    const core = await started()
    const pick = generator(seed)
    await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'other' } })
    const namespaces = ['default', 'other'] as const
    const live = new Map<string, Thing>()
    const lost = new Map<string, Thing>()
    const marked = new Map<string, Thing>()
    /** Objects a client asked to be deleted. */
    const asked = new Set<string>()
    const { revision } = core.store.list('core/configmaps')
    const handle = core.store.watch('core/configmaps', { from: revision }, ({ type, value }) => {
      const { metadata } = decodeStored(value)
      const { uid = '', namespace = '', name = '', ownerReferences = [], deletionTimestamp } = metadata
      const thing = { namespace, name, owners: ownerReferences, deleting: deletionTimestamp !== undefined }
      live.delete(uid)
      // What counts is whom it belonged to when its deletion began; later it may be given to anybody, in vain.
      if (thing.deleting && !marked.has(uid)) marked.set(uid, thing)
      if (type === 'delete') lost.set(uid, marked.get(uid) ?? thing)
      else live.set(uid, thing)
    })
    const uids = (): string[] => [...(pick(8) === 0 ? lost : live).keys()]

    function references(): JsonObject[] {
      const known = uids()
      const found = new Map<string, JsonObject>()
      for (let count = pick(3); count > 0; count -= 1) {
        const uid = pick(8) === 0 || known.length === 0 ? `nobody${pick(3)}` : (known[pick(known.length)] ?? '')
        const name = (live.get(uid) ?? lost.get(uid))?.name ?? 'nobody'
        found.set(uid, { apiVersion: 'v1', kind: 'ConfigMap', name, uid, blockOwnerDeletion: pick(2) === 0 })
      }
      return [...found.values()]
    }

    async function act(): Promise<void> {
      const namespace = namespaces[pick(2)] ?? 'default'
      const things = [...live]
      const [uid, thing] = things[pick(things.length)] ?? []
      const choice = pick(10)
      if (choice < 6 || uid === undefined || thing === undefined) {
        const metadata = { name: `o${pick(1_000_000)}`, ownerReferences: references() }
        await core.call('POST', maps(namespace), { metadata })
      } else if (choice < 8) {
        // Adopted by others, perhaps while it is being collected.
        const body = { metadata: { uid, ownerReferences: references() } }
        await core.call('PATCH', maps(thing.namespace, thing.name), body, merge)
      } else {
        asked.add(uid)
        const propagationPolicy = ['Background', 'Foreground', 'Orphan'][pick(3)]
        const body = { propagationPolicy, preconditions: { uid } }
        await core.call('DELETE', maps(thing.namespace, thing.name), body)
      }
    }

    async function client(): Promise<void> {
      for (let step = 0; step < 40; step += 1) await act()
    }
    await Promise.all(Array.from({ length: 8 }, client))

    const owns = (thing: Thing, { uid }: OwnerReference): boolean => live.get(uid)?.namespace === thing.namespace
    const settled = (): boolean =>
      [...live.values()].every((thing) => !thing.deleting && thing.owners.every((owner) => owns(thing, owner)))
    await core.until(settled)
    handle.close()

    const taken = [...lost].filter(([uid]) => !asked.has(uid))
    // The round meant something.
    expect(taken.length).toBeGreaterThan(5)
    expect(live.size).toBeGreaterThan(5)
    for (const [uid, thing] of taken) {
      expect(thing.owners.length, `${uid} belonged to nobody`).toBeGreaterThan(0)
      expect(
        thing.owners.filter((owner) => owns(thing, owner)),
        `${uid} had an owner that is there`,
      ).toEqual([])
    }
  })
})
