import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { at, configMap, mergePatch, usePlane } from './testing/plane.ts'

const plane = usePlane()

async function mapsOf(namespace?: string): Promise<string> {
  return `/api/v1/namespaces/${namespace ?? (await plane.namespace())}/configmaps`
}

function ownedBy(name: string, owner: JsonObject, more: JsonObject = {}): JsonObject {
  const reference = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: at(owner, 'metadata', 'name') ?? '',
    uid: at(owner, 'metadata', 'uid') ?? '',
  }
  return configMap(name, { metadata: { name, ownerReferences: [{ ...reference, ...more }] } })
}

const isGone = ({ code }: { code: number }): boolean => code === 404

describe('a namespace', () => {
  it('is there with its status, its label and its finalizer', async () => {
    const name = await plane.namespace()
    expect(await plane.ok('GET', `/api/v1/namespaces/${name}`)).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
  })

  it('is patched as an object and in its status', async () => {
    const path = `/api/v1/namespaces/${await plane.namespace()}`
    await plane.ok('PATCH', path, { metadata: { labels: { a: 'b' } } }, mergePatch)
    const condition = {
      type: 'Seen',
      status: 'True',
      reason: 'R',
      message: 'm',
      lastTransitionTime: '2024-01-01T00:00:00Z',
    }
    await plane.ok('PATCH', `${path}/status`, { status: { conditions: [condition] } }, mergePatch)
    expect(await plane.ok('GET', path)).toMatchObject({
      metadata: { labels: { a: 'b' } },
      status: { conditions: [{ type: 'Seen' }] },
    })
  })

  it('takes nothing new while it is deleted, and its content with it', async () => {
    if (!plane.controllers) return
    const name = await plane.namespace()
    const maps = await mapsOf(name)
    await plane.ok('POST', maps, configMap('held', { metadata: { name: 'held', finalizers: ['example.com/hold'] } }))
    await plane.ok('POST', maps, configMap('free'))
    const answer = await plane.ok('DELETE', `/api/v1/namespaces/${name}`)
    expect(answer).toMatchObject({ status: { phase: 'Terminating' } })
    const refused = await plane.call('POST', maps, configMap('late'))
    expect(refused).toMatchObject({ code: 403, body: { reason: 'Forbidden' } })
    expect(refused.text).toContain('because it is being terminated')
    await plane.eventually(`${maps}/free`, isGone)
    const waiting = await plane.eventually(`/api/v1/namespaces/${name}`, ({ text }) =>
      text.includes('NamespaceFinalizersRemaining'),
    )
    expect(waiting.text).toContain('example.com/hold')
    await plane.ok('PATCH', `${maps}/held`, { metadata: { finalizers: null } }, mergePatch)
    await plane.eventually(`/api/v1/namespaces/${name}`, isGone)
  })

  it('that is not there takes nothing', async () => {
    const reply = await plane.call('POST', await mapsOf('nowhere'), configMap('x'))
    expect(reply).toMatchObject({
      code: 404,
      body: { reason: 'NotFound', details: { kind: 'namespaces', name: 'nowhere' } },
    })
  })
})

describe('a finalizer', () => {
  it('keeps an object, marked, until it is taken away', async () => {
    const maps = await mapsOf()
    await plane.ok(
      'POST',
      maps,
      configMap('f', { metadata: { name: 'f', finalizers: ['example.com/a', 'example.com/b'] } }),
    )
    const marked = await plane.ok('DELETE', `${maps}/f`)
    expect(at(marked, 'metadata', 'deletionTimestamp')).toBeTypeOf('string')
    const refused = await plane.call(
      'PATCH',
      `${maps}/f`,
      { metadata: { finalizers: ['example.com/a', 'example.com/c'] } },
      mergePatch,
    )
    expect(refused.code).toBe(422)
    await plane.ok('PATCH', `${maps}/f`, { metadata: { finalizers: ['example.com/a'] } }, mergePatch)
    expect((await plane.call('GET', `${maps}/f`)).code).toBe(200)
    await plane.ok('PATCH', `${maps}/f`, { metadata: { finalizers: [] } }, mergePatch)
    expect((await plane.call('GET', `${maps}/f`)).code).toBe(404)
  })
})

describe('what has an owner', () => {
  it('goes with it, by default and in the background', async () => {
    if (!plane.controllers) return
    const maps = await mapsOf()
    const owner = await plane.ok('POST', maps, configMap('owner'))
    const child = await plane.ok('POST', maps, ownedBy('child', owner))
    await plane.ok('POST', maps, ownedBy('grandchild', child))
    await plane.ok('DELETE', `${maps}/owner`, { propagationPolicy: 'Background' })
    expect((await plane.call('GET', `${maps}/owner`)).code).toBe(404)
    await plane.eventually(`${maps}/child`, isGone)
    await plane.eventually(`${maps}/grandchild`, isGone)
  })

  it('goes before it in the foreground', async () => {
    if (!plane.controllers) return
    const maps = await mapsOf()
    const owner = await plane.ok('POST', maps, configMap('owner'))
    const held = ownedBy('child', owner, { blockOwnerDeletion: true })
    await plane.ok('POST', maps, {
      ...held,
      metadata: { ...asObject(held['metadata']), finalizers: ['example.com/hold'] },
    })
    await plane.ok('DELETE', `${maps}/owner`, { propagationPolicy: 'Foreground' })
    const waiting = await plane.ok('GET', `${maps}/owner`)
    expect(at(waiting, 'metadata', 'finalizers')).toEqual(['foregroundDeletion'])
    await plane.eventually(`${maps}/child`, ({ text }) => text.includes('deletionTimestamp'))
    expect((await plane.call('GET', `${maps}/owner`)).code).toBe(200)
    await plane.ok('PATCH', `${maps}/child`, { metadata: { finalizers: null } }, mergePatch)
    await plane.eventually(`${maps}/child`, isGone)
    await plane.eventually(`${maps}/owner`, isGone)
  })

  it('stays, and forgets it, when it is to be orphaned', async () => {
    if (!plane.controllers) return
    const maps = await mapsOf()
    const owner = await plane.ok('POST', maps, configMap('owner'))
    await plane.ok('POST', maps, ownedBy('child', owner))
    await plane.ok('DELETE', `${maps}/owner`, { propagationPolicy: 'Orphan' })
    await plane.eventually(`${maps}/owner`, isGone)
    expect(at(await plane.ok('GET', `${maps}/child`), 'metadata', 'ownerReferences')).toBeUndefined()
  })

  it('goes when its owner never was, stays while one of several is left', async () => {
    if (!plane.controllers) return
    const maps = await mapsOf()
    const [one, two] = [await plane.ok('POST', maps, configMap('one')), await plane.ok('POST', maps, configMap('two'))]
    const both = ownedBy('both', one)
    const references = [
      at(both, 'metadata', 'ownerReferences', 0),
      at(ownedBy('both', two), 'metadata', 'ownerReferences', 0),
    ]
    await plane.ok(
      'POST',
      maps,
      configMap('both', { metadata: { name: 'both', ownerReferences: references.map((each) => each ?? null) } }),
    )
    await plane.ok(
      'POST',
      maps,
      ownedBy('lost', { metadata: { name: 'never', uid: '00000000-0000-4000-8000-000000000000' } }),
    )
    await plane.ok('DELETE', `${maps}/one`)
    await plane.eventually(`${maps}/lost`, isGone)
    await plane.eventually(`${maps}/both`, ({ body }) => {
      const left = at(body, 'metadata', 'ownerReferences')
      return Array.isArray(left) && left.length === 1
    })
    await plane.ok('DELETE', `${maps}/two`)
    await plane.eventually(`${maps}/both`, isGone)
  })

  it('in a circle goes too', async () => {
    if (!plane.controllers) return
    const maps = await mapsOf()
    const one = await plane.ok('POST', maps, configMap('one'))
    const two = await plane.ok('POST', maps, ownedBy('two', one))
    const reference = at(ownedBy('x', two), 'metadata', 'ownerReferences') ?? []
    await plane.ok('PATCH', `${maps}/one`, { metadata: { ownerReferences: reference } }, mergePatch)
    await plane.ok('DELETE', `${maps}/one`, { propagationPolicy: 'Background' })
    await plane.eventually(`${maps}/one`, isGone)
    await plane.eventually(`${maps}/two`, isGone)
  })
})

describe('deleting a collection', () => {
  it('removes what a selector chooses', async () => {
    const maps = await mapsOf()
    for (const name of ['a', 'b'])
      await plane.ok('POST', maps, configMap(name, { metadata: { name, labels: { name } } }))
    await plane.ok('DELETE', `${maps}?labelSelector=name=a`)
    expect((await plane.call('GET', `${maps}/a`)).code).toBe(404)
    expect((await plane.call('GET', `${maps}/b`)).code).toBe(200)
  })
})

describe('preconditions', () => {
  it.each([['uid'], ['resourceVersion']])('on %s hold a deletion', async (field) => {
    const maps = await mapsOf()
    await plane.ok('POST', maps, configMap('p'))
    const wrong = await plane.call('DELETE', `${maps}/p`, { preconditions: { [field]: '12345' } })
    expect(wrong).toMatchObject({ code: 409, body: { reason: 'Conflict' } })
    const right = at(await plane.ok('GET', `${maps}/p`), 'metadata', field) ?? null
    await plane.ok('DELETE', `${maps}/p`, { preconditions: { [field]: right } })
  })
})

function asObject(value: JsonObject[string] | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
}
