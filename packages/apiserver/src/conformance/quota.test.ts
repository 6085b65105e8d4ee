import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { at, configMap, mergePatch, usePlane } from './testing/plane.ts'

const plane = usePlane()

const quota = (hard: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q' },
  spec: { hard },
})

describe('a resource quota', () => {
  it('counts what is there, what comes and what goes', async () => {
    if (!plane.controllers) return
    const namespace = `/api/v1/namespaces/${await plane.namespace()}`
    await plane.ok('POST', `${namespace}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'before' } })
    await plane.ok('POST', `${namespace}/resourcequotas`, quota({ secrets: '2' }))
    const used = (count: string): Promise<unknown> =>
      plane.eventually(`${namespace}/resourcequotas/q`, ({ body }) => at(body, 'status', 'used', 'secrets') === count)
    await used('1')
    await plane.ok('POST', `${namespace}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'second' } })
    await used('2')
    const refused = await plane.call('POST', `${namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'third' },
    })
    expect(refused).toMatchObject({ code: 403, body: { reason: 'Forbidden' } })
    expect(refused.text).toContain('exceeded quota: q, requested: secrets=1, used: secrets=2, limited: secrets=2')
    await plane.ok('DELETE', `${namespace}/secrets/before`)
    await used('1')
    await plane.ok('PATCH', `${namespace}/resourcequotas/q`, { spec: { hard: { secrets: '1' } } }, mergePatch)
    await plane.eventually(`${namespace}/resourcequotas/q`, ({ body }) => at(body, 'status', 'hard', 'secrets') === '1')
    await plane.ok('DELETE', `${namespace}/resourcequotas/q`)
    await plane.ok('POST', `${namespace}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'third' } })
  })

  it('is never exceeded by many that create at once', async () => {
    if (!plane.controllers) return
    const namespace = `/api/v1/namespaces/${await plane.namespace()}`
    await plane.ok('POST', `${namespace}/resourcequotas`, quota({ 'count/configmaps': '8' }))
    await plane.eventually(`${namespace}/resourcequotas/q`, ({ body }) => at(body, 'status', 'used') !== undefined)
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, index) => plane.call('POST', `${namespace}/configmaps`, configMap(`m-${index}`))),
    )
    const list = await plane.ok('GET', `${namespace}/configmaps`)
    const items = list['items']
    expect(Array.isArray(items) ? items.length : 0).toBe(8)
    expect(new Set(replies.map(({ code }) => code))).toEqual(new Set([201, 403]))
  })
})

describe('a limit range', () => {
  it('gives containers its defaults and keeps them within its bounds', async () => {
    const namespace = `/api/v1/namespaces/${await plane.namespace()}`
    await plane.ok('POST', `${namespace}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 's' },
    })
    const limit = { type: 'Container', default: { cpu: '200m' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' } }
    await plane.ok('POST', `${namespace}/limitranges`, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l' },
      spec: { limits: [limit] },
    })
    const pod = (name: string, resources: JsonObject): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { serviceAccountName: 's', containers: [{ name: 'c', image: 'i', resources }] },
    })
    const made = await plane.ok('POST', `${namespace}/pods`, pod('plain', {}))
    expect(at(made, 'spec', 'containers', 0, 'resources')).toEqual({
      limits: { cpu: '200m' },
      requests: { cpu: '100m' },
    })
    const refused = await plane.call('POST', `${namespace}/pods`, pod('big', { limits: { cpu: '2' } }))
    expect(refused.code).toBe(403)
    expect(refused.text).toContain('maximum cpu usage per Container is 1, but limit is 2')
  })
})
