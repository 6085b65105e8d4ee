import { readdir, rm, writeFile } from 'node:fs/promises'
import { createImage, imageInfo } from '@berth/imaging'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../testing/test-engine.ts'
import { openVolumeStore, type VolumeStore } from './volume-store.ts'

const MiB = 1024 ** 2

let root = ''
let store: VolumeStore

async function reopened(): Promise<VolumeStore> {
  return openVolumeStore({ storages: [{ name: 'local', directory: root }] })
}

function folder(name: 'images' | 'volumes' | 'staging' | 'snapshots'): Promise<string[]> {
  return readdir(join(root, name))
}

beforeEach(async () => {
  root = await temporaryFolder()
  store = await reopened()
})

afterEach(() => rm(root, { recursive: true, force: true }))

it('shows a volume complete or not at all', async () => {
  let release = (): void => {}
  const started = Promise.withResolvers<void>()
  const filling = store.populate('pvc-1', {}, async (path) => {
    started.resolve()
    await new Promise<void>((resolve) => (release = resolve))
    await createImage({ path, format: 'qcow2', sizeBytes: MiB })
  })
  await started.promise
  expect(await store.exists('pvc-1')).toBe(false)
  expect(await store.list()).toEqual([])
  release()
  await filling
  expect(await store.exists('pvc-1')).toBe(true)
  expect(await folder('volumes')).toEqual(['pvc-1'])
  expect(await folder('staging')).toEqual([])
})

it('leaves nothing of a volume that could not be filled', async () => {
  const failing = store.populate('pvc-1', {}, async (path) => {
    await writeFile(path, 'half')
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  for (const name of ['images', 'volumes', 'staging'] as const) expect(await folder(name)).toEqual([])
})

it('makes a volume once', async () => {
  await store.create('pvc-1', { sizeBytes: 8 * MiB })
  await store.populate('pvc-1', {}, () => Promise.reject(new Error('must not be asked')))
  await store.grow('pvc-1', 16 * MiB)
  expect((await imageInfo(await store.images('pvc-1'))).virtualSizeBytes).toBe(16 * MiB)
})

it('removes after what is being made, and twice without complaint', async () => {
  const made = store.create('pvc-1', { sizeBytes: MiB })
  await Promise.all([made, store.remove('pvc-1')])
  expect(await folder('volumes')).toEqual([])
  await store.remove('pvc-1')
})

it.each(['../x', 'a/b', '', '.', '..', 'A', 'a b', '-x', `a${'b'.repeat(300)}`, 'a\0b'])(
  'refuses the name %j',
  async (name) => {
    await expect(store.create(name, { sizeBytes: MiB })).rejects.toMatchObject({ code: 'InvalidName' })
    await expect(store.createState(name)).rejects.toMatchObject({ code: 'InvalidName' })
    await expect(store.remove(name)).rejects.toMatchObject({ code: 'InvalidName' })
    expect(await folder('volumes')).toEqual([])
  },
)

it('starts nothing that writes to what is shared while that is copied', async () => {
  await store.create('pvc-1', { sizeBytes: 8 * MiB, format: 'raw', shared: true })
  const { path } = await store.images('pvc-1')
  const order: string[] = []
  const cloning = store
    .clone('pvc-2', { from: { volume: 'pvc-1' }, sizeBytes: 8 * MiB, format: 'raw' })
    .then(() => order.push('copied'))
  // Under way; a slow machine may see it only when it is over.
  await expect.poll(async () => order.length > 0 || (await folder('staging')).length > 0, { interval: 1 }).toBe(true)
  await store.holding([{ path, readOnly: false }], async () => order.push('started'))
  await cloning
  expect(order).toEqual(['copied', 'started'])
})
