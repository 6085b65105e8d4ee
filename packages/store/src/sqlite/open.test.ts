import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { silentLogger } from '@berth/base'
import { expect, test } from 'vitest'
import { collection, contents, inScratch, putText, removeText } from './testing/scratch.ts'
import { openStore, type OpenStoreOptions } from './open.ts'

const open = (directory: string, options: Partial<OpenStoreOptions> = {}) =>
  openStore({ directory, logger: silentLogger, ...options })

test('finds everything again: objects, revision, history', () =>
  inScratch(async (directory) => {
    const first = await open(directory)
    const start = first.revision
    await first.write([putText('a', '1'), putText('b', '1')])
    await first.write([putText('a', '2'), removeText('b'), putText('c', '1')])
    const before = contents(first)
    const events: unknown[] = []
    first.watch(collection, { from: start }, (event) => events.push(event))
    await first.close()

    const second = await open(directory)
    expect(contents(second)).toEqual(before)
    expect(second.revision).toBe(start + 5)
    const again: unknown[] = []
    second.watch(collection, { from: start }, (event) => again.push(event))
    expect(again).toEqual(events)
    expect(second.list(collection, { revision: start + 2 }).items.map((item) => item.key)).toEqual(['a', 'b'])
    expect(await second.write([putText('b', '9')])).toEqual([start + 6])
    await second.close()
  }))

test('the file stays small: old records go, the newest of each object stays', () =>
  inScratch(async (directory) => {
    const store = await open(directory, { historyLimit: 100 })
    for (let round = 0; round < 40; round += 1) {
      const writes = Array.from({ length: 50 }, (_, index) => putText(`k${index}`, `${round}`))
      if (round % 3 === 0) writes.push(putText('gone', 'x'), removeText('gone'))
      await store.write(writes)
    }
    const before = contents(store)
    const compacted = store.compactedRevision
    await store.close()
    const database = new DatabaseSync(join(directory, 'store.db'))
    const rows = Number(database.prepare('SELECT count(*) AS rows FROM records').get()?.rows)
    database.close()
    // 50 objects, 100 events, and what waits for the next steps of compaction.
    expect(rows).toBeLessThan(900)

    const again = await open(directory, { historyLimit: 100 })
    expect(contents(again)).toEqual(before)
    expect(again.compactedRevision).toBe(compacted)
    expect(() => again.watch(collection, { from: compacted - 1 }, () => undefined)).toThrow(/older than the kept/)
    await again.close()
  }))

test('keeps the history within its bytes too', () =>
  inScratch(async (directory) => {
    const store = await open(directory, { historyBytes: 10_000 })
    for (let round = 0; round < 10; round += 1) await store.write([putText('a', 'x'.repeat(3000))])
    expect(store.revision - store.compactedRevision).toBe(3)
    await store.close()
  }))

test('is readable by its owner only', () =>
  inScratch(async (parent) => {
    const directory = join(parent, 'data')
    const store = await open(directory)
    await store.write([putText('a', '1')])
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    for (const file of ['store.db', 'store.db-wal']) {
      expect((await stat(join(directory, file))).mode & 0o077).toBe(0)
    }
    await store.close()
  }))

test.each([
  ['a file that is no database', 'hello '.repeat(200), 'Corrupt', /not a store/],
  ['a foreign database', 'CREATE TABLE records (x); PRAGMA user_version = 1', 'Corrupt', /not a store/],
  ['a newer format', 'PRAGMA application_id = 0x42525448; PRAGMA user_version = 99', 'NewerVersion', /format 99/],
  ['missing tables', 'PRAGMA application_id = 0x42525448; PRAGMA user_version = 1', 'Corrupt', /lacks the tables/],
])('refuses %s, and leaves it as it is', (_, content, code, message) =>
  inScratch(async (directory) => {
    const path = join(directory, 'store.db')
    if (content.startsWith('hello')) await writeFile(path, content)
    else {
      const database = new DatabaseSync(path)
      database.exec(content)
      database.close()
    }
    const size = (await stat(path)).size
    // Twice: a failed start must not leave the lock behind.
    for (const _attempt of [1, 2]) {
      await expect(open(directory)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    }
    expect((await stat(path)).size).toBe(size)
  }),
)

test('a damaged file is reported as such', () =>
  inScratch(async (directory) => {
    const store = await open(directory)
    await store.write(Array.from({ length: 200 }, (_, index) => putText(`k${index}`, 'x'.repeat(500))))
    await store.close()
    const path = join(directory, 'store.db')
    const bytes = Buffer.alloc(4096 * 4, 0x5a)
    const { open: openFile } = await import('node:fs/promises')
    const file = await openFile(path, 'r+')
    await file.write(bytes, 0, bytes.length, 4096)
    await file.close()
    await expect(open(directory)).rejects.toMatchObject({ code: 'Corrupt', remedy: expect.stringContaining('backup') })
  }))
