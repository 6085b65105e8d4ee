import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { contentOf, writePattern } from '../../testing/disk-content.ts'
import { temporaryFolder } from '../../testing/test-engine.ts'
import { openVolumeStore, type VolumeStore } from '../volume-store.ts'
import { isNamedHead } from './named-head.ts'

const sizeBytes = 512 * 1024
let root = ''
let store: VolumeStore

const opened = (): Promise<VolumeStore> => openVolumeStore({ storages: [{ name: 'local', directory: root }] })
const images = async (): Promise<string[]> => (await readdir(join(root, 'images'))).toSorted()
const damaged = { code: 'ImageDamaged', message: expect.stringContaining('cannot be read') }

beforeEach(async () => {
  root = await temporaryFolder()
  store = await opened()
  for (const volume of ['pvc-a', 'pvc-b']) await store.create(volume, { sizeBytes })
  await writePattern(await store.images('pvc-a'), [{ at: 0, bytes: sizeBytes, value: 7 }])
  await store.snapshot([{ volume: 'pvc-a', handle: 'snap-a' }])
})
afterEach(() => rm(root, { recursive: true, force: true }))

it.each<[string, (path: string) => Promise<void>]>([
  ['is empty', (path) => writeFile(path, '')],
  ['says something else', (path) => writeFile(path, '{"head":"../other","format":"qcow2"}')],
  ['is gone', (path) => rm(path)],
  // What a disk that fails says is injected as the nearest that any disk says.
  ['the system does not read', (path) => rm(path).then(() => mkdir(path))],
])('a volume whose record %s is out of service, and no image goes, until it can be read', async (_what, harm) => {
  const record = join(root, 'volumes', 'pvc-a', 'volume.json')
  const kept = await readFile(record, 'utf8')
  await harm(record)
  const before = await images()
  const head = (await store.images('pvc-a')).path
  store = await opened()
  expect(store.trouble('pvc-a')).toContain('what is written about volume "pvc-a" cannot be read')
  expect(store.trouble('pvc-b')).toBeUndefined()
  expect(await store.list()).toEqual(['pvc-b', 'pvc-a'])
  // Nobody takes it for one that is to be made, and nobody removes it.
  for (const work of [
    store.images('pvc-a'),
    store.create('pvc-a', { sizeBytes }),
    store.createState('pvc-a'),
    store.clone('pvc-c', { from: { volume: 'pvc-a' }, sizeBytes }),
    store.snapshot([{ volume: 'pvc-a', handle: 'snap-c' }]),
    store.revert('pvc-a', 'snap-a'),
    store.deleteSnapshot('snap-a'),
    store.remove('pvc-a'),
  ])
    await expect(work).rejects.toMatchObject(damaged)
  // Others work on, and leave what is garbage.
  await store.clone('pvc-d', { from: { volume: 'pvc-b' }, sizeBytes })
  await store.remove('pvc-d')
  expect(await images()).toEqual(expect.arrayContaining(before))
  await rm(record, { recursive: true, force: true })
  await writeFile(record, kept)
  store = await opened()
  expect(store.trouble('pvc-a')).toBeUndefined()
  expect((await store.images('pvc-a')).path).toBe(head)
  expect((await contentOf(await store.images('pvc-a'))).every((byte) => byte === 7)).toBe(true)
})

it('a snapshot whose record cannot be read is neither taken anew nor removed', async () => {
  const record = join(root, 'snapshots', 'snap-a.json')
  const kept = await readFile(record, 'utf8')
  await writeFile(record, 'x')
  store = await opened()
  for (const work of [
    store.snapshotInfo('snap-a'),
    store.snapshot([{ volume: 'pvc-b', handle: 'snap-a' }]),
    store.revert('pvc-a', 'snap-a'),
    store.deleteSnapshot('snap-a'),
  ])
    await expect(work).rejects.toMatchObject(damaged)
  await store.remove('pvc-a')
  expect(await readFile(record, 'utf8')).toBe('x')
  await writeFile(record, kept)
  store = await opened()
  await store.clone('pvc-c', { from: { snapshot: 'snap-a' }, sizeBytes })
  expect((await contentOf(await store.images('pvc-c'))).every((byte) => byte === 7)).toBe(true)
})

it('what was cut off in its storage waits until everything can be read', async () => {
  const [head = ''] = (await store.images('pvc-b')).path.split('/').slice(-1)
  const switched = { volume: 'pvc-b', storage: 'local', before: head, overlay: head, sizeBytes, handle: 'snap-b' }
  const entry = { kind: 'switch', volumes: [switched], takenAt: '2026-01-01T00:00:00Z' }
  await writeFile(join(root, 'journal', 'left.json'), JSON.stringify(entry))
  const record = join(root, 'volumes', 'pvc-a', 'volume.json')
  const kept = await readFile(record, 'utf8')
  await writeFile(record, '')
  store = await opened()
  expect(store.trouble('pvc-b')).toContain('was cut off')
  expect(await readdir(join(root, 'journal'))).toEqual(['left.json'])
  await writeFile(record, kept)
  store = await opened()
  expect(store.trouble('pvc-b')).toBeUndefined()
  expect(await readdir(join(root, 'journal'))).toEqual([])
})

it('an image is known to be named as long as the record that names it can be read', async () => {
  const { path } = await store.images('pvc-b')
  const record = join(root, 'volumes', 'pvc-a', 'volume.json')
  for (const harm of [() => writeFile(record, ''), () => rm(record).then(() => mkdir(record))]) {
    await harm()
    expect(await isNamedHead(path)).toBe(true)
    await expect(isNamedHead(join(root, 'images', 'other.qcow2'))).rejects.toMatchObject(damaged)
  }
})
