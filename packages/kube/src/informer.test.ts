import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient } from './client.ts'
import type { Client, Informer } from './contract.ts'
import { configMaps, type ConfigMap } from './core-resources.ts'
import { createHttpTransport } from './http-transport.ts'
import { createInformer, type InformerOptions } from './informer.ts'
import { keyOf } from './key.ts'
import { startFaultInjector, type Fault, type FaultInjector } from './testing/fault-injector.ts'

/** A busy machine only makes these slower. */
const patient = { timeout: 30_000 }

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function setup(): Promise<{ server: FaultInjector; client: Client }> {
  const server = await startFaultInjector()
  const transport = createHttpTransport({ server: server.url, credentials: { kind: 'none' } })
  cleanups.push(
    () => server.close(),
    () => transport.close(),
  )
  return { server, client: createClient(transport) }
}

function informerFor(client: Client, options: Partial<InformerOptions<ConfigMap>> = {}): Informer<ConfigMap> {
  const backoff = { initialMs: 1, maxMs: 10 }
  const informer = createInformer({ client, resource: configMaps, backoff, pageSize: 3, ...options })
  cleanups.push(() => informer.stop())
  return informer
}

function configMap(name: string, value: string): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns' }, data: { value } }
}

/** Creates or replaces, over the same connection pool the informer suffers on; retried because faults hit it too. */
async function write(client: Client, name: string, value: string | undefined): Promise<void> {
  for (;;) {
    try {
      const known = await client.get(configMaps, { namespace: 'ns', name }).catch(() => undefined)
      if (value === undefined) {
        if (known !== undefined) await client.delete(configMaps, { namespace: 'ns', name })
      } else if (known === undefined) await client.create(configMaps, configMap(name, value))
      else await client.update(configMaps, { ...known, data: { value } })
      return
    } catch {
      // Cut by a fault: tried again.
    }
  }
}

function versions(objects: Iterable<{ metadata: { namespace?: string; name?: string; resourceVersion?: string } }>) {
  return Object.fromEntries([...objects].map((object) => [keyOf(object), object.metadata.resourceVersion]))
}

describe('informer', () => {
  it('lists in pages, then follows', async () => {
    const { client, server } = await setup()
    for (let n = 0; n < 8; n += 1) await write(client, `cm-${n}`, 'x')
    const informer = informerFor(client, { indexes: { value: (object) => [object.data?.['value'] ?? ''] } })
    await informer.start()
    expect(informer.list()).toHaveLength(8)
    expect(server.requests.filter((line) => line.includes('limit=3'))).toHaveLength(3)
    await write(client, 'cm-1', 'y')
    await vi.waitFor(() => expect(informer.byIndex('value', 'y')).toHaveLength(1), patient)
    expect(informer.byIndex('value', 'x')).toHaveLength(7)
    expect(() => informer.byIndex('none', '')).toThrow('no index "none"')
  })

  it('leaves out who owns the fields, and writes of what it holds leave the owners alone', async () => {
    const { client } = await setup()
    const owner = { manager: 'm', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }
    const { metadata, ...rest } = configMap('owned', 'x')
    await client.create(configMaps, { ...rest, metadata: { ...metadata, managedFields: [owner] } })
    const informer = informerFor(client)
    await informer.start()
    const held = informer.get('ns', 'owned')
    expect(held?.data).toEqual({ value: 'x' })
    expect(held?.metadata).not.toHaveProperty('managedFields')
  })

  it('tells of deletions it could not see, after the history is gone', async () => {
    const { client, server } = await setup()
    await write(client, 'gone', 'x')
    await write(client, 'again', 'x')
    const informer = informerFor(client)
    const seen: string[] = []
    informer.on((current, previous) => {
      const uid = (current ?? previous)?.metadata.uid ?? ''
      seen.push(`${current === undefined ? 'deleted' : previous === undefined ? 'added' : 'changed'} ${uid}`)
    })
    await informer.start()
    seen.length = 0
    // The watch ends and must not come back before all of this has happened.
    server.inject('failList')
    const objects = server.state('/api/v1/configmaps')
    objects.delete('ns/gone')
    objects.set('ns/again', {
      ...configMap('again', 'x'),
      metadata: { name: 'again', namespace: 'ns', uid: 'new', resourceVersion: '99' },
    })
    server.inject('compact')
    await vi.waitFor(() => expect(seen).toEqual(['deleted uid-1', 'deleted uid-2', 'added new']), patient)
  })

  it('survives a listener that throws', async () => {
    const { client } = await setup()
    const informer = informerFor(client)
    informer.on(() => {
      throw new Error('listener')
    })
    await informer.start()
    await write(client, 'a', '1')
    await write(client, 'a', '2')
    await vi.waitFor(() => expect(informer.get('ns', 'a')?.data?.['value']).toBe('2'), patient)
  })

  it('keeps trying while the server is away, and stops at once when told', async () => {
    const { client, server } = await setup()
    for (let n = 0; n < 5; n += 1) server.inject('failList')
    const informer = informerFor(client)
    await informer.start()
    expect(informer.synced).toBe(true)
    await informer.stop()
    await vi.waitFor(() => expect(server.openWatches).toBe(0), patient)
  })

  const faults: Fault[] = ['cut', 'endWatches', 'garbage', 'halfEvent', 'compact', 'failList']
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        value: fc.option(fc.string(), { nil: undefined }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ fault: fc.constantFrom(...faults) }) },
  )

  it('ends equal to the server whatever happens, and so does whoever follows its changes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { client, server } = await setup()
        const informer = informerFor(client)
        const follower = new Map<string, ConfigMap>()
        informer.on((current, previous) => {
          const known = previous === undefined ? undefined : follower.get(keyOf(previous))
          expect(known?.metadata.uid).toBe(previous?.metadata.uid)
          if (current !== undefined) follower.set(keyOf(current), current)
          else if (previous !== undefined) follower.delete(keyOf(previous))
        })
        await informer.start()
        for (const todo of steps) {
          if ('fault' in todo) server.inject(todo.fault)
          else await write(client, todo.name, todo.value)
        }
        const expected = versions(server.state('/api/v1/configmaps').values())
        await vi.waitFor(() => expect(versions(informer.list())).toEqual(expected), { ...patient, interval: 5 })
        expect(versions(follower.values())).toEqual(expected)
        for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
      }),
      { numRuns: 40 },
    )
  })

  it('keeps of an object what it is told to keep, also of one that changes or goes', async () => {
    const { client } = await setup()
    await write(client, 'shaped', 'x')
    const gone: unknown[] = []
    const informer = informerFor(client, {
      shape: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata, data: { value: 'kept' } }),
    })
    informer.on((current, previous) => current === undefined && gone.push(previous?.data))
    await informer.start()
    await write(client, 'shaped', 'y')
    await write(client, 'later', 'z')
    await vi.waitFor(() => expect(informer.list()).toHaveLength(2), patient)
    expect(informer.list().map(({ data }) => data)).toEqual([{ value: 'kept' }, { value: 'kept' }])
    await write(client, 'later', undefined)
    await vi.waitFor(() => expect(gone).toEqual([{ value: 'kept' }]), patient)
  })

  it('tells of failures, and once of the first answer after them, even when nothing has changed', async () => {
    const { client } = await setup()
    const told: (string | undefined)[] = []
    let failing = true
    const failure = new Error('away')
    const informer = informerFor(
      {
        ...client,
        list: (...given) => (failing ? Promise.reject(failure) : client.list(...given)),
      },
      { onHealth: (problem) => told.push(problem instanceof Error ? problem.message : undefined) },
    )
    const started = informer.start()
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(1), patient)
    failing = false
    await started
    expect(new Set(told.slice(0, -1))).toEqual(new Set(['away']))
    expect(told.at(-1)).toBeUndefined()
  })
})
