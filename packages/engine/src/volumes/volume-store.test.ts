import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { imageInfo } from '@berth/imaging'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../testing/test-engine.ts'
import { VolumeStore } from './volume-store.ts'

let root = ''
let store: VolumeStore

beforeEach(async () => {
  root = await temporaryFolder()
  store = new VolumeStore(root)
})

afterEach(() => rm(root, { recursive: true, force: true }))

it('shows a volume complete or not at all', async () => {
  let release = (): void => {}
  const filling = store.populate('pvc-1', async (path) => {
    await new Promise<void>((resolve) => (release = resolve))
    await writeFile(path, 'disk')
  })
  while ((await readdir(root)).length === 0) await new Promise(setImmediate)
  expect(await store.exists('pvc-1')).toBe(false)
  expect(await store.list()).toEqual([])
  release()
  await filling
  expect(await store.exists('pvc-1')).toBe(true)
  expect(await readdir(root)).toEqual(['pvc-1'])
})

it('leaves nothing of a volume that could not be filled', async () => {
  const failing = store.populate('pvc-1', async (path) => {
    await writeFile(path, 'half')
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await readdir(root)).toEqual([])
})

it('makes a volume once', async () => {
  await store.createBlank('pvc-1', 8 * 1024 ** 2)
  await store.populate('pvc-1', () => Promise.reject(new Error('must not be asked')))
  await store.grow('pvc-1', 16 * 1024 ** 2)
  expect((await imageInfo({ path: store.diskPath('pvc-1'), format: 'qcow2' })).virtualSizeBytes).toBe(16 * 1024 ** 2)
})

it('removes after what is being made, and twice without complaint', async () => {
  const made = store.createBlank('pvc-1', 1024 ** 2)
  await Promise.all([made, store.remove('pvc-1')])
  expect(await readdir(root)).toEqual([])
  await store.remove('pvc-1')
})

it('cleans up after a crash what is half-made, and nothing else', async () => {
  await store.createBlank('pvc-1', 1024 ** 2)
  await mkdir(join(root, '.staging-pvc-2'))
  await writeFile(join(root, '.staging-pvc-2', 'disk.qcow2'), 'half')
  await store.removeHalfMade()
  expect(await readdir(root)).toEqual(['pvc-1'])
})

it.each(['../x', 'a/b', '', '.', '..', 'A', 'a b', '-x', `a${'b'.repeat(300)}`, 'a\0b'])(
  'refuses the name %j',
  async (name) => {
    expect(() => store.diskPath(name)).toThrow(expect.objectContaining({ code: 'InvalidName' }))
    await expect(store.remove(name)).rejects.toMatchObject({ code: 'InvalidName' })
  },
)
