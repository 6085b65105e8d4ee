import { afterEach, describe, expect, it } from 'vitest'
import { getPath, StatusError, type JsonObject } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { coreServer, type CoreServer } from '../testing/core-server.ts'
import type { Lifecycle } from './lifecycle.ts'

let running: Lifecycle | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

async function started(options: Parameters<CoreServer['lifecycle']>[0] = {}): Promise<CoreServer> {
  const core = coreServer()
  running = core.lifecycle(options)
  await running.ready
  return core
}

const cm = (namespace: string, name = ''): string => `/api/v1/namespaces/${namespace}/configmaps${name && `/${name}`}`

async function create(
  core: CoreServer,
  name: string,
  metadata: JsonObject = {},
  namespace = 'default',
): Promise<string> {
  const { code, body } = await core.call('POST', cm(namespace), { metadata: { name, ...metadata } })
  expect(code).toBe(201)
  return (body['metadata'] as { uid: string }).uid
}

function owner(name: string, uid: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...more }
}

function has(core: CoreServer, ...names: string[]): boolean {
  return names.every((name) => core.store.get('core/configmaps', `default/${name}`) !== undefined)
}

function gone(core: CoreServer, ...names: string[]): boolean {
  return names.every((name) => core.store.get('core/configmaps', `default/${name}`) === undefined)
}

async function remove(core: CoreServer, name: string, propagationPolicy: string): Promise<void> {
  const { code } = await core.call('DELETE', cm('default', name), { propagationPolicy })
  expect(code).toBe(200)
}

/** Something that changes after all queued work, so that "nothing happened" can be told from "not yet". */
async function settled(core: CoreServer): Promise<void> {
  await create(core, 'marker-owner')
  await create(core, 'marker', { ownerReferences: [owner('marker-owner', 'no-such-uid')] })
  await core.until(() => gone(core, 'marker'))
  await core.call('DELETE', cm('default', 'marker-owner'))
}

describe('default content', () => {
  it('makes the system namespaces with their account and trust', async () => {
    const core = await started({ rootCertificate: 'PEM' })
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
      expect((await core.call('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)).code).toBe(200)
      expect((await core.call('GET', cm(name, 'kube-root-ca.crt'))).body['data']).toEqual({ 'ca.crt': 'PEM' })
    }
  })

  it('fills new namespaces, and brings back what was deleted or changed', async () => {
    const core = await started({ rootCertificate: 'PEM' })
    await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'team' } })
    const account = (): boolean => core.store.get('core/serviceaccounts', 'team/default') !== undefined
    const trust = (): string => core.store.get('core/configmaps', 'team/kube-root-ca.crt')?.value.toString() ?? ''
    await core.until(() => account() && trust() !== '')
    await core.call('DELETE', '/api/v1/namespaces/team/serviceaccounts/default')
    await core.until(account)
    const change = { data: { 'ca.crt': 'forged' } }
    await core.call('PATCH', cm('team', 'kube-root-ca.crt'), change, { 'content-type': 'application/merge-patch+json' })
    await core.until(() => trust().includes('"PEM"'))
  })
})

describe('garbage collection', () => {
  it('deletes dependents, and theirs, after their owner', async () => {
    const core = await started()
    const a = await create(core, 'a')
    const b = await create(core, 'b', { ownerReferences: [owner('a', a)] })
    await create(core, 'c', { ownerReferences: [owner('b', b)] })
    await settled(core)
    expect(has(core, 'a', 'b', 'c')).toBe(true)
    await remove(core, 'a', 'Background')
    await core.until(() => gone(core, 'a', 'b', 'c'))
  })

  it('goes by uid: a namesake of the owner is not the owner', async () => {
    const core = await started()
    await create(core, 'a')
    await create(core, 'b', { ownerReferences: [owner('a', 'another-uid')] })
    await core.until(() => gone(core, 'b'))
    expect(has(core, 'a')).toBe(true)
  })

  it('keeps an object while one owner is left, and drops the reference to the other', async () => {
    const core = await started()
    const a = await create(core, 'a')
    const b = await create(core, 'b')
    await create(core, 'c', { ownerReferences: [owner('a', a), owner('b', b)] })
    await remove(core, 'a', 'Background')
    const owners = (): string => core.store.get('core/configmaps', 'default/c')?.value.toString() ?? ''
    await core.until(() => owners() !== '' && !owners().includes(a))
    expect(owners()).toContain(b)
  })

  it('leaves alone what belongs to a kind it does not know', async () => {
    const core = await started()
    const stranger = { apiVersion: 'harbour.example/v1', kind: 'Boat', name: 'ada', uid: 'u' }
    await create(core, 'b', { ownerReferences: [stranger] })
    await settled(core)
    expect(has(core, 'b')).toBe(true)
  })

  it('deletes the blocking dependents first in the foreground', async () => {
    const core = await started()
    const a = await create(core, 'a')
    const blocking = { blockOwnerDeletion: true }
    await create(core, 'b', { ownerReferences: [owner('a', a, blocking)], finalizers: ['example.com/hold'] })
    await remove(core, 'a', 'Foreground')
    const deleting = (): boolean =>
      core.store.get('core/configmaps', 'default/b')?.value.includes('deletionTimestamp') === true
    await core.until(deleting)
    await settled(core)
    expect(has(core, 'a', 'b')).toBe(true)
    const free = { metadata: { finalizers: null } }
    await core.call('PATCH', cm('default', 'b'), free, { 'content-type': 'application/merge-patch+json' })
    await core.until(() => gone(core, 'a', 'b'))
  })

  it('is not held up by what another namespace claims to own', async () => {
    const core = await started()
    await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'hostile' } })
    const a = await create(core, 'a')
    const forged = [owner('a', a, { blockOwnerDeletion: true })]
    await create(core, 'b', { ownerReferences: forged, finalizers: ['example.com/hold'] }, 'hostile')
    await core.until(() => core.store.get('core/configmaps', 'hostile/b')?.value.includes('deletionTimestamp') === true)
    await remove(core, 'a', 'Foreground')
    await core.until(() => gone(core, 'a'))
  })

  it('ends a circle in the foreground', async () => {
    const core = await started()
    const blocking = { blockOwnerDeletion: true }
    const a = await create(core, 'a')
    const b = await create(core, 'b', { ownerReferences: [owner('a', a, blocking)] })
    const close = { metadata: { ownerReferences: [owner('b', b, blocking)] } }
    await core.call('PATCH', cm('default', 'a'), close, { 'content-type': 'application/merge-patch+json' })
    await settled(core)
    expect(has(core, 'a', 'b')).toBe(true)
    await remove(core, 'a', 'Foreground')
    await core.until(() => gone(core, 'a', 'b'))
  })

  it('orphans dependents when asked', async () => {
    const core = await started()
    const a = await create(core, 'a')
    await create(core, 'b', { ownerReferences: [owner('a', a)] })
    await remove(core, 'a', 'Orphan')
    await core.until(() => gone(core, 'a'))
    await settled(core)
    const { body } = await core.call('GET', cm('default', 'b'))
    expect(getPath(body, ['metadata', 'ownerReferences']) ?? []).toEqual([])
  })

  it('continues after a stop at any time', async () => {
    const core = await started()
    const a = await create(core, 'a')
    for (let index = 0; index < 20; index += 1) await create(core, `b${index}`, { ownerReferences: [owner('a', a)] })
    await remove(core, 'a', 'Background')
    await running?.stop()
    running = core.lifecycle()
    await core.until(() => core.store.count('core/configmaps') === 0)
  })
})

describe('namespace termination', () => {
  async function team(core: CoreServer): Promise<void> {
    await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'team' } })
    await core.until(() => core.store.get('core/serviceaccounts', 'team/default') !== undefined)
  }
  const exists = (core: CoreServer): boolean => core.store.get('core/namespaces', 'team') !== undefined

  it('takes all content along, and can be made anew', async () => {
    const core = await started({ rootCertificate: 'PEM' })
    await team(core)
    for (let index = 0; index < 30; index += 1) await create(core, `c${index}`, {}, 'team')
    const { body } = await core.call('DELETE', '/api/v1/namespaces/team')
    expect(body['status']).toMatchObject({ phase: 'Terminating' })
    await core.until(() => !exists(core))
    expect(core.store.list('core/configmaps', { prefix: 'team/' }).items).toEqual([])
    await team(core)
  })

  it('waits for finalizers, says so, and lets nothing new in', async () => {
    const core = await started()
    await team(core)
    await create(core, 'held', { finalizers: ['example.com/hold'] }, 'team')
    await core.call('DELETE', '/api/v1/namespaces/team')
    const namespace = (): string => core.store.get('core/namespaces', 'team')?.value.toString() ?? ''
    await core.until(() => namespace().includes('NamespaceFinalizersRemaining'))
    const { body } = await core.call('GET', '/api/v1/namespaces/team')
    expect(getPath(body, ['status', 'conditions'])).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'NamespaceContentRemaining',
          status: 'True',
          message: 'Some resources are remaining: configmaps. has 1 resource instances',
        }),
        expect.objectContaining({
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          message: 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
        }),
      ]),
    )
    expect((await core.call('POST', cm('team'), { metadata: { name: 'late' } })).code).toBe(403)
    const free = { metadata: { finalizers: null } }
    await core.call('PATCH', cm('team', 'held'), free, { 'content-type': 'application/merge-patch+json' })
    await core.until(() => !exists(core))
  })

  const boats = (refuses: () => boolean): ResourceDefinition => ({
    group: 'harbour.example',
    versions: [{ name: 'v1' }],
    kind: 'Boat',
    resource: 'boats',
    singular: 'boat',
    namespaced: true,
    schemaName: 'example.harbour.v1.Boat',
    schema: { type: 'object', preserveUnknownFields: true },
    rules: {
      beforeDelete() {
        if (refuses()) throw new StatusError('Forbidden', 'the boat is at sea')
      },
    },
  })
  const boat = { apiVersion: 'harbour.example/v1', kind: 'Boat', metadata: { name: 'ada' } }

  it('takes objects along whose kind came later, and says what refuses to go', async () => {
    const core = await started()
    let atSea = true
    await team(core)
    core.server.registry.add(boats(() => atSea))
    expect((await core.call('POST', '/apis/harbour.example/v1/namespaces/team/boats', boat)).code).toBe(201)
    await core.call('DELETE', '/api/v1/namespaces/team')
    const namespace = (): string => core.store.get('core/namespaces', 'team')?.value.toString() ?? ''
    await core.until(() => namespace().includes('the boat is at sea'))
    const { body } = await core.call('GET', '/api/v1/namespaces/team')
    expect(getPath(body, ['status', 'conditions'])).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'NamespaceDeletionDiscoveryFailure', status: 'False' }),
        expect.objectContaining({ type: 'NamespaceDeletionGroupVersionParsingFailure', status: 'False' }),
        expect.objectContaining({
          type: 'NamespaceDeletionContentFailure',
          status: 'True',
          reason: 'ContentDeletionFailed',
          message: 'Failed to delete all resource types, the boat is at sea',
        }),
        expect.objectContaining({
          type: 'NamespaceContentRemaining',
          message: 'Some resources are remaining: boats.harbour.example has 1 resource instances',
        }),
      ]),
    )
    atSea = false
    await core.until(() => !exists(core))
    expect(core.store.count('harbour.example/boats')).toBe(0)
  })

  it('lets pods go before all else', async () => {
    const core = await started()
    await team(core)
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }], nodeName: 'n' } }
    await core.call('POST', '/api/v1/namespaces/team/pods', pod)
    await create(core, 'needed', {}, 'team')
    await core.call('DELETE', '/api/v1/namespaces/team')
    const namespace = (): string => core.store.get('core/namespaces', 'team')?.value.toString() ?? ''
    await core.until(() => namespace().includes('pods. has 1 resource instances'))
    expect(core.store.get('core/configmaps', 'team/needed')?.value.includes('deletionTimestamp')).toBe(false)
    // Whoever runs the pod says that it has ended.
    await core.call('DELETE', '/api/v1/namespaces/team/pods/p', { gracePeriodSeconds: 0 })
    await core.until(() => !exists(core))
  })

  it('finishes what an earlier run began', async () => {
    const core = await started()
    await team(core)
    await running?.stop()
    await core.call('DELETE', '/api/v1/namespaces/team')
    expect(exists(core)).toBe(true)
    running = core.lifecycle()
    await core.until(() => !exists(core))
  })
})

describe('events', () => {
  const path = '/api/v1/namespaces/default/events'
  const event = (name: string, at: Date): object => ({
    metadata: { name },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    lastTimestamp: `${at.toISOString().slice(0, 19)}Z`,
  })

  it('keeps no more than the newest', async () => {
    const core = await started({ maxEvents: 3 })
    for (const name of ['e1', 'e2', 'e3', 'e4', 'e5']) await core.call('POST', path, event(name, systemClock.now()))
    await core.until(() => core.store.count('core/events') === 3)
    expect(core.store.list('core/events').items.map(({ key }) => key)).toEqual([
      'default/e3',
      'default/e4',
      'default/e5',
    ])
  })

  it('forgets what a start finds too old, and keeps the rest', async () => {
    const core = await started()
    await running?.stop()
    const now = systemClock.now().getTime()
    await core.call('POST', path, event('old', new Date(now - 3_700_000)))
    await core.call('POST', path, event('new', new Date(now - 60_000)))
    running = core.lifecycle()
    await core.until(() => core.store.count('core/events') === 1)
    expect(core.store.list('core/events').items.map(({ key }) => key)).toEqual(['default/new'])
  })
})
