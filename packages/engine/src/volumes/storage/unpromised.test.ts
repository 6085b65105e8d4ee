/**
 * Disks that do not promise that a name stays. The fault is injected where folders are synced, because no sound disk fails there; what a
 * power cut then takes back is every name since the last sync of its folder that the disk did promise.
 */

import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { silentLogger } from '@berth/base'
import { createImage } from '@berth/imaging'
import { systemClock } from '@berth/kube'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ifPresent } from '../../host/if-present.ts'
import { contentOf, writePattern } from '../../testing/disk-content.ts'
import { temporaryFolder } from '../../testing/test-engine.ts'
import { Merger } from '../merging/merger.ts'
import { openVolumeStore, type VolumeStore } from '../volume-store.ts'
import type { DiskImages } from '../volume-types.ts'

const KiB = 1024
const sizeBytes = 512 * KiB
let root = ''
let count = 0

/** `pvc-a` holds 2, and held 1 when `snap-1` was taken; nothing was ever written to `pvc-b`. */
beforeAll(async () => {
  root = await temporaryFolder()
  const store = await openVolumeStore({ storages: [{ name: 'local', directory: join(root, 'template') }] })
  for (const volume of ['pvc-a', 'pvc-b']) await store.create(volume, { sizeBytes })
  await writePattern(await store.images('pvc-a'), [{ at: 0, bytes: sizeBytes, value: 1 }])
  await store.snapshot([{ volume: 'pvc-a', handle: 'snap-1' }])
  await writePattern(await store.images('pvc-a'), [{ at: 0, bytes: 64 * KiB, value: 2 }])
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** A disk that from some sync of a folder on cannot promise anything, until it is mended. */
class WeakDisk {
  readonly directory: string
  readonly #promised = new Map<string, Map<string, string>>()
  #left = Infinity

  constructor(directory: string) {
    this.directory = directory
  }

  failAfter(promises: number): void {
    this.#left = promises
  }

  async begin(): Promise<void> {
    for (const folder of ['volumes', 'snapshots', 'states', 'journal']) await this.#keep(join(this.directory, folder))
  }

  readonly sync = async (folder: string): Promise<void> => {
    this.#left -= 1
    if (this.#left < 0) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
    // What was written to images was asked for, and what was removed is gone, at the worst.
    if (!folder.startsWith(join(this.directory, 'images'))) await this.#keep(folder)
  }

  hasFailed(): boolean {
    return this.#left < 0
  }

  mend(): void {
    this.#left = Infinity
  }

  /** Records by path below the folder. */
  async #keep(folder: string): Promise<void> {
    const names = (await ifPresent(readdir(folder, { recursive: true, withFileTypes: true }))) ?? []
    const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    const texts = await Promise.all(
      files.map(async (file): Promise<[string, string]> => [file, await readFile(file, 'utf8')]),
    )
    const own = dirname(folder) === join(this.directory, 'volumes') ? join(this.directory, 'volumes') : folder
    const kept = new Map([...(this.#promised.get(own) ?? [])].filter(([file]) => !file.startsWith(`${folder}/`)))
    // What was promised of a volume's own folder is not promised anew by that of all volumes.
    const before = own === folder ? this.#promised.get(own) : undefined
    for (const [file, text] of texts) kept.set(file, before?.get(file) ?? text)
    this.#promised.set(own, kept)
  }

  /** As the next engine finds it: what was not promised is there, and still is not. The disk is sound from now on. */
  async copied(): Promise<WeakDisk> {
    const copy = new WeakDisk(await copyOf(this.directory))
    const there = (path: string): string => join(copy.directory, path.slice(this.directory.length))
    for (const [folder, files] of this.#promised)
      copy.#promised.set(there(folder), new Map([...files].map(([file, text]) => [there(file), text])))
    return copy
  }

  /** @returns the directory as it may be when the power is back */
  async cutPower(): Promise<string> {
    const after = await copyOf(this.directory)
    for (const [folder, files] of this.#promised) {
      const there = join(after, basename(folder))
      await rm(there, { recursive: true })
      await mkdir(there)
      for (const [file, text] of files) {
        const path = join(after, file.slice(this.directory.length + 1))
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, text)
      }
    }
    return after
  }
}

async function copyOf(directory: string): Promise<string> {
  const copy = join(root, `copy-${(count += 1)}`)
  await cp(directory, copy, { recursive: true })
  return copy
}

const opened = (directory: string, sync?: (path: string) => Promise<void>): Promise<VolumeStore> =>
  openVolumeStore({ storages: [{ name: 'local', directory }], ...(sync === undefined ? {} : { sync }) })

async function merge(store: VolumeStore): Promise<void> {
  const merger = new Merger({ storages: store.storageSet, domains: () => [], clock: systemClock, logger: silentLogger })
  await merger.run()
  await merger.stop()
}

/** The first and the last byte of each disk; all images of each are there, or it throws. */
async function shown(store: VolumeStore, contentsOf: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const show = async (name: string, images: DiskImages): Promise<void> => {
    const content = contentsOf.includes(name) ? await contentOf(images) : undefined
    found[name] = content === undefined ? 'there' : `${content[0]}-${content.at(-1)}`
  }
  for (const volume of await store.list()) {
    expect(store.trouble(volume)).toBeUndefined()
    await show(volume, await store.images(volume))
  }
  for (const handle of await store.listSnapshots()) await show(handle, await store.snapshotImages(handle))
  return found
}

const [old, now, none, sent] = ['1-1', '2-1', '0-0', '3-3']
const start: Record<string, string> = { 'pvc-a': now, 'pvc-b': none, 'snap-1': old }

const works: [string, (store: VolumeStore) => Promise<unknown>, Record<string, string | undefined>][] = [
  ['a new volume', (store) => store.create('pvc-c', { sizeBytes }), { 'pvc-c': none }],
  ['a clone', (store) => store.clone('pvc-c', { from: { volume: 'pvc-a' }, sizeBytes }), { 'pvc-c': now }],
  [
    'a snapshot of two volumes',
    (store) =>
      store.snapshot([
        { volume: 'pvc-a', handle: 'snap-2' },
        { volume: 'pvc-b', handle: 'snap-3' },
      ]),
    { 'snap-2': now, 'snap-3': none },
  ],
  ['going back', (store) => store.revert('pvc-a', 'snap-1'), { 'pvc-a': old }],
  [
    'an upload',
    async (store) => {
      if ((await store.exists('pvc-b')) && store.isUploaded('pvc-b')) return
      await store.replace('pvc-b', async ({ path, format }) => {
        await createImage({ path, format, sizeBytes })
        await writePattern({ path, format }, [{ at: 0, bytes: sizeBytes, value: 3 }])
      })
    },
    { 'pvc-b': sent },
  ],
  ['removing a volume', (store) => store.remove('pvc-a'), { 'pvc-a': undefined }],
  [
    'removing a snapshot, and merging',
    async (store) => {
      await store.deleteSnapshot('snap-1')
      await merge(store)
    },
    { 'snap-1': undefined },
  ],
]

it.each(works)('%s is whole or not there, whichever promise of the disk is the last', async (_what, work, changes) => {
  const after = Object.fromEntries(Object.entries({ ...start, ...changes }).filter(([, text]) => text !== undefined))
  const changed = Object.keys(changes)
  const wanted = Object.fromEntries(
    Object.entries(after).map(([name, text]) => [name, changed.includes(name) ? text : 'there']),
  )
  for (let promises = 0; ; promises += 1) {
    const disk = new WeakDisk(await copyOf(join(root, 'template')))
    await disk.begin()
    const store = await opened(disk.directory, disk.sync)
    disk.failAfter(promises)
    await work(store).catch((error: unknown) => expect(disk.hasFailed() ? undefined : error).toBeUndefined())
    if (!disk.hasFailed()) break
    const killed = await shown(await opened(await copyOf(disk.directory)), [])
    const cut = await shown(await opened(await disk.cutPower()), changed)
    // A new engine, which removes what it takes for garbage, and only then the power.
    const next = await disk.copied()
    await opened(next.directory, next.sync)
    const late = await shown(await opened(await next.cutPower()), [])
    // Of several changes some may have come about; each is whole, and nothing else is gone.
    for (const name of changed) expect([undefined, start[name], after[name]]).toContain(cut[name])
    for (const found of [killed, cut, late])
      for (const name of Object.keys(start)) if (name in after) expect(found).toHaveProperty([name])
    // The same engine, when the disk is sound again.
    disk.mend()
    await work(store)
    expect(await shown(store, changed)).toEqual(wanted)
    const images = (await readdir(join(disk.directory, 'images'))).toSorted()
    expect(images).toEqual([...(store.storageSet.all[0]?.images.keys() ?? [])].toSorted())
    expect(await readdir(join(disk.directory, 'journal'))).toEqual([])
  }
})

it('what an engine finds on a disk that promises nothing is out of service, and nothing goes, until the disk promises it', async () => {
  const directory = await copyOf(join(root, 'template'))
  let isBroken = false
  const sync = async (path: string): Promise<void> => {
    if (isBroken && dirname(path) === join(directory, 'volumes'))
      throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
  }
  const killed = await opened(directory, sync)
  isBroken = true
  await killed.revert('pvc-a', 'snap-1').catch(() => {})
  const images = (await readdir(join(directory, 'images'))).toSorted()
  const store = await opened(directory, sync)
  expect(store.trouble('pvc-a')).toContain('cannot promise')
  await expect(store.clone('pvc-c', { from: { volume: 'pvc-a' }, sizeBytes })).rejects.toMatchObject({
    code: 'StorageUnusable',
  })
  await merge(store)
  expect((await readdir(join(directory, 'images'))).toSorted()).toEqual(images)
  isBroken = false
  await store.clone('pvc-c', { from: { volume: 'pvc-a' }, sizeBytes })
  await store.remove('pvc-c')
  expect(await shown(store, [])).toEqual({ 'pvc-a': 'there', 'pvc-b': 'there', 'snap-1': 'there' })
  // The head before is gone at last; below the new one lies what the clone was made of.
  expect(await readdir(join(directory, 'images'))).toHaveLength(images.length - 1)
})

it('images of which one was not written out once are not made one by this engine, whatever the disk says later', async () => {
  for (let nth = 0; ; nth += 1) {
    const directory = await copyOf(join(root, 'template'))
    let count = 0
    const store = await opened(directory, async (path) => {
      if (dirname(path) === join(directory, 'images') && count++ === nth)
        throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
    })
    const before = await readdir(join(directory, 'images'))
    await store.deleteSnapshot('snap-1')
    await merge(store)
    if (count <= nth) break
    await merge(store)
    expect((await readdir(join(directory, 'images'))).toSorted()).toEqual(before.toSorted())
    expect(await shown(store, ['pvc-a'])).toEqual({ 'pvc-a': now, 'pvc-b': 'there' })
    const next = await opened(directory)
    await merge(next)
    expect(await readdir(join(directory, 'images'))).toHaveLength(before.length - 1)
    expect(await shown(next, ['pvc-a'])).toEqual({ 'pvc-a': now, 'pvc-b': 'there' })
  }
})
