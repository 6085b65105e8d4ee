import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '@berth/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject, KubeObject } from '@berth/meta'
import { boat, boatsPath, events, openHarbour, readReply, type Harbour } from '../server/testing/harbour.ts'

let harbour: Harbour
let leave: AbortController

beforeEach(async () => {
  harbour = await openHarbour({ historyLimit: 5_000, limits: { bookmarkMs: 20 } })
  leave = new AbortController()
})
afterEach(async () => {
  leave.abort()
  await harbour.close()
})

type Event = { type: string; object: JsonObject & KubeObject }

const everywhere = '/apis/harbour.example/v1/boats'

async function watch(
  query: string,
  headers: Record<string, string> = {},
  path = boatsPath,
): Promise<AsyncGenerator<Event>> {
  return events(await harbour.answer('GET', `${path}?watch=1&${query}`, { headers, signal: leave.signal }))
}

async function take(stream: AsyncGenerator<Event>, count: number): Promise<Event[]> {
  const taken: Event[] = []
  while (taken.length < count) {
    const { value, done } = await stream.next()
    if (done === true) break
    taken.push(value)
  }
  return taken
}

const brief = (event: Event): string => `${event.type} ${event.object.metadata?.name ?? ''}`

const create = (name: string, labels: Record<string, string> = {}, path = boatsPath) =>
  harbour.ask('POST', path, { body: { ...boat(name), metadata: { name, labels } } })

const merge = (name: string, body: object) =>
  harbour.ask('PATCH', `${boatsPath}/${name}`, { type: 'application/merge-patch+json', body })

describe('watch', () => {
  it('begins with the state when no version is named, then tells what happens', async () => {
    await create('a')
    const stream = await watch('')
    await create('b')
    await merge('a', { spec: { sails: 1 } })
    await harbour.ask('DELETE', `${boatsPath}/b`)
    expect((await take(stream, 4)).map(brief)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b'])
  })

  it('continues after a version, also one in the past', async () => {
    await create('a')
    const from = harbour.store.revision
    await create('b')
    await create('far', {}, '/apis/harbour.example/v1/namespaces/other/boats')
    const one = await watch(`resourceVersion=${from}`)
    const all = await watch(`resourceVersion=${from}`, {}, everywhere)
    await create('c')
    expect((await take(one, 2)).map(brief)).toEqual(['ADDED b', 'ADDED c'])
    expect((await take(all, 3)).map(brief)).toEqual(['ADDED b', 'ADDED far', 'ADDED c'])
  })

  it('shows objects entering and leaving a selection as added and deleted', async () => {
    await create('a', { fleet: 'red' })
    const from = harbour.store.revision
    const stream = await watch(`resourceVersion=${from}&labelSelector=fleet%3Dred`)
    await merge('a', { metadata: { labels: { fleet: 'blue' } } })
    const left = harbour.store.revision
    await merge('a', { spec: { sails: 1 } })
    await merge('a', { metadata: { labels: { fleet: 'red' } } })
    await merge('a', { spec: { sails: 2 } })
    await create('other', { fleet: 'blue' })
    await harbour.ask('DELETE', `${boatsPath}/a`)
    const seen = await take(stream, 4)
    expect(seen.map(brief)).toEqual(['DELETED a', 'ADDED a', 'MODIFIED a', 'DELETED a'])
    expect(seen[0]?.object.metadata).toMatchObject({ labels: { fleet: 'red' }, resourceVersion: String(left) })
  })

  it('sends bookmarks to those who want them, and only to them', async () => {
    const from = harbour.store.revision
    const stream = await watch(`resourceVersion=${from}&allowWatchBookmarks=true`)
    const plain = await watch(`resourceVersion=${from}`)
    const [bookmark] = await take(stream, 1)
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Boat', apiVersion: 'harbour.example/v1', metadata: { resourceVersion: String(from) } },
    })
    await create('a')
    expect((await take(plain, 1)).map(brief)).toEqual(['ADDED a'])
  })

  it('marks the end of the initial events', async () => {
    await create('a')
    const stream = await watch(
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=',
    )
    const [first, second] = await take(stream, 2)
    expect(first?.type).toBe('ADDED')
    expect(second).toMatchObject({
      type: 'BOOKMARK',
      object: {
        metadata: {
          annotations: { 'k8s.io/initial-events-end': 'true' },
          resourceVersion: String(harbour.store.revision),
        },
      },
    })
    const refused = await harbour.ask('GET', `${boatsPath}?watch=1&sendInitialEvents=true`)
    expect(refused.code).toBe(422)
  })

  it('ends after its time with a last bookmark', async () => {
    const stream = await watch(`resourceVersion=${harbour.store.revision}&allowWatchBookmarks=true&timeoutSeconds=1`)
    const all: Event[] = []
    for await (const event of stream) all.push(event)
    expect(all.at(-1)?.type).toBe('BOOKMARK')
  })

  it('answers a version whose history is gone with an ERROR event of 410', async () => {
    await harbour.close()
    harbour = await openHarbour({ historyLimit: 10 })
    for (let count = 0; count < 30; count += 1) await create(`boat-${count}`)
    const [event, ...rest] = await take(await watch('resourceVersion=2'), 5)
    expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })
    expect(rest).toEqual([])
    const [future] = await take(await watch('resourceVersion=99999'), 5)
    expect(future).toMatchObject({ type: 'ERROR', object: { reason: 'Timeout' } })
  })

  it('renders tables, describing the columns once, and metadata', async () => {
    const accept = (as: string) => ({ accept: `application/json;as=${as};v=v1;g=meta.k8s.io` })
    const tables = await watch('', accept('Table'))
    const partial = await watch('', accept('PartialObjectMetadata'))
    await create('a')
    await create('b')
    const [first, second] = (await take(tables, 2)).map((event) => event.object)
    expect(first).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'Sails' }],
      rows: [{ cells: ['a', null] }],
    })
    expect(second).toMatchObject({
      kind: 'Table',
      columnDefinitions: null,
      rows: [{ object: { metadata: { name: 'b' } } }],
    })
    expect((await take(partial, 1))[0]?.object).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: { name: 'a' },
    })
  })

  it('cuts off a watcher that does not read', async () => {
    await harbour.close()
    harbour = await openHarbour({ limits: { watchBacklog: 10 } })
    const answer = await harbour.answer('GET', `${boatsPath}?watch=1`)
    for (let count = 0; count < 20; count += 1) await create(`boat-${count}`)
    // What it missed is gone; the last thing it hears is why.
    expect(JSON.parse((await readReply(answer)).text)).toMatchObject({
      type: 'ERROR',
      object: { code: 410, reason: 'Expired' },
    })
    const { body } = await harbour.server.metrics.render()
    expect(body).toContain('apiserver_terminated_watchers_total{group="harbour.example",resource="boats"} 1')
    expect(body).toContain('apiserver_longrunning_requests{group="harbour.example",resource="boats"} 0')
  })

  it('begins before a restart of the server', async () => {
    await harbour.close()
    const directory = mkdtempSync(join(tmpdir(), 'berth-watch-'))
    try {
      harbour = await openHarbour({ store: await openStore({ directory }) })
      await create('a')
      const from = harbour.store.revision
      await create('b')
      await merge('a', { spec: { sails: 1 } })
      await harbour.close()
      harbour = await openHarbour({ store: await openStore({ directory }) })
      const stream = await watch(`resourceVersion=${from}`)
      await create('c')
      expect((await take(stream, 3)).map(brief)).toEqual(['ADDED b', 'MODIFIED a', 'ADDED c'])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('ends when its kind is served no more', async () => {
    await create('a')
    const stream = await watch('')
    harbour.server.registry.remove('harbour.example', 'boats')
    expect((await take(stream, 2)).map(brief)).toEqual(['ADDED a'])
    expect((await harbour.ask('GET', `${boatsPath}?watch=1`)).code).toBe(404)
  })

  it('begins with thousands of objects without losing what happens meanwhile', async () => {
    await harbour.store.write(
      Array.from({ length: 2_000 }, (_, index) => ({
        op: 'put',
        collection: 'harbour.example/boats',
        key: `default/old-${index}`,
        encode: (revision: number) =>
          Buffer.from(
            JSON.stringify({
              ...boat(`old-${index}`),
              metadata: { name: `old-${index}`, resourceVersion: String(revision) },
            }),
          ),
      })),
    )
    const stream = await watch(
      'labelSelector=a%21%3Db&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1',
    )
    await create('new')
    const seen = await take(stream, 2_002)
    expect(new Set(seen.slice(0, 2_000).map(brief)).size).toBe(2_000)
    expect(
      seen
        .slice(2_000)
        .map(brief)
        .filter((text) => text.startsWith('ADDED')),
    ).toEqual(['ADDED new'])
    expect(seen[2_000]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
  })

  it('replays more than a watcher may be behind', async () => {
    await harbour.close()
    harbour = await openHarbour({ limits: { watchBacklog: 10 } })
    const from = harbour.store.revision
    for (let count = 0; count < 50; count += 1) await create(`boat-${count}`)
    expect(await take(await watch(`resourceVersion=${from}`), 50)).toHaveLength(50)
    expect(await take(await watch(''), 50)).toHaveLength(50)
  })

  it('has no gap and no double under many concurrent writers', async () => {
    const start = harbour.store.revision
    const watchers = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        // Some watch from the start, some join while it goes on.
        const stream = await watch(index % 2 === 0 ? `resourceVersion=${start}` : '')
        return follow(stream)
      }),
    )
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 25; round += 1) {
        const name = `boat-${Math.floor(Math.random() * 6)}`
        await [
          () => create(name),
          () => merge(name, { spec: { sails: writer * 100 + round } }),
          () => harbour.ask('DELETE', `${boatsPath}/${name}`),
        ][Math.floor(Math.random() * 3)]?.()
      }
    })
    await Promise.all(writers)
    await create('last')
    const { json } = await harbour.ask('GET', boatsPath)
    const expected = new Map(
      (json['items'] as unknown as KubeObject[]).map((item) => [item.metadata.name, item.metadata.resourceVersion]),
    )
    for (const watcher of watchers) expect(await watcher()).toEqual(expected)
  })
})

/** Applies events to a map until `last` is added; fails on an event that does not fit the state before. */
function follow(stream: AsyncGenerator<Event>): () => Promise<Map<string | undefined, string | undefined>> {
  const state = new Map<string | undefined, string | undefined>()
  const done = (async () => {
    let revision = 0
    for await (const { type, object } of stream) {
      const { name, resourceVersion } = object.metadata
      // The state a watch begins with comes in the order of names; what happens after it in the order of time.
      if (type !== 'ADDED' && Number(resourceVersion) <= revision)
        throw new Error(`${resourceVersion} after ${revision}`)
      revision = Math.max(revision, Number(resourceVersion))
      if (type === 'ADDED' && state.has(name)) throw new Error(`${name} was added twice`)
      if (type !== 'ADDED' && !state.has(name)) throw new Error(`${type} of ${name}, which was not there`)
      if (type === 'DELETED') state.delete(name)
      else state.set(name, resourceVersion)
      if (name === 'last') break
    }
    return state
  })()
  return () => done
}
