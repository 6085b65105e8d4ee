import { readdir, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../testing/test-engine.ts'
import { openVolumeStore, type VolumeStore } from '../volume-store.ts'

const MiB = 1024 ** 2
let root = ''
let store: VolumeStore

const opened = (): Promise<VolumeStore> => openVolumeStore({ storages: [{ name: 'local', directory: root }] })
const images = async (): Promise<string[]> => (await readdir(join(root, 'images'))).toSorted()

beforeEach(async () => {
  root = await temporaryFolder()
  store = await opened()
  for (const volume of ['pvc-a', 'pvc-b']) await store.create(volume, { sizeBytes: 8 * MiB })
  // A clone, whose head lies on what the first was.
  await store.clone('pvc-c', { from: { volume: 'pvc-a' }, sizeBytes: 8 * MiB })
})
afterEach(() => rm(root, { recursive: true, force: true }))

it.each<[string, (path: string, aside: string) => Promise<void>]>([
  ['that is damaged', async (path) => truncate(path, 10)],
  ['that is gone', rename],
])('an image %s takes its volume out of service and no other, and nothing is removed', async (_what, harm) => {
  // All that knows of the layer below.
  const heads = [await store.images('pvc-a'), await store.images('pvc-c')]
  const aside = join(root, 'aside')
  for (const [index, { path }] of heads.entries()) await harm(path, `${aside}-${index}`)
  const left = await images()
  const later = await opened()
  for (const volume of ['pvc-a', 'pvc-c']) {
    expect(later.trouble(volume)).toContain('not the disk image it should be')
    await expect(later.images(volume)).rejects.toMatchObject({ code: 'ImageDamaged' })
  }
  expect(later.trouble('pvc-b')).toBeUndefined()
  await later.clone('pvc-d', { from: { volume: 'pvc-b' }, sizeBytes: 8 * MiB })
  await later.remove('pvc-d')
  expect(await images()).toEqual(expect.arrayContaining(left))
  expect(await later.storages()).toMatchObject([{ provisionedBytes: 8 * MiB }])
})

it('what is told of a storage does not depend on each disk in it', async () => {
  const { path } = await store.images('pvc-b')
  await truncate(path, 10)
  await expect(store.images('pvc-b')).rejects.toMatchObject({ code: 'ImageDamaged' })
  expect(await store.storages()).toMatchObject([{ provisionedBytes: 24 * MiB }])
})

it('what is brought back is in service again', async () => {
  const { path } = await store.images('pvc-c')
  await rename(path, join(root, 'aside'))
  expect((await opened()).trouble('pvc-c')).toBeDefined()
  await rename(join(root, 'aside'), path)
  const later = await opened()
  expect(later.trouble('pvc-c')).toBeUndefined()
  await later.remove('pvc-a')
  await later.remove('pvc-c')
  expect(await images()).toHaveLength(1)
})
