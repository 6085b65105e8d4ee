/**
 * What every implementation of `Store` must do, as tests. Takes the test runner's functions, so that nothing of a runner is
 * imported here; assertions are Node's.
 */

import assert from 'node:assert/strict'
import {
  StoreError,
  type Store,
  type StoreErrorCode,
  type StoredObject,
  type StoreEvent,
  type Write,
} from '@berth/apiserver'

export interface TestRunner {
  describe: (name: string, body: () => void) => void
  test: (name: string, body: () => Promise<void>) => void
}

export interface OpenedForTest {
  store: Store
  /** Closes the store and removes what it left. */
  dispose(): Promise<void>
}

/** Opens an empty store. */
export type OpenForTest = (options: { historyLimit?: number }) => Promise<OpenedForTest>

const pods = 'core/pods'

function put(key: string, text: string, expect?: number | null): Write {
  const encode = (revision: number): Buffer => Buffer.from(JSON.stringify({ text, revision }))
  return { op: 'put', collection: pods, key, encode, ...(expect === undefined ? {} : { expect }) }
}

function remove(key: string, expect?: number): Write {
  const encode = (revision: number): Buffer => Buffer.from(JSON.stringify({ text: 'gone', revision }))
  return { op: 'delete', collection: pods, key, encode, ...(expect === undefined ? {} : { expect }) }
}

function textOf(value: Buffer | undefined): string | undefined {
  if (value === undefined) return undefined
  return (JSON.parse(value.toString()) as { text: string }).text
}

function code(expected: StoreErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.code === expected
}

async function only(store: Store, write: Write): Promise<number> {
  const [revision] = await store.write([write])
  assert(revision !== undefined)
  return revision
}

export function storeConformance(runner: TestRunner, name: string, open: OpenForTest): void {
  const { describe, test } = runner
  const check = (
    title: string,
    body: (store: Store) => Promise<void>,
    options: { historyLimit?: number } = {},
  ): void => {
    test(title, async () => {
      const opened = await open(options)
      try {
        await body(opened.store)
      } finally {
        await opened.dispose()
      }
    })
  }

  describe(`${name} conforms`, () => {
    describe('writing', () => {
      check('gives each write its own rising revision, and the encoder is told it', async (store) => {
        const before = store.revision
        assert.deepEqual(await store.write([put('a', '1'), put('b', '2')]), [before + 1, before + 2])
        const stored = store.get(pods, 'b')
        assert.equal(stored?.revision, before + 2)
        assert.deepEqual(JSON.parse(String(stored?.value)), { text: '2', revision: before + 2 })
        assert.equal(store.revision, before + 2)
      })

      check('shows nothing before it is durable', async (store) => {
        const writing = store.write([put('a', '1')])
        assert.equal(store.get(pods, 'a'), undefined)
        assert.equal(store.count(pods), 0)
        await writing
        assert.equal(store.count(pods), 1)
      })

      check('holds conditions against durable and submitted state', async (store) => {
        const first = await only(store, put('a', '1', null))
        await assert.rejects(store.write([put('a', '2', null)]), code('Conflict'))
        await assert.rejects(store.write([put('a', '2', first + 1)]), code('Conflict'))
        await assert.rejects(store.write([put('b', '2', first)]), code('Conflict'))
        const second = store.write([put('a', '2', first)])
        // Not durable yet, but it comes first.
        await assert.rejects(store.write([put('a', '3', first)]), code('Conflict'))
        await second
        const deleting = store.write([remove('a')])
        await assert.rejects(store.write([remove('a')]), code('Conflict'))
        const again = store.write([put('a', '4', null)])
        await Promise.all([deleting, again])
        assert.equal(textOf(store.get(pods, 'a')?.value), '4')
      })

      check('tells of a conflict only when everybody can see what it is with', async (store) => {
        const refused = async (write: Write): Promise<StoredObject | undefined> => {
          await assert.rejects(store.write([write]), code('Conflict'))
          return store.get(pods, 'a')
        }
        const creating = store.write([put('a', '1', null)])
        const seenByCreator = refused(put('a', '2', null))
        const seenBySwapper = refused(put('a', '2', store.revision + 7))
        const [first = 0] = await creating
        assert.equal((await seenByCreator)?.revision, first)
        assert.equal((await seenBySwapper)?.revision, first)
        const removing = store.write([remove('a', first)])
        assert.equal(await refused(remove('a')), undefined)
        await removing
      })

      check('lets one of many competing writers win', async (store) => {
        const first = await only(store, put('a', 'start'))
        const results = await Promise.allSettled(
          Array.from({ length: 20 }, (_, index) => store.write([put('a', `${index}`, first)])),
        )
        assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
      })

      check('writes all of a transaction or nothing', async (store) => {
        const first = await only(store, put('a', '1'))
        await assert.rejects(store.write([put('b', '2'), put('a', '2', first + 7)]), code('Conflict'))
        assert.equal(store.get(pods, 'b'), undefined)
        assert.equal(store.revision, first)
        await store.write([put('a', '2', first), remove('a', first + 1), put('a', '3', null)])
        assert.equal(store.get(pods, 'a')?.revision, first + 3)
      })

      check('has no effect when an encoder throws', async (store) => {
        const before = store.revision
        const broken: Write = {
          op: 'put',
          collection: pods,
          key: 'b',
          encode() {
            throw new Error('cannot encode')
          },
        }
        await assert.rejects(store.write([put('a', '1'), broken]), /cannot encode/)
        assert.equal(await only(store, put('c', '1')), before + 1)
        assert.equal(store.count(pods), 1)
      })

      check('refuses after closing', async (store) => {
        const last = store.write([put('a', '1')])
        await store.close()
        await last
        await assert.rejects(store.write([put('a', '2')]), code('Closed'))
      })
    })

    describe('listing', () => {
      check('sorts, and cuts by prefix, continuation and limit', async (store) => {
        const keys = ['x/b', 'x/a', 'y/a', 'w/z', 'x/c', 'x']
        for (const key of keys) await store.write([put(key, key)])
        const list = (options: Parameters<Store['list']>[1]): string[] =>
          store.list(pods, options).items.map((item) => item.key)
        assert.deepEqual(list({}), ['w/z', 'x', 'x/a', 'x/b', 'x/c', 'y/a'])
        assert.deepEqual(list({ prefix: 'x/' }), ['x/a', 'x/b', 'x/c'])
        assert.deepEqual(list({ prefix: 'x/', after: 'x/a' }), ['x/b', 'x/c'])
        assert.deepEqual(list({ prefix: 'x/', after: 'x/c' }), [])
        const cut = store.list(pods, { prefix: 'x/', limit: 2 })
        assert.equal(cut.items.length, 2)
        assert.equal(cut.remaining, 1)
        assert.equal(cut.revision, store.revision)
        assert.deepEqual(store.list('core/nodes'), { items: [], remaining: 0, revision: store.revision })
      })

      check('keeps collections apart', async (store) => {
        await store.write([put('a', '1'), { ...put('a', '2'), collection: 'core/nodes' }])
        assert.equal(textOf(store.get(pods, 'a')?.value), '1')
        assert.equal(textOf(store.get('core/nodes', 'a')?.value), '2')
      })

      check('shows the past as it was, page by page', async (store) => {
        const before = await only(store, put('a', '1'))
        await store.write([put('b', '1'), put('d', '1')])
        const then = store.revision
        await store.write([put('b', '2'), remove('a'), put('c', '1')])
        await store.write([put('b', '3')])
        const past = store.list(pods, { revision: then })
        assert.deepEqual(
          past.items.map((item) => [item.key, textOf(item.value), item.revision]),
          [
            ['a', '1', before],
            ['b', '1', before + 1],
            ['d', '1', before + 2],
          ],
        )
        assert.equal(past.revision, then)
        const page = store.list(pods, { revision: then, after: 'a', limit: 1 })
        assert.deepEqual([page.items[0]?.key, page.items.length, page.remaining], ['b', 1, 1])
      })

      check('refuses revisions it cannot show', async (store) => {
        assert.throws(() => store.list(pods, { revision: store.revision + 1 }), code('FutureRevision'))
      })
    })

    describe('watching', () => {
      check('delivers kept events at once, then live ones, with the state before', async (store) => {
        const from = store.revision
        await store.write([put('a', '1'), put('b', '1')])
        const seen: unknown[] = []
        const watch = store.watch(pods, { from: from + 1 }, (event) =>
          seen.push([event.type, event.key, event.revision, textOf(event.value), textOf(event.previous)]),
        )
        assert.deepEqual(seen, [['put', 'b', from + 2, '1', undefined]])
        await store.write([put('b', '2'), remove('b')])
        watch.close()
        await store.write([put('b', '4')])
        assert.deepEqual(seen.slice(1), [
          ['put', 'b', from + 3, '2', '1'],
          ['delete', 'b', from + 4, 'gone', '2'],
        ])
      })

      check('has delivered an event, and moved the revision, when the write resolves', async (store) => {
        const order: string[] = []
        store.watch(pods, { from: store.revision }, (event) => {
          assert(store.revision >= event.revision)
          order.push('event')
        })
        store.onRevision((revision) => order.push(`revision ${revision - first}`))
        const first = store.revision
        await store.write([put('a', '1')])
        assert.deepEqual(order, ['event', 'revision 1'])
      })

      check('keeps to its collection and prefix', async (store) => {
        const keys: string[] = []
        store.watch(pods, { from: store.revision, prefix: 'x/' }, (event) => keys.push(event.key))
        await store.write([put('x/a', '1'), put('y/a', '1'), { ...put('x/b', '1'), collection: 'core/nodes' }])
        assert.deepEqual(keys, ['x/a'])
      })

      check('lets a sink open and close watches', async (store) => {
        const from = store.revision
        const inner: number[] = []
        const outer: number[] = []
        const watch = store.watch(pods, { from }, (event) => {
          outer.push(event.revision - from)
          if (inner.length === 0) store.watch(pods, { from }, (event) => inner.push(event.revision - from))
          watch.close()
        })
        await store.write([put('a', '1'), put('b', '1')])
        await store.write([put('c', '1')])
        assert.deepEqual(outer, [1])
        assert.deepEqual(inner, [1, 2, 3])
      })

      check('a sink that throws harms nobody else', async (store) => {
        const seen: string[] = []
        store.watch(pods, { from: store.revision }, () => {
          throw new Error('broken sink')
        })
        store.watch(pods, { from: store.revision }, (event) => seen.push(event.key))
        await store.write([put('a', '1')])
        assert.deepEqual(seen, ['a'])
      })

      check(
        'says when the history no longer reaches back, and bounds it',
        async (store) => {
          const from = store.revision
          for (let index = 0; index < 8; index += 1) await store.write([put(`k${index % 2}`, `${index}`)])
          assert.equal(store.compactedRevision, from + 3)
          const ignore = (): void => undefined
          assert.throws(() => store.watch(pods, { from: from + 2 }, ignore), code('Compacted'))
          assert.throws(() => store.list(pods, { revision: from + 2 }), code('Compacted'))
          assert.throws(() => store.watch(pods, { from: store.revision + 1 }, ignore), code('FutureRevision'))
          const seen: number[] = []
          store.watch(pods, { from: from + 3 }, (event) => seen.push(event.revision - from)).close()
          assert.deepEqual(seen, [4, 5, 6, 7, 8])
          const past = store.list(pods, { revision: from + 3 }).items
          assert.deepEqual(
            past.map((item) => textOf(item.value)),
            ['2', '1'],
          )
        },
        { historyLimit: 5 },
      )
    })

    check('no watch misses or repeats an event, whenever it starts, under concurrent writers', async (store) => {
      const first = store.revision
      const random = seeded(7)
      const watches: { from: number; events: StoreEvent[] }[] = []
      const observe = (): void => {
        const watch = { from: first + Math.floor(random() * (store.revision - first + 1)), events: [] as StoreEvent[] }
        watches.push(watch)
        store.watch(pods, { from: watch.from }, (event) => watch.events.push(event))
      }
      const writer = async (id: number): Promise<void> => {
        for (let round = 0; round < 60; round += 1) {
          const key = `${Math.floor(random() * 12)}`
          const current = store.get(pods, key)
          if (random() < 0.1) observe()
          const write =
            current !== undefined && random() < 0.3 ? remove(key, current.revision) : put(key, `${id}.${round}`)
          await store.write([write]).catch((error: unknown) => {
            if (!code('Conflict')(error)) throw error
          })
        }
      }
      await Promise.all(Array.from({ length: 16 }, (_, id) => writer(id)))
      assert(watches.length > 20)
      for (const { from, events } of watches) {
        const expected = Array.from({ length: store.revision - from }, (_, index) => from + 1 + index)
        assert.deepEqual(
          events.map((event) => event.revision),
          expected,
        )
      }
      // Replaying all events gives the state, at the end and at every point on the way.
      const all: StoreEvent[] = []
      store.watch(pods, { from: first }, (event) => all.push(event))
      const replayed = new Map<string, string | undefined>()
      for (const event of all) {
        assert.equal(textOf(event.previous), replayed.get(event.key))
        if (event.type === 'put') replayed.set(event.key, textOf(event.value))
        else replayed.delete(event.key)
        if (event.revision % 50 !== 0 && event.revision !== store.revision) continue
        const listed = store.list(pods, { revision: event.revision }).items
        assert.deepEqual(new Map(listed.map((item) => [item.key, textOf(item.value)])), replayed)
      }
    })
  })
}

/** Repeatable random numbers in [0, 1) (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
