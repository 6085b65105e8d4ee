import { silentLogger } from '@berth/base'
import { expect, test } from 'vitest'
import { collection, contents, inScratch, putText, removeText } from './testing/scratch.ts'
import { openWithJournal } from './open.ts'

const big = 'x'.repeat(100_000)

test('a full disk rejects what it cannot keep, shows nothing of it, and is overcome', () =>
  inScratch(async (directory) => {
    const { store, journal } = await openWithJournal({ directory, logger: silentLogger })
    await store.write([putText('a', 'before')])
    const before = contents(store)
    const revision = store.revision
    const seen: number[] = []
    store.watch(collection, { from: revision }, (event) => seen.push(event.revision))

    await journal.limitPages(1)
    const failing = store.write([putText('a', big), putText('new', big)])
    // Submitted before the failure is known: the second builds on the first, the third does not.
    await Promise.resolve()
    const dependent = store.write([putText('new', 'again', revision + 2)])
    const chained = store.write([putText('other', 'x'), removeText('new')])
    const results = await Promise.allSettled([failing, dependent, chained])
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'Unavailable' } })
    }
    expect(contents(store)).toEqual(before)
    expect(store.revision).toBe(revision)
    expect(seen).toEqual([])

    await journal.limitPages(1_000_000)
    const [next] = await store.write([putText('new', big, null)])
    expect(next).toBeGreaterThan(revision + 5)
    expect(store.revision).toBe(next)
    expect(seen).toEqual([next])
    const after = contents(store)
    await store.close()

    const again = await openWithJournal({ directory, logger: silentLogger })
    expect(contents(again.store)).toEqual(after)
    await again.store.close()
  }))

test('a conflict with a write that fails is none', () =>
  inScratch(async (directory) => {
    const { store, journal } = await openWithJournal({ directory, logger: silentLogger })
    await store.write([putText('a', '1')])
    await journal.limitPages(1)
    const failing = store.write([putText('new', big, null)])
    const second = store.write([putText('new', 'second', null)])
    // The first batch is on its way after these, and meets the full disk.
    await Promise.resolve()
    await Promise.resolve()
    const limit = journal.limitPages(1_000_000)
    await expect(failing).rejects.toMatchObject({ code: 'Unavailable' })
    await limit
    const [revision = 0] = await second
    expect(store.get(collection, 'new')?.value.toString()).toBe(`${revision}:second`)
    await store.close()
  }))

test('writes to other keys go through when an earlier batch failed', () =>
  inScratch(async (directory) => {
    const { store, journal } = await openWithJournal({ directory, logger: silentLogger })
    await store.write([putText('a', '1')])
    await journal.limitPages(1)
    const failing = store.write([putText('a', big)])
    // The first batch is on its way after these; what follows belongs to the next.
    await Promise.resolve()
    await Promise.resolve()
    const limit = journal.limitPages(1_000_000)
    const independent = store.write([putText('b', big)])
    await expect(failing).rejects.toMatchObject({ code: 'Unavailable' })
    await limit
    await independent
    expect(Object.keys(contents(store))).toEqual(['a', 'b'])
    await store.close()
  }))

test('remains of a failed commit never come back', () =>
  inScratch(async (directory) => {
    const { store, journal } = await openWithJournal({ directory, logger: silentLogger })
    await store.write([putText('a', '1')])
    const durable = store.revision
    // As when the log was written but the sync failed: the record is there, the commit was reported as failed.
    const record = {
      type: 'put',
      collection,
      key: 'ghost',
      revision: durable + 1,
      value: Buffer.from('ghost'),
    } as const
    const batch = { durable, compacted: store.compactedRevision, obsolete: [] }
    await journal.commit({ ...batch, records: [record] })
    await expect(journal.commit({ ...batch, records: [record] })).rejects.toMatchObject({ code: 'Unavailable' })
    await journal.commit({ ...batch, records: [{ ...record, key: 'b', revision: durable + 5 }] })
    await store.close()
    const again = await openWithJournal({ directory, logger: silentLogger })
    expect(Object.keys(contents(again.store))).toEqual(['a', 'b'])
    await again.store.close()
  }))

test('a writing thread that cannot start is reported, not waited for', () =>
  inScratch(async (directory) => {
    const workerUrl = new URL('./not-there.ts', import.meta.url)
    const { store } = await openWithJournal({ directory, logger: silentLogger, workerUrl })
    await expect(store.write([putText('a', '1')])).rejects.toMatchObject({ code: 'Unavailable' })
    expect(contents(store)).toEqual({})
    await store.close()
  }))
