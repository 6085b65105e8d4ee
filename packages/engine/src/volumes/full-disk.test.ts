import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { silentLogger } from '@berth/base'
import { systemClock } from '@berth/kube'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { contentOf, writePattern } from '../testing/disk-content.ts'
import { temporaryFolder } from '../testing/test-engine.ts'
import { leftOver } from '../testing/volume-world.ts'
import { Merger } from './merging/merger.ts'
import { syncFolder } from './storage/durable.ts'
import { openVolumeStore, type VolumeStore } from './volume-store.ts'

const run = promisify(execFile)
const MiB = 1024 ** 2

let root = ''
let small = ''
let store: VolumeStore
/** Why there is no small file system; only root may mount one. */
let missing: string | undefined

beforeEach(async () => {
  root = await temporaryFolder()
  small = join(root, 'small')
  await mkdir(small)
  missing = await run('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'berth-test', small]).then(
    () => undefined,
    (error: unknown) => `no small file system can be mounted: ${String(error)}`,
  )
  store = await openVolumeStore({
    storages: [
      { name: 'local', directory: join(root, 'local') },
      { name: 'small', directory: small },
    ],
  })
})

afterEach(async () => {
  if (missing === undefined) await run('umount', [small])
  await rm(root, { recursive: true, force: true })
})

it('loses nothing when its disk is full, and goes on when there is room', async ({ skip }) => {
  skip(missing !== undefined, missing)
  await store.create('pvc', { storage: 'small', sizeBytes: 16 * MiB })
  await writePattern(await store.images('pvc'), [{ at: 0, bytes: 6 * MiB, value: 1 }])
  await store.snapshot([{ volume: 'pvc', handle: 'snap' }])
  await writePattern(await store.images('pvc'), [{ at: 0, bytes: 6 * MiB, value: 2 }])
  const wanted = await contentOf(await store.images('pvc'))
  const frozen = await contentOf(await store.snapshotImages('snap'))
  const filler = join(root, 'small', 'filler')
  await writeFile(filler, Buffer.alloc(10 * MiB))

  // A copy does not fit, and leaves nothing.
  const copying = store.clone('copy', { from: { volume: 'pvc' }, storage: 'small', format: 'raw', sizeBytes: 16 * MiB })
  await expect(copying).rejects.toMatchObject({ code: 'NoSpace' })
  expect(await store.exists('copy')).toBe(false)

  // Not a byte is left: not even a name can be written.
  await run('sh', ['-c', 'dd if=/dev/zero of="$0" bs=4k status=none || true', join(small, 'rest')])
  await expect(store.snapshot([{ volume: 'pvc', handle: 'never' }])).rejects.toThrow()
  await expect(
    store.clone('clone', { from: { snapshot: 'snap' }, storage: 'small', sizeBytes: 16 * MiB }),
  ).rejects.toThrow()
  const merger = new Merger({
    storages: store.storageSet,
    domains: () => [],
    clock: systemClock,
    logger: silentLogger,
    onPostponed: (volumes, storage) => told.push({ volumes, storage }),
  })
  const told: { volumes: readonly string[]; storage: string }[] = []
  await store.deleteSnapshot('snap')
  await merger.run()
  expect(told).toEqual([{ volumes: ['pvc'], storage: 'small' }])
  expect((await contentOf(await store.images('pvc'))).equals(wanted)).toBe(true)
  expect(await leftOver(small, store)).toEqual([])
  expect(frozen.every((byte, at) => byte === (at < 6 * MiB ? 1 : 0))).toBe(true)

  await rm(join(small, 'rest'))
  await rm(filler)
  await store.snapshot([{ volume: 'pvc', handle: 'now' }])
  expect((await contentOf(await store.snapshotImages('now'))).equals(wanted)).toBe(true)
  await merger.stop()
})

it('takes no volume out of service when it fills up in the middle of a snapshot', async ({ skip }) => {
  skip(missing !== undefined, missing)
  const rest = join(small, 'rest')
  let fills = false
  store = await openVolumeStore({
    storages: [{ name: 'local', directory: small }],
    sync: async (path) => {
      if (fills && path === join(small, 'volumes', 'pvc-a'))
        await run('sh', ['-c', 'dd if=/dev/zero of="$0" bs=4k status=none || true', rest])
      await syncFolder(path)
    },
  })
  for (const volume of ['pvc-a', 'pvc-b']) await store.create(volume, { sizeBytes: 8 * MiB })
  await writePattern(await store.images('pvc-a'), [{ at: 0, bytes: MiB, value: 1 }])
  const group = ['a', 'b'].map((name) => ({ volume: `pvc-${name}`, handle: `snap-${name}` }))
  fills = true
  await expect(store.snapshot(group)).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(await store.listSnapshots()).toEqual([])
  for (const volume of ['pvc-a', 'pvc-b']) expect(store.trouble(volume)).toBeUndefined()
  expect((await contentOf(await store.images('pvc-a')))[0]).toBe(1)
  // A machine may start with it.
  const images = await store.images('pvc-a')
  expect(await store.holding([{ ...images, readOnly: false }], async () => 'started')).toBe('started')
  fills = false
  await rm(rest)
  await store.snapshot(group)
  expect(await leftOver(small, store)).toEqual([])
})
