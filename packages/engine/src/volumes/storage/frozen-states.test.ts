import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../testing/test-engine.ts'
import { openVolumeStore, type VolumeStore } from '../volume-store.ts'

let root = ''
let store: VolumeStore

const open = (): Promise<VolumeStore> => openVolumeStore({ storages: [{ name: 'local', directory: root }] })
const variables = (volume = 'pvc-1'): Promise<string> => readFile(join(store.statePath(volume), 'vars.fd'), 'utf8')

beforeEach(async () => {
  root = await temporaryFolder()
  store = await open()
  await store.createState('pvc-1')
  await writeFile(join(store.statePath('pvc-1'), 'vars.fd'), 'old')
  await store.snapshot([{ volume: 'pvc-1', handle: 'snap-1' }])
  await writeFile(join(store.statePath('pvc-1'), 'vars.fd'), 'new')
})

afterEach(() => rm(root, { recursive: true, force: true }))

it('is found by the next engine, and read by new volumes and by the old one', async () => {
  store = await open()
  expect(await store.listSnapshots()).toEqual(['snap-1'])
  expect(await store.snapshotInfo('snap-1')).toMatchObject({ volume: 'pvc-1', sizeBytes: 3 })
  await store.createState('pvc-2', 'snap-1')
  expect([await variables('pvc-2'), await variables()]).toEqual(['old', 'new'])
  await store.remove('pvc-1')
  await store.revert('pvc-2', 'snap-1')
  expect(await variables('pvc-2')).toBe('old')
  await store.deleteSnapshot('snap-1')
  await store.deleteSnapshot('snap-1')
  expect([await store.listSnapshots(), await readdir(join(root, 'states'))]).toEqual([[], []])
})

it('is put back whole or not at all, wherever an engine ends', async () => {
  const folder = join(root, 'volumes', 'pvc-1')
  const [state, next] = [join(folder, 'state'), join(folder, 'state.next')]
  await mkdir(next)
  await writeFile(join(next, 'vars.fd'), 'old')
  // Before the folder gave way.
  store = await open()
  expect([await variables(), await readdir(folder)]).toEqual(['new', ['state']])
  // After.
  await mkdir(next)
  await writeFile(join(next, 'vars.fd'), 'old')
  await rename(state, join(root, 'staging', 'before'))
  store = await open()
  expect([await variables(), await readdir(folder), await readdir(join(root, 'staging'))]).toEqual([
    'old',
    ['state'],
    [],
  ])
})

it('is not said to be there when it was taken back on a disk that promises nothing', async () => {
  let isBroken = false
  const states = join(root, 'states')
  const sync = async (path: string): Promise<void> => {
    if (isBroken && path === states) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
  }
  store = await openVolumeStore({ storages: [{ name: 'local', directory: root }], sync })
  isBroken = true
  await expect(store.snapshot([{ volume: 'pvc-1', handle: 'snap-2' }])).rejects.toMatchObject({ code: 'EIO' })
  isBroken = false
  expect([await readdir(states), await store.snapshotInfo('snap-2')]).toEqual([['snap-1'], undefined])
  await store.snapshot([{ volume: 'pvc-1', handle: 'snap-2' }])
  await store.createState('pvc-2', 'snap-2')
  expect(await variables('pvc-2')).toBe('new')
  // Whoever deletes one is told until the disk has promised it.
  isBroken = true
  for (let tries = 0; tries < 2; tries += 1)
    await expect(store.deleteSnapshot('snap-2')).rejects.toMatchObject({ code: 'EIO' })
  expect(await store.listSnapshots()).toEqual(['snap-1'])
  isBroken = false
  await store.deleteSnapshot('snap-2')
})

it('is no disk, and is not made of what no machine of ours wrote', async () => {
  await expect(
    store.clone('pvc-3', { from: { snapshot: 'snap-1' }, storage: 'local', sizeBytes: 1024 ** 2 }),
  ).rejects.toMatchObject({ code: 'VolumeRefused' })
  await expect(store.createState('pvc-4', 'snap-9')).rejects.toMatchObject({ code: 'VolumeMissing' })
  const tpm = join(store.statePath('pvc-1'), 'tpm')
  await mkdir(tpm)
  for (let count = 0; count <= 100; count += 1) await writeFile(join(tpm, `file-${count}`), '')
  await expect(store.snapshot([{ volume: 'pvc-1', handle: 'snap-2' }])).rejects.toMatchObject({ code: 'VolumeRefused' })
  expect([await store.listSnapshots(), await readdir(join(root, 'staging'))]).toEqual([['snap-1'], []])
})
