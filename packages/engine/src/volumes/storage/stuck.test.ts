import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { persistentVolumeClaims } from '@berth/kube'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { machineWithClaims } from '../../testing/export-fixtures.ts'
import { namespace, temporaryFolder, TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'
import { volumeNameFor } from '../claim-volume.ts'
import { openVolumeStore } from '../volume-store.ts'

const MiB = 1024 ** 2
let root = ''

beforeEach(async () => {
  root = await temporaryFolder()
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** What an engine leaves that ended while it took a snapshot of two volumes, of which one lies in a storage that is not there now. */
async function leave(storage: string, { volume, head }: { volume: string; head: string }): Promise<void> {
  const common = { volume, before: head, overlay: head, sizeBytes: 8 * MiB }
  const volumes = [
    { ...common, storage: 'local', handle: 'snap-a' },
    { ...common, volume: 'elsewhere', storage: 'away', handle: 'snap-b' },
  ]
  await mkdir(join(storage, 'journal'), { recursive: true })
  const entry = { kind: 'switch', volumes, takenAt: '2026-01-01T00:00:00Z' }
  await writeFile(join(storage, 'journal', 'left.json'), JSON.stringify(entry))
}

it('takes only its own volumes out of service, until it can be ended', async () => {
  const local = { name: 'local', directory: join(root, 'local') }
  const away = { name: 'away', directory: join(root, 'away') }
  const first = await openVolumeStore({ storages: [local] })
  for (const volume of ['pvc-a', 'pvc-b']) await first.create(volume, { sizeBytes: 8 * MiB })
  await leave(local.directory, { volume: 'pvc-a', head: basename((await first.images('pvc-a')).path) })

  const store = await openVolumeStore({ storages: [local] })
  expect(store.trouble('pvc-b')).toBeUndefined()
  await store.snapshot([{ volume: 'pvc-b', handle: 'snap' }])
  await store.clone('pvc-c', { from: { volume: 'pvc-b' }, sizeBytes: 8 * MiB })
  expect(store.trouble('pvc-a')).toContain('there is no storage "away" on this host')
  const { path } = await store.images('pvc-a')
  for (const work of [
    store.grow('pvc-a', 16 * MiB),
    store.snapshot([{ volume: 'pvc-a', handle: 'never' }]),
    store.clone('pvc-d', { from: { volume: 'pvc-a' }, sizeBytes: 8 * MiB }),
    store.holding([{ path, readOnly: false }], async () => {}),
  ])
    await expect(work).rejects.toMatchObject({ code: 'ImageDamaged', message: expect.stringContaining('pvc-a') })

  const whole = await openVolumeStore({ storages: [local, away] })
  expect(whole.trouble('pvc-a')).toBeUndefined()
  await whole.grow('pvc-a', 16 * MiB)
})

it('is told on the claim, and keeps its machine from starting while others start', async () => {
  const claim = (name: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce' as const], resources: { requests: { storage: '8Mi' } } },
  })
  {
    await using cluster = await TestEngine.start({ dataDir: root })
    for (const name of ['bad', 'good', 'unread']) await cluster.client.create(persistentVolumeClaims, claim(name))
    const bound = await until(
      'both are bound',
      () => Promise.all(['bad', 'good', 'unread'].map((name) => cluster.find(persistentVolumeClaims, name))),
      (found) => found.every((each) => each?.status?.phase === 'Bound'),
    )
    const volume = bound[0] === undefined ? '' : volumeNameFor(bound[0])
    const { path } = await cluster.engine.services.volumes.images(volume)
    await leave(cluster.engine.paths.volumes, { volume, head: basename(path) })
    const unread = bound[2] === undefined ? '' : volumeNameFor(bound[2])
    await writeFile(join(cluster.engine.paths.volumes, 'volumes', unread, 'volume.json'), '')
  }
  await using next = await TestEngine.start({ dataDir: root })
  await next.create(machineWithClaims('web', ['good'], 'Always'))
  await next.create(machineWithClaims('lame', ['bad'], 'Always'))
  await next.running('web')
  await until(
    'the claim says it',
    () => next.events('bad'),
    (events) => events.some((event) => event.startsWith('VolumeOutOfService: a snapshot of volume "pvc-')),
  )
  await until(
    'the other claim says it',
    () => next.events('unread'),
    (events) => events.some((event) => event.startsWith('VolumeOutOfService: what is written about volume "pvc-')),
  )
  await until(
    'the machine says it',
    () => next.instance('lame'),
    (found) => JSON.stringify(found?.status?.conditions ?? []).includes('can be neither finished nor taken back'),
  )
})
