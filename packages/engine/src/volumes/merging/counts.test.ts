/** What is known to have changed since a checkpoint, after layers were merged: an incremental backup must never be short. */

import { writeFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { createQemuDriver, type Driver } from '@berth/hypervisor'
import { addImageBitmap, createOverlay } from '@berth/imaging'
import { systemClock } from '@berth/kube'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { contentOf, writePattern } from '../../testing/disk-content.ts'
import { temporaryFolder } from '../../testing/test-engine.ts'
import { idleMachine } from '../../testing/idle-machine.ts'
import { readImageBitmaps } from '../chain/image-bitmaps.ts'
import { openVolumeStore, type VolumeStore } from '../volume-store.ts'
import { Merger } from './merger.ts'
import { imagesInUse } from './users.ts'

const KiB = 1024
const MiB = 1024 ** 2

let root = ''
let driver: Driver
let store: VolumeStore
let merger: Merger
let volume = ''
let count = 0
let backups = 0

beforeAll(async () => {
  root = await temporaryFolder()
  driver = await createQemuDriver({ directory: join(root, 'machines'), acceleration: 'tcg' })
  store = await openVolumeStore({
    storages: [{ name: 'local', directory: join(root, 'volumes') }],
    inUse: () => imagesInUse(driver.list()),
  })
  merger = new Merger({
    storages: store.storageSet,
    domains: () => driver.list(),
    clock: systemClock,
    logger: silentLogger,
  })
})

afterAll(async () => {
  await merger.stop()
  for (const domain of driver.list()) await domain.destroy()
  await driver.close()
  await rm(root, { recursive: true, force: true })
})

beforeEach(async () => {
  count += 1
  volume = `pvc-${count}`
  await store.create(volume, { sizeBytes: 8 * MiB })
})

async function write(at: number, bytes: number, value: number): Promise<void> {
  await writePattern(await store.images(volume), [{ at, bytes, value }])
}

const snapshot = (name: string): Promise<void> => store.snapshot([{ volume, handle: `${volume}-${name}` }])

async function forget(name: string): Promise<void> {
  await store.deleteSnapshot(`${volume}-${name}`)
  await merger.run()
}

/** A backup of everything, and the count of what is written from now on. @returns its file */
async function checkpoint(): Promise<string> {
  const images = await store.images(volume)
  const path = join(root, `${volume}.raw`)
  await writeFile(path, await contentOf(images))
  await addImageBitmap({ path: images.path, name: 'cp' })
  return path
}

/** What changed since the checkpoint, put onto the backup of then. */
async function restored(base: string, of = volume): Promise<Buffer> {
  const images = await store.images(of)
  backups += 1
  const target = join(root, `inc-${backups}.qcow2`)
  const { sizeBytes } = await store.usage(of)
  await createOverlay({ path: target, backing: { path: base, format: 'raw' }, sizeBytes })
  const domain = await driver.start(idleMachine(of, images))
  try {
    await domain.backupDisks({ disks: [{ disk: 'data', path: target }], since: 'cp' })
    return await contentOf({ path: target, format: 'qcow2' })
  } finally {
    await domain.destroy()
    await driver.forget(of)
  }
}

async function expectRight(base: string): Promise<void> {
  const has = await restored(base)
  expect(has.equals(await contentOf(await store.images(volume)))).toBe(true)
}

async function expectUnknown(base: string, of = volume): Promise<void> {
  await expect(restored(base, of)).rejects.toMatchObject({ code: 'NotFound' })
}

const names = async (of = volume): Promise<string[][]> => {
  const { path, backing } = await store.images(of)
  return Promise.all(
    [path, ...backing.map((image) => image.path)].map(async (image) =>
      (await readImageBitmaps(image)).map(({ name, isBroken }) => (isBroken ? `${name}!` : name)),
    ),
  )
}

describe('a count', () => {
  it('goes down with its layer into one that had none', async () => {
    await write(0, 4 * MiB, 1)
    await snapshot('before')
    const base = await checkpoint()
    await write(64 * KiB, 64 * KiB, 2)
    await snapshot('after')
    await write(256 * KiB, 64 * KiB, 3)
    expect(await names()).toEqual([['cp'], ['cp'], []])
    await forget('before')
    expect(await names()).toEqual([['cp'], ['cp']])
    await expectRight(base)
    await forget('after')
    expect(await names()).toEqual([['cp']])
    await expectRight(base)
  })

  it('comes up from a layer that is taken in, also where nothing had to be copied', async () => {
    await snapshot('blank')
    await write(0, 64 * KiB, 1)
    const base = await checkpoint()
    // As it was on the blank disk: the layer above needs no copy of that.
    await write(0, 64 * KiB, 0)
    await snapshot('after')
    await write(MiB, 2 * MiB, 3)
    await forget('after')
    expect(await names()).toEqual([['cp'], []])
    await expectRight(base)
  })

  it('does not call changed what was only copied', async () => {
    await snapshot('blank')
    await write(0, MiB, 1)
    await snapshot('layer')
    await write(2 * MiB, 3 * MiB, 2)
    const base = await checkpoint()
    await write(0, 64 * KiB, 3)
    await forget('layer')
    expect(await names()).toEqual([['cp'], []])
    const domain = await driver.start(idleMachine(volume, await store.images(volume)))
    const target = join(root, `${volume}-inc.qcow2`)
    await createOverlay({ path: target, backing: { path: base, format: 'raw' } })
    const { disks } = await domain.backupDisks({ disks: [{ disk: 'data', path: target }], since: 'cp' })
    expect(disks[0]?.bytes).toBe(64 * KiB)
    await domain.destroy()
  })

  it('is over in a clone, a volume that went back, and all that is merged with them', async () => {
    await write(0, 2 * MiB, 1)
    const base = await checkpoint()
    await write(0, 64 * KiB, 2)
    await snapshot('kept')
    await write(0, 64 * KiB, 3)
    const copy = `${volume}-copy`
    await store.clone(copy, { from: { snapshot: `${volume}-kept` }, sizeBytes: 8 * MiB })
    await writePattern(await store.images(copy), [{ at: 0, bytes: 64 * KiB, value: 4 }])
    await expectUnknown(base, copy)
    await store.revert(volume, `${volume}-kept`)
    await write(128 * KiB, 64 * KiB, 5)
    await expectUnknown(base)
    await store.remove(copy)
    await forget('kept')
    expect(await names()).toEqual([[]])
    await expectUnknown(base)
  })

  it('with a gap is not closed by a merge under a running machine', async () => {
    const base = await checkpoint()
    await write(0, 64 * KiB, 2)
    await snapshot('kept')
    await store.revert(volume, `${volume}-kept`)
    await write(128 * KiB, 64 * KiB, 5)
    const images = await store.images(volume)
    const domain = await store.holding([{ ...images, readOnly: false }], () =>
      driver.start(idleMachine(volume, images)),
    )
    await forget('kept')
    expect(domain.spec.disks[0]?.backing).toBeUndefined()
    await domain.destroy()
    await driver.forget(volume)
    expect(await names()).toEqual([[]])
    await expectUnknown(base)
  })

  it('of a disk that grew starts anew, and hinders no merge', async () => {
    for (const isRunning of [false, true]) {
      await write(0, 64 * KiB, 1)
      const base = await checkpoint()
      await snapshot('before')
      const images = await store.images(volume)
      const domain = isRunning ? await driver.start(idleMachine(volume, images)) : undefined
      await store.grow(volume, 10 * MiB, { live: async (bytes) => domain?.resizeDisk('data', bytes) })
      await forget('before')
      expect((await store.images(volume)).backing).toEqual([])
      await domain?.destroy()
      if (isRunning) await driver.forget(volume)
      await expectUnknown(base)
      volume += '-live'
      await store.create(volume, { sizeBytes: 8 * MiB })
    }
  })

  it('that QEMU lost keeps nothing from growing or being merged, and is never believed', async () => {
    await write(0, 4 * MiB, 1)
    await snapshot('before')
    const base = await checkpoint()
    const domain = await driver.start(idleMachine(volume, await store.images(volume)))
    process.kill(domain.status.pid ?? 0, 'SIGKILL')
    await expect.poll(() => domain.status.state).toBe('stopped')
    await driver.forget(volume)
    expect(await names()).toEqual([['cp!'], []])
    await write(0, 64 * KiB, 2)
    await store.grow(volume, 12 * MiB)
    await forget('before')
    expect(await names()).toEqual([[]])
    await expectUnknown(base)
  })
})
