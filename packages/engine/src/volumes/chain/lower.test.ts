/** Lowerings that are refused, on a disk that breaks while they are taken back. The machine is only what its driver says to the engine. */

import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EngineError } from '../../errors.ts'
import { writePattern } from '../../testing/disk-content.ts'
import { temporaryFolder } from '../../testing/test-engine.ts'
import { syncFolder } from '../storage/durable.ts'
import { openVolumeStore, type VolumeStore } from '../volume-store.ts'
import type { ImagesInUse } from '../volume-types.ts'
import { lowerHead, type Lowering } from './lower.ts'

let root = ''
let store: VolumeStore
let inUse: ImagesInUse = new Map()
/** Folders whose names the disk does not promise. */
let broken: string[] = []

const opened = (): Promise<VolumeStore> =>
  openVolumeStore({
    storages: [{ name: 'local', directory: root }],
    inUse: () => inUse,
    sync: async (path) => {
      if (broken.includes(basename(path))) throw Object.assign(new Error(`EIO: fsync ${path}`), { code: 'EIO' })
      await syncFolder(path)
    },
  })

beforeEach(async () => {
  root = await temporaryFolder()
  inUse = new Map()
  broken = []
  store = await opened()
  await store.create('pvc', { sizeBytes: 512 * 1024 })
  await store.snapshot([{ volume: 'pvc', handle: 'snap' }])
  await store.deleteSnapshot('snap')
  await writePattern(await store.images('pvc'), [{ at: 0, bytes: 512, value: 3 }])
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** @returns what the engine says of it, and the two images */
async function lower(drive: (lowering: Lowering) => Promise<void>) {
  const { path: child, backing } = await store.images('pvc')
  const parent = backing[0]?.path ?? ''
  inUse = new Map([
    [child, 'written'],
    [parent, 'read'],
  ])
  const pair = { parent: basename(parent), child: basename(child), signal: new AbortController().signal }
  const error: unknown = await lowerHead(store.storageSet.named(), pair, async (lowering) => {
    lowering.onProgress({ doneBytes: 512 })
    await drive(lowering)
  }).then(
    () => undefined,
    (failure: unknown) => failure,
  )
  return { error, child, parent }
}

const refusal = new EngineError('VolumeRefused', 'QEMU does not go over')
const named = async (): Promise<string> =>
  JSON.parse(await readFile(join(root, 'volumes', 'pvc', 'volume.json'), 'utf8')).head

it('tells the refusal as it is when the disk took everything', async () => {
  const { error, child } = await lower(async ({ beforeSwitch, afterRefusal }) => {
    await beforeSwitch()
    await afterRefusal()
    throw refusal
  })
  expect(error).toBe(refusal)
  expect(await named()).toBe(basename(child))
  expect(await readdir(join(root, 'journal'))).toEqual([])
})

it.each([
  ['that its image could not be named again', ['pvc'], 1],
  ['that neither this nor the entry about it could be written', ['pvc', 'journal'], 2],
] as const)('tells the refusal and %s, and makes up for it', async (_what, folders, count) => {
  const { error, child } = await lower(async ({ beforeSwitch, afterRefusal }) => {
    await beforeSwitch()
    broken = [...folders]
    await afterRefusal()
    throw refusal
  })
  expect(error).toMatchObject({
    code: 'StorageUnusable',
    message: expect.stringMatching(/volume "pvc" were not merged: QEMU does not go over; .*: EIO/),
    cause: { errors: [refusal, ...Array.from({ length: count }, () => expect.objectContaining({ code: 'EIO' }))] },
  })
  expect(store.trouble('pvc')).toContain('EIO')
  broken = []
  await store.storageSet.settle()
  expect(store.trouble('pvc')).toBeUndefined()
  expect(await named()).toBe(basename(child))
  // By another engine, too, which learns it from the machine.
  store = await opened()
  expect((await store.images('pvc')).path).toBe(child)
  expect(await readdir(join(root, 'journal'))).toEqual([])
})

it('tells what kept the lower image from being named, and that it could not be taken back', async () => {
  const { error, child } = await lower(async ({ beforeSwitch }) => {
    broken = ['pvc']
    await beforeSwitch()
  })
  expect(error).toMatchObject({
    code: 'StorageUnusable',
    cause: { errors: [{ code: 'EIO' }, { code: 'EIO' }] },
  })
  broken = []
  await store.storageSet.settle()
  expect(await named()).toBe(basename(child))
})

it('leaves the entry where the end of a lowering that never began to switch cannot be written down, and tells both', async () => {
  const { error } = await lower(async () => {
    broken = ['journal']
    throw refusal
  })
  expect(error).toMatchObject({ code: 'StorageUnusable', cause: { errors: [refusal, { code: 'EIO' }] } })
  broken = []
  await store.storageSet.settle()
  expect(store.storageSet.named().journal.size).toBe(0)
})
