import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '@berth/base'
import type { JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPki } from '../auth/pki.ts'
import { internalUser } from '../auth/user.ts'
import { openControlPlane } from '../control-plane/control-plane.ts'
import type { ControlPlane } from '../control-plane/options.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { at, configMap, textAt } from './testing/plane.ts'

const hour = 3_600_000
let aheadMs = 0
/** The machine's clock, set wrong by somebody; timers go on as they do. */
const clock: Clock = {
  now: () => new Date(Date.now() + aheadMs),
  after: (ms, callback) => systemClock.after(ms, callback),
}

let plane: ControlPlane
let directory = ''
const store = createMemoryStore()

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-clock-'))
  plane = await openControlPlane({ store, pki: await openPki({ directory, clock }), clock })
})
afterAll(async () => {
  await plane.close()
  await store.close()
  await rm(directory, { recursive: true })
})

async function call(method: string, path: string, body?: JsonObject): Promise<{ code: number; body: JsonObject }> {
  const url = new URL(path, 'http://server')
  const answer = await plane.handler({
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
    body: async () => Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    user: internalUser('test'),
    upgrade: false,
    signal: new AbortController().signal,
  })
  if (answer.kind !== 'full') throw new Error(`${method} ${path} gave a ${answer.kind}`)
  return { code: answer.code, body: JSON.parse(answer.body.toString()) }
}

const maps = '/api/v1/namespaces/default/configmaps'

describe('a clock that goes back two hours', () => {
  it('changes neither the order of revisions nor who wins', async () => {
    aheadMs = 0
    const before = await call('POST', maps, configMap('one'))
    aheadMs = -2 * hour
    const after = await call('PATCH', `${maps}/one`, { data: { a: 'b' } })
    expect(after.code).toBe(200)
    const version = (body: JsonObject): number => Number(textAt(body, 'metadata', 'resourceVersion'))
    expect(version(after.body)).toBeGreaterThan(version(before.body))
    expect(at(after.body, 'metadata', 'creationTimestamp')).toBe(at(before.body, 'metadata', 'creationTimestamp'))
    const stale = { ...configMap('one'), metadata: { name: 'one', resourceVersion: String(version(before.body)) } }
    expect((await call('PUT', `${maps}/one`, stale)).code).toBe(409)
    expect((await call('DELETE', `${maps}/one`)).code).toBe(200)
  })

  it('leaves tokens of later undone: refused while it lasts, good again afterwards', async () => {
    aheadMs = 0
    const accounts = '/api/v1/namespaces/default/serviceaccounts'
    await call('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } })
    const ask = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }
    const given = await call('POST', `${accounts}/robot/token`, ask)
    const isGood = async (token: string): Promise<boolean> => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
      const { code, body } = await call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', review)
      expect(code).toBe(201)
      return at(body, 'status', 'authenticated') === true
    }
    const token = textAt(given.body, 'status', 'token')
    expect(await isGood(token)).toBe(true)
    aheadMs = -2 * hour
    expect(await isGood(token)).toBe(false)
    const earlier = textAt((await call('POST', `${accounts}/robot/token`, ask)).body, 'status', 'token')
    expect(await isGood(earlier)).toBe(true)
    aheadMs = 0
    expect(await isGood(token)).toBe(true)
    // Its hour was over before it was given.
    expect(await isGood(earlier)).toBe(false)
  })

  it('loses no event that is young', async () => {
    aheadMs = 0
    const events = '/api/v1/namespaces/default/events'
    const event = (name: string): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: 'default' },
      involvedObject: { kind: 'ConfigMap', name: 'x', namespace: 'default' },
      reason: 'R',
      type: 'Normal',
    })
    expect((await call('POST', events, event('now'))).code).toBe(201)
    aheadMs = -2 * hour
    expect((await call('POST', events, event('then'))).code).toBe(201)
    aheadMs = 0
    for (const name of ['now', 'then']) expect((await call('GET', `${events}/${name}`)).code).toBe(200)
  })

  it('deletes what is to be deleted after its grace all the same', async () => {
    aheadMs = 0
    const held = configMap('held', { metadata: { name: 'held', finalizers: ['example.com/hold'] } })
    await call('POST', maps, held)
    aheadMs = -2 * hour
    const marked = await call('DELETE', `${maps}/held`)
    expect(textAt(marked.body, 'metadata', 'deletionTimestamp')).not.toBe('')
    expect((await call('PATCH', `${maps}/held`, { metadata: { finalizers: null } })).code).toBe(200)
    expect((await call('GET', `${maps}/held`)).code).toBe(404)
    aheadMs = 0
  })
})
