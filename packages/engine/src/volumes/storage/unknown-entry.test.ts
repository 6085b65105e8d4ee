import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { csiStorageCapacities, persistentVolumeClaims } from '@berth/kube'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contentOf, writePattern } from '../../testing/disk-content.ts'
import { machineWithClaims } from '../../testing/export-fixtures.ts'
import { namespace, temporaryFolder, TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'
import { volumeNameFor } from '../claim-volume.ts'
import { openVolumeStore, type VolumeStore } from '../volume-store.ts'
import type { ImagesInUse } from '../volume-types.ts'

const sizeBytes = 512 * 1024
let root = ''
let store: VolumeStore

const opened = async (inUse: ImagesInUse = new Map()): Promise<VolumeStore> =>
  openVolumeStore({
    storages: ['local', 'other'].map((name) => ({ name, directory: join(root, name) })),
    inUse: () => inUse,
  })
/** All that lies in the storage, but for what is emptied at each start. */
const filesOf = async (storage: string): Promise<string[]> =>
  (await readdir(join(root, storage), { recursive: true })).filter((path) => !path.startsWith('staging')).toSorted()
const outOfService = { code: 'StorageUnusable', message: expect.stringContaining('storage "local" is out of service') }

beforeEach(async () => {
  root = await temporaryFolder()
  store = await opened()
  for (const volume of ['pvc-a', 'pvc-b']) await store.create(volume, { sizeBytes })
  await store.create('pvc-o', { sizeBytes, storage: 'other' })
  await store.createState('state-a')
  await store.snapshot([{ volume: 'state-a', handle: 'kept' }])
  await store.remove('state-a')
  await writePattern(await store.images('pvc-a'), [{ at: 0, bytes: sizeBytes, value: 7 }])
  await store.snapshot([{ volume: 'pvc-a', handle: 'snap-a' }])
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Was under way when its engine ended: the snapshot `snap-left` of pvc-b. */
async function leaveEntry(): Promise<string> {
  const head = basename((await store.images('pvc-b')).path)
  const volumes = [{ volume: 'pvc-b', storage: 'local', before: head, overlay: head, sizeBytes, handle: 'snap-left' }]
  const path = join(root, 'local', 'journal', 'left.json')
  await writeFile(path, JSON.stringify({ kind: 'switch', volumes, takenAt: '2026-01-01T00:00:00Z' }))
  return path
}

describe('an entry of the journal', () => {
  it.each<[string, (path: string) => Promise<void>]>([
    ['says something else', (path) => writeFile(path, '{"kind":"commit","parent":"../x","child":"y.raw"}')],
    // What a disk that fails says is injected as the nearest that any disk says.
    ['the system does not read', (path) => rm(path).then(() => mkdir(path))],
  ])('that %s takes its storage out of service, and no other, until it can be read', async (_what, harm) => {
    const path = await leaveEntry()
    const kept = await readFile(path, 'utf8')
    await harm(path)
    // Nobody needs it; whether the entry does is not known.
    await writePattern(await store.images('pvc-o'), [{ at: 0, bytes: 512, value: 1 }])
    const spare = join(root, 'local', 'images', '00000000-0000-4000-8000-000000000000.qcow2')
    await writeFile(spare, await readFile((await store.images('pvc-b')).path))
    const before = await filesOf('local')
    const { path: head } = await store.images('pvc-b')
    store = await opened()
    for (const volume of ['pvc-a', 'pvc-b']) expect(store.trouble(volume)).toMatch(/entry "left" .* Put the file back/)
    expect((await store.storages()).map(({ name, trouble }) => [name, trouble === undefined])).toEqual([
      ['local', false],
      ['other', true],
    ])
    for (const work of [
      () => store.create('pvc-new', { sizeBytes }),
      () => store.create('pvc-a', { sizeBytes }),
      () => store.createState('state-new'),
      () => store.clone('pvc-c', { from: { volume: 'pvc-a' }, sizeBytes }),
      () => store.clone('pvc-c', { from: { snapshot: 'snap-a' }, sizeBytes, storage: 'other' }),
      () => store.clone('pvc-c', { from: { volume: 'pvc-o' }, sizeBytes, storage: 'local' }),
      () => store.snapshot([{ volume: 'pvc-b', handle: 'snap-c' }]),
      () => store.revert('pvc-a', 'snap-a'),
      () => store.replace('pvc-b', async () => expect.fail('nothing is sent')),
      () => store.grow('pvc-b', 2 * sizeBytes),
      () => store.deleteSnapshot('snap-a'),
      () => store.deleteSnapshot('kept'),
      () => store.remove('pvc-a'),
      () => store.holding([{ path: head, readOnly: false }], async () => expect.fail('no machine starts')),
    ])
      await expect(work()).rejects.toMatchObject(outOfService)
    await store.clone('pvc-p', { from: { volume: 'pvc-o' }, sizeBytes, storage: 'other' })
    await store.remove('pvc-p')
    expect(await filesOf('local')).toEqual(before)

    await rm(path, { recursive: true, force: true })
    await writeFile(path, kept)
    store = await opened()
    expect(store.trouble('pvc-b')).toBeUndefined()
    expect(await filesOf('local')).not.toContain('journal/left.json')
    expect(await filesOf('local')).not.toContain(`images/${basename(spare)}`)
    expect((await contentOf(await store.images('pvc-a'))).every((byte) => byte === 7)).toBe(true)
    expect(await store.snapshotInfo('snap-left')).toMatchObject({ volume: 'pvc-b' })
  })

  it('that a person has moved out of the way, or put beside its name, is no more', async () => {
    const path = await leaveEntry()
    await writeFile(path, 'x')
    expect((await opened()).trouble('pvc-b')).toBeDefined()
    await rename(path, `${path}.lost`)
    await writeFile(join(root, 'local', 'snapshots', 'snap-a.json.copy'), 'x')
    store = await opened()
    expect(store.trouble('pvc-b')).toBeUndefined()
    await store.deleteSnapshot('snap-a')
    await store.remove('pvc-a')
  })

  it('of two storages, too, takes out of service what lies in the other', async () => {
    const path = await leaveEntry()
    const head = basename((await store.images('pvc-o')).path)
    const both = JSON.parse(await readFile(path, 'utf8'))
    both.volumes.push({ ...both.volumes[0], volume: 'pvc-o', storage: 'other', before: head, overlay: head })
    await rename(path, join(root, 'other', 'journal', 'left.json'))
    await writeFile(join(root, 'other', 'journal', 'left.json'), JSON.stringify(both))
    await writeFile(join(root, 'local', 'journal', 'more.json'), '')
    store = await opened()
    expect(store.trouble('pvc-o')).toContain('was cut off')
    await rm(join(root, 'local', 'journal', 'more.json'))
    store = await opened()
    expect(store.trouble('pvc-o')).toBeUndefined()
  })
})

describe('what a machine writes to is named, when the entry that would have seen to it was taken away', () => {
  const namesHead = async (file: string): Promise<void> => {
    const record = join(root, 'local', 'volumes', 'pvc-a', 'volume.json')
    await writeFile(record, JSON.stringify({ ...JSON.parse(await readFile(record, 'utf8')), head: file }))
  }

  it('where a new head was named and the machine never went there', async () => {
    const { path, backing } = await store.images('pvc-a')
    const [frozen] = backing
    if (frozen === undefined) throw new Error('the snapshot has no image')
    await store.deleteSnapshot('snap-a')
    store = await opened(new Map([[frozen.path, 'written']]))
    expect((await store.images('pvc-a')).path).toBe(frozen.path)
    // The guest has not written to it.
    expect(await filesOf('local')).not.toContain(`images/${basename(path)}`)
  })

  it('where the lower of two images was named and the machine stayed in the upper', async () => {
    const { path, backing } = await store.images('pvc-a')
    await writePattern(await store.images('pvc-a'), [{ at: 512, bytes: 512, value: 9 }])
    await store.deleteSnapshot('snap-a')
    await namesHead(basename(backing[0]?.path ?? ''))
    store = await opened(new Map([[path, 'written']]))
    expect((await store.images('pvc-a')).path).toBe(path)
    store = await opened()
    expect((await contentOf(await store.images('pvc-a')))[512]).toBe(9)
  })

  it('but not over what the head has of its own', async () => {
    const { path, backing } = await store.images('pvc-a')
    await writePattern(await store.images('pvc-a'), [{ at: 512, bytes: 512, value: 9 }])
    await store.deleteSnapshot('snap-a')
    store = await opened(new Map([[backing[0]?.path ?? '', 'written']]))
    expect((await store.images('pvc-a')).path).toBe(path)
  })
})

it('is told on the classes, on their room and on the claims, and others work on', async () => {
  const other = join(root, 'more')
  await mkdir(other)
  const engine = { storages: [{ name: 'more', directory: other }] }
  const claim = (name: string, storageClassName: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce' as const], storageClassName, resources: { requests: { storage: '8Mi' } } },
  })
  const dataDir = join(root, 'data')
  let volume = ''
  {
    await using cluster = await TestEngine.start({ dataDir, engine })
    for (const [name, of] of [
      ['bad', 'local'],
      ['good', 'more'],
    ] as const) {
      await cluster.client.create(persistentVolumeClaims, claim(name, of))
      const found = await until(
        `${name} is bound`,
        () => cluster.find(persistentVolumeClaims, name),
        (each) => each?.status?.phase === 'Bound',
      )
      if (name === 'bad' && found !== undefined) volume = volumeNameFor(found)
    }
    await writeFile(join(cluster.engine.paths.volumes, 'journal', 'left.json'), '')
    // Nor does what somebody has put beside the volumes keep the engine from starting.
    await mkdir(join(cluster.engine.paths.volumes, 'volumes', 'A copy of mine'))
  }
  await using next = await TestEngine.start({ dataDir, engine })
  const told = (name: string, reason: string): Promise<string[]> =>
    until(
      `${name} is told ${reason}`,
      () => next.events(name),
      (events) => events.some((event) => event.startsWith(`${reason}: storage "local" is out of service`)),
    )
  await next.create(machineWithClaims('web', ['good'], 'Always'))
  await next.running('web')
  await next.client.create(persistentVolumeClaims, claim('late', 'local'))
  await told('local', 'StorageOutOfService')
  await told('local-raw', 'StorageOutOfService')
  await told('bad', 'VolumeOutOfService')
  await told('late', 'ProvisioningFailed')
  expect(await next.events('more')).toEqual([])
  const room = await until(
    'room is told',
    () => next.client.list(csiStorageCapacities),
    ({ items }) => items.length === 4,
  )
  const troubles = room.items.map(({ storageClassName, metadata }) => [
    storageClassName,
    metadata.annotations?.['storage.berth.dev/trouble']?.includes('Put the file back') === true,
  ])
  expect(Object.fromEntries(troubles)).toEqual({ local: true, 'local-raw': true, more: false, 'more-raw': false })
  await next.client.delete(persistentVolumeClaims, { namespace, name: 'bad' })
  await until(
    'the claim is gone',
    () => next.find(persistentVolumeClaims, 'bad'),
    (found) => found === undefined,
  )
  expect(await readdir(join(dataDir, 'volumes', 'volumes'))).toContain(volume)
})
