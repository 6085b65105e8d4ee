import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { createQemuDriver, type Driver } from '@berth/hypervisor'
import { systemClock } from '@berth/kube'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { contentOf, writePattern } from '../../testing/disk-content.ts'
import { idleMachine } from '../../testing/idle-machine.ts'
import { temporaryFolder } from '../../testing/test-engine.ts'
import { leftOver } from '../../testing/volume-world.ts'
import { openVolumeStore, type VolumeStore } from '../volume-store.ts'
import type { SwitchLive } from '../volume-types.ts'
import { Merger } from './merger.ts'
import { imagesInUse } from './users.ts'

const MiB = 1024 ** 2

let root = ''
let driver: Driver
let store: VolumeStore
let merger: Merger

beforeEach(async () => {
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

afterEach(async () => {
  await merger.stop()
  for (const domain of driver.list()) await domain.destroy()
  await driver.close()
  await rm(root, { recursive: true, force: true })
})

it('merges layers and makes clones and snapshots under a running machine', async () => {
  await store.create('pvc', { sizeBytes: 16 * MiB })
  const pattern = async (at: number, value: number): Promise<void> => {
    const images = await store.images('pvc')
    await store.holding([{ ...images, readOnly: false }], () =>
      writePattern(images, [{ at: at * MiB, bytes: MiB, value }]),
    )
  }
  await pattern(0, 1)
  await store.snapshot([{ volume: 'pvc', handle: 'snap-1' }])
  await pattern(1, 2)
  await store.snapshot([{ volume: 'pvc', handle: 'snap-2' }])
  await pattern(2, 3)
  const wanted = await contentOf(await store.images('pvc'))

  const domain = await store.holding([{ ...(await store.images('pvc')), readOnly: false }], async () =>
    driver.start(idleMachine('m', await store.images('pvc'))),
  )
  const switchLive: SwitchLive = (overlays) =>
    domain.snapshotDisks(overlays.map(({ path }) => ({ disk: 'data', path })))

  await expect(store.snapshot([{ volume: 'pvc', handle: 'snap-3' }])).rejects.toMatchObject({ code: 'VolumeInUse' })
  await expect(store.revert('pvc', 'snap-1')).rejects.toMatchObject({ code: 'VolumeInUse' })
  await store.snapshot([{ volume: 'pvc', handle: 'snap-3' }], { switchLive })
  await store.clone('copy', { from: { volume: 'pvc' }, sizeBytes: 32 * MiB, switchLive })
  await store.clone('raw', { from: { volume: 'pvc' }, format: 'raw', sizeBytes: 16 * MiB, switchLive })
  const written = domain.spec.disks[0]?.path
  expect(written).toBe((await store.images('pvc')).path)

  // A failing machine changes nothing.
  const refusing = store.snapshot([{ volume: 'pvc', handle: 'snap-4' }], {
    switchLive: () => Promise.reject(new Error('no')),
  })
  await expect(refusing).rejects.toThrow('no')
  expect((await store.images('pvc')).path).toBe(written)
  expect(await store.snapshotInfo('snap-4')).toBeUndefined()

  for (const handle of ['snap-2', 'snap-1', 'snap-3']) await store.deleteSnapshot(handle)
  await store.remove('copy')
  await merger.run()
  expect(await readdir(join(root, 'volumes', 'images'))).toHaveLength(2)
  expect(domain.spec.disks[0]?.backing).toBeUndefined()
  await store.grow('pvc', 24 * MiB, { live: (bytes) => domain.resizeDisk('data', bytes) })
  expect((await store.usage('pvc')).sizeBytes).toBe(24 * MiB)
  await domain.destroy()
  expect((await contentOf(await store.images('pvc'))).equals(Buffer.concat([wanted, Buffer.alloc(8 * MiB)]))).toBe(true)
  expect((await contentOf(await store.images('raw'))).equals(wanted)).toBe(true)
  expect(await leftOver(join(root, 'volumes'), store)).toEqual([])
})
