import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { expect, test } from 'vitest'
import { collection, contents, inScratch, putText, removeText } from './testing/scratch.ts'
import { openStore } from './open.ts'
import { restoreStore } from './restore.ts'

const open = (directory: string) => openStore({ directory, logger: silentLogger })

test('a backup taken under load is consistent, and restores with a higher revision', () =>
  inScratch(async (directory) => {
    const store = await open(join(directory, 'live'))
    const backupPath = join(directory, 'backup.db')
    await store.write([putText('a', 'first'), putText('b', 'first')])
    const copied = new AbortController()
    let rounds = 0
    // Both keys change in one transaction, so a consistent copy has the same text in both.
    const writer = (async () => {
      for (; !copied.signal.aborted || rounds < 20; rounds += 1)
        await store.write([putText('a', `${rounds}`), putText('b', `${rounds}`)])
    })()
    await store.backup(backupPath)
    copied.abort()
    await writer
    await expect(store.backup(backupPath)).rejects.toMatchObject({ code: 'Exists' })
    await store.write([removeText('a')])
    const last = store.revision
    await store.close()
    expect((await stat(backupPath)).mode & 0o077).toBe(0)
    expect(await readdir(directory)).toEqual(['backup.db', 'live'])

    const target = join(directory, 'restored')
    const revision = await restoreStore({ from: backupPath, directory: target })
    const restored = await open(target)
    expect(restored.revision).toBe(revision)
    expect(revision).toBeGreaterThan(last)
    const texts = Object.values(contents(restored)).map((text) => text.split(':')[1])
    expect(texts).toHaveLength(2)
    expect(texts[0]).toBe(texts[1])
    expect(() => restored.watch(collection, { from: last }, () => undefined)).toThrow(
      expect.objectContaining({ code: 'Compacted' }),
    )
    expect(await restored.write([putText('a', 'new')])).toEqual([revision + 1])
    await restored.close()
  }))

test('replaces a store only when forced, and never one in use', () =>
  inScratch(async (directory) => {
    const live = join(directory, 'live')
    const from = join(directory, 'backup.db')
    const store = await open(live)
    await store.write([putText('a', 'old')])
    await store.backup(from)
    await store.write([putText('a', 'new'), putText('b', 'new')])
    await expect(restoreStore({ from, directory: live, force: true })).rejects.toMatchObject({
      code: 'Locked',
      message: expect.stringContaining(`process ${process.pid}`),
    })
    const last = store.revision
    await store.close()
    await expect(restoreStore({ from, directory: live })).rejects.toMatchObject({ code: 'Exists' })
    expect(await restoreStore({ from, directory: live, force: true })).toBeGreaterThan(last)
    const restored = await open(live)
    expect(Object.keys(contents(restored))).toEqual(['a'])
    await restored.close()
    expect(await readdir(live)).toEqual(['store.db', 'store.lock'])
  }))

test.each([
  ['a missing file', undefined, 'Unavailable'],
  ['something else', 'not a database at all, but long enough to be looked at '.repeat(20), 'Corrupt'],
])('refuses %s and keeps what is there', (_, content, code) =>
  inScratch(async (directory) => {
    const live = join(directory, 'live')
    const from = join(directory, 'backup.db')
    const store = await open(live)
    await store.write([putText('a', 'kept')])
    await store.close()
    if (content !== undefined) await writeFile(from, content)
    await expect(restoreStore({ from, directory: live, force: true })).rejects.toMatchObject({ code })
    const again = await open(live)
    expect(Object.keys(contents(again))).toEqual(['a'])
    await again.close()
  }),
)
