import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient } from './client.ts'
import type { Transport, TransportRequest, TransportResponse } from './contract.ts'
import { createController } from './controller.ts'
import { configMaps, events, leases, type ConfigMap } from './core-resources.ts'
import { createEventRecorder } from './events.ts'
import { createHttpTransport } from './http-transport.ts'
import { createInformer } from './informer.ts'
import { runAsLeader } from './lease.ts'
import { startFaultInjector } from './testing/fault-injector.ts'
import { manualClock } from './testing/manual-clock.ts'

/** A busy machine only makes these slower. */
const patient = { timeout: 30_000 }

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function setup() {
  const server = await startFaultInjector()
  const transport = createHttpTransport({ server: server.url, credentials: { kind: 'none' } })
  cleanups.push(
    () => server.close(),
    () => transport.close(),
  )
  const { isBusy, counted } = countRequests(transport)
  return { server, client: createClient(counted), isBusy }
}

/** Tells whether a request is under way; watches are not counted. */
function countRequests(transport: Transport): { isBusy: () => boolean; counted: Transport } {
  let underWay = 0
  const request = async (asked: TransportRequest): Promise<TransportResponse> => {
    if (asked.path.includes('watch=')) return transport.request(asked)
    underWay += 1
    try {
      const answer = await transport.request(asked)
      const pieces: Uint8Array[] = []
      for await (const piece of answer.body) pieces.push(piece)
      return { ...answer, whole: Buffer.concat(pieces) }
    } finally {
      underWay -= 1
    }
  }
  return { isBusy: () => underWay > 0, counted: { ...transport, request } }
}

function configMap(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns' }, data }
}

describe('controller', () => {
  it('reconciles what is there, what changes, and what is deleted; keys of both states', async () => {
    const { client } = await setup()
    await client.create(configMaps, configMap('a', { owner: 'x' }))
    const informer = createInformer({ client, resource: configMaps })
    cleanups.push(() => informer.stop())
    const seen: string[] = []
    const controller = createController({
      name: 'test',
      watches: [{ informer, keys: (object) => [(object as ConfigMap).data?.['owner'] ?? ''] }],
      async reconcile(key) {
        seen.push(key)
      },
    })
    cleanups.push(() => controller.stop())
    controller.start()
    await vi.waitFor(() => expect(seen).toEqual(['x']), patient)
    const known = await client.get(configMaps, { namespace: 'ns', name: 'a' })
    await client.update(configMaps, { ...known, data: { owner: 'y' } })
    await vi.waitFor(() => expect(seen.toSorted()).toEqual(['x', 'x', 'y']), patient)
    await client.delete(configMaps, { namespace: 'ns', name: 'a' })
    await vi.waitFor(() => expect(seen.toSorted()).toEqual(['x', 'x', 'y', 'y']), patient)
  })

  it('gives others a turn when reconciles wait for nothing', async () => {
    let runs = 0
    const controller = createController({
      name: 'test',
      watches: [],
      async reconcile() {
        runs += 1
        for (const end = performance.now() + 1; performance.now() < end;);
      },
    })
    cleanups.push(() => controller.stop())
    for (let key = 0; key < 200; key += 1) controller.enqueue(`key-${key}`)
    controller.start()
    const first = await new Promise<number>((resolve) => setTimeout(() => resolve(runs), 1))
    expect(first).toBeLessThan(100)
    await vi.waitFor(() => expect(runs).toBe(200), patient)
  })

  it('retries what throws, comes back when asked to, and never runs a key twice at a time', async () => {
    let running = 0
    let most = 0
    let runs = 0
    const controller = createController({
      name: 'test',
      workers: 8,
      watches: [],
      backoff: { initialMs: 1, maxMs: 1 },
      async reconcile() {
        running += 1
        most = Math.max(most, running)
        runs += 1
        const run = runs
        await new Promise((resolve) => setImmediate(resolve))
        running -= 1
        if (run < 3) throw new Error('not yet')
        return run < 6 ? { requeueAfterMs: 1 } : undefined
      },
    })
    controller.start()
    for (let n = 0; n < 20; n += 1) controller.enqueue('ns/a')
    await vi.waitFor(() => expect(runs).toBe(6), patient)
    expect(most).toBe(1)
    await controller.stop()
    controller.enqueue('ns/a')
    expect(runs).toBe(6)
  })

  it('aborts what runs when stopped', async () => {
    let aborted = false
    const controller = createController({
      name: 'test',
      watches: [],
      reconcile: (_key, signal) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            aborted = true
            resolve()
          }),
        ),
    })
    controller.start()
    controller.enqueue('a')
    await new Promise((resolve) => setImmediate(resolve))
    await controller.stop()
    expect(aborted).toBe(true)
  })
})

describe('event recorder', () => {
  it('counts repeats, starts anew after a while, limits floods and never throws', async () => {
    const { client, server, isBusy } = await setup()
    const clock = manualClock({ isBusy })
    const recorder = createEventRecorder({ client, component: 'test-controller', host: 'node-1', clock })
    const about = { ...configMap('a'), metadata: { name: 'a', namespace: 'ns', uid: 'u1' } }
    const started = { type: 'Normal', reason: 'Started', message: 'it runs' } as const
    for (let n = 0; n < 3; n += 1) recorder.record(about, started)
    await recorder.flush()
    const stored = () => [...server.state('/api/v1/events').values()]
    expect(stored()).toMatchObject([
      {
        count: 3,
        reason: 'Started',
        involvedObject: { kind: 'ConfigMap', name: 'a', uid: 'u1' },
        source: { component: 'test-controller', host: 'node-1' },
      },
    ])
    await clock.advance(11 * 60_000)
    recorder.record(about, started)
    await recorder.flush()
    expect(stored()).toHaveLength(2)
    for (let n = 0; n < 100; n += 1) recorder.record(about, { ...started, message: `message ${n}` })
    await recorder.flush()
    expect(stored().length).toBeLessThan(30)
    await server.close()
    recorder.record({ ...about, metadata: { ...about.metadata, uid: 'u2' } }, started)
    await recorder.flush()
    expect(events.resource).toBe('events')
  })
})

describe('leader lease', () => {
  it('has one leader, who gives way at the end and loses it when it cannot renew', async () => {
    const { client, server, isBusy } = await setup()
    const clock = manualClock({ isBusy })
    const acting = new Set<string>()
    const stops = new Map<string, AbortController>()
    const run = (identity: string, through = client): Promise<void> => {
      const stop = new AbortController()
      stops.set(identity, stop)
      return runAsLeader(
        { client: through, namespace: 'ns', name: 'l', identity, clock, random: () => 0 },
        async (signal) => {
          acting.add(identity)
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          acting.delete(identity)
        },
        stop.signal,
      )
    }
    /** Steps small enough that every try is seen; at no moment do two act. */
    const until = async (expected: string[]): Promise<void> => {
      for (let n = 0; n < 100 && [...acting].join() !== expected.join(); n += 1) {
        await clock.advance(500)
        await client.get(leases, { namespace: 'ns', name: 'l' }).catch(() => undefined)
        expect(acting.size).toBeLessThanOrEqual(1)
      }
      expect([...acting]).toEqual(expected)
    }
    const a = run('a')
    await until(['a'])
    const b = run('b')
    await clock.advance(60_000)
    expect([...acting]).toEqual(['a'])
    stops.get('a')?.abort()
    await a
    await until(['b'])
    expect(server.state('/apis/coordination.k8s.io/v1/leases').get('ns/l')).toMatchObject({
      spec: { holderIdentity: 'b', leaseTransitions: expect.any(Number) },
    })
    await server.close()
    await until([])
    stops.get('b')?.abort()
    await b
  })
})
