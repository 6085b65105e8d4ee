import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { storageProfiles, virtualMachines, type StorageProfile } from '@berth/api'
import {
  csiStorageCapacities,
  events,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
  type PersistentVolumeClaim,
  type StorageClass,
} from '@berth/kube'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kubevirtNamespace } from '../bootstrap/cluster-objects.ts'
import { machineOf } from '../testing/manifests.ts'
import { namespace, temporaryFolder, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { openVolumeStore } from './volume-store.ts'
import { knownStorages } from './storage/known-storages.ts'

let root = ''

beforeEach(async () => {
  root = await temporaryFolder()
})

afterEach(() => rm(root, { recursive: true, force: true }))

function claimOf(
  name: string,
  spec: Partial<PersistentVolumeClaim['spec']> = {},
  storage = '8Mi',
): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...spec },
  }
}

function classOf(name: string, more: Partial<StorageClass>): StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'local.berth.dev',
    ...more,
  }
}

async function bound(cluster: TestEngine, name: string): Promise<PersistentVolumeClaim> {
  const found = await until(
    `${name} is bound`,
    () => cluster.find(persistentVolumeClaims, name),
    (claim) => claim?.status?.phase === 'Bound',
  )
  if (found === undefined) throw new Error('no claim')
  return found
}

function told(cluster: TestEngine, name: string, reason: string): Promise<string> {
  return until(
    `${name} is told ${reason}`,
    async () =>
      (await cluster.client.list(events, { namespace })).items.find(
        (event) => event.involvedObject.name === name && event.reason === reason,
      )?.message ?? '',
    (message) => message !== '',
  )
}

describe('storage classes', () => {
  it('keep volumes where and as they say, in storages of this host', async () => {
    const fast = join(root, 'fast')
    await mkdir(fast)
    await using cluster = await TestEngine.start({ engine: { storages: [{ name: 'fast', directory: fast }] } })
    const { client, engine } = cluster
    const classes = (await client.list(storageClasses, {})).items.map(({ metadata }) => metadata.name ?? '')
    expect(classes.toSorted()).toEqual(['fast', 'fast-raw', 'local', 'local-raw'])

    await client.create(
      persistentVolumeClaims,
      claimOf('shared', { storageClassName: 'fast-raw', accessModes: ['ReadWriteMany'], volumeMode: 'Block' }),
    )
    const { spec } = await bound(cluster, 'shared')
    const { path, format } = await engine.services.volumes.images(spec.volumeName ?? '')
    expect([path.startsWith(fast), format]).toEqual([true, 'raw'])
    const volume = await client.get(persistentVolumes, { name: spec.volumeName ?? '' })
    expect(volume.spec).toMatchObject({
      volumeMode: 'Block',
      accessModes: ['ReadWriteMany'],
      storageClassName: 'fast-raw',
    })
    expect(volume.metadata.annotations).toMatchObject({ 'berth.dev/format': 'raw' })

    const capacity = await until(
      'capacity is told',
      () => client.list(csiStorageCapacities, { namespace: kubevirtNamespace }),
      ({ items }) => items.length === 4,
    )
    expect(capacity.items.map((item) => item.storageClassName).toSorted()).toEqual(classes.toSorted())
    const profile = await until(
      'a profile',
      () => cluster.find(storageProfiles, 'fast', undefined),
      (found: StorageProfile | undefined) => found?.status?.storageClass === 'fast',
    )
    expect(profile?.status).toMatchObject({ cloneStrategy: 'csi-clone', provisioner: 'local.berth.dev' })
  })

  it('refuse parameters that nobody knows, with the field', async () => {
    await using cluster = await TestEngine.start()
    const cases: [Record<string, string>, string][] = [
      [{ storage: 'nowhere' }, 'parameters[storage]'],
      [{ format: 'vmdk' }, 'parameters[format]'],
      [{ fsType: 'ext4' }, 'parameters[fsType]'],
    ]
    for (const [parameters, field] of cases) {
      const creating = cluster.client.create(storageClasses, classOf('own', { parameters }))
      await expect(creating).rejects.toMatchObject({ code: 'Invalid', message: expect.stringContaining(field) })
    }
  })

  it.each([
    ['says nothing of it', {}],
    ['forbids it', { allowVolumeExpansion: false }],
  ])('let no claim grow where a class %s', async (_what, more) => {
    await using cluster = await TestEngine.start()
    const { client } = cluster
    await client.create(storageClasses, classOf('fixed', more))
    await client.create(persistentVolumeClaims, claimOf('data', { storageClassName: 'fixed' }))
    await bound(cluster, 'data')
    const patch = (storage: string) =>
      client.patch(
        persistentVolumeClaims,
        { namespace, name: 'data' },
        {
          type: 'merge',
          patch: { metadata: { labels: { size: storage } }, spec: { resources: { requests: { storage } } } },
        },
      )
    await expect(patch('16Mi')).rejects.toMatchObject({
      code: 'Forbidden',
      message:
        'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    })
    await patch('8Mi')
  })

  it('wait for the first machine, and retain', async () => {
    await using cluster = await TestEngine.start()
    const { client } = cluster
    await client.create(
      storageClasses,
      classOf('late', {
        volumeBindingMode: 'WaitForFirstConsumer',
        reclaimPolicy: 'Retain',
        allowVolumeExpansion: true,
      }),
    )
    await client.create(persistentVolumeClaims, claimOf('data', { storageClassName: 'late' }))
    await told(cluster, 'data', 'WaitForFirstConsumer')
    expect((await cluster.find(persistentVolumeClaims, 'data'))?.status?.phase).toBe('Pending')
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
    await client.create(virtualMachines, machineOf('user', { spec: { volumes } }))
    const { spec } = await bound(cluster, 'data')
    await cluster.running('user')
    const { spec: volume } = await client.get(persistentVolumes, { name: spec.volumeName ?? '' })
    expect(volume.persistentVolumeReclaimPolicy).toBe('Retain')

    // Under the running machine.
    const patch = { spec: { resources: { requests: { storage: '32Mi' } } } }
    await client.patch(persistentVolumeClaims, { namespace, name: 'data' }, { type: 'merge', patch })
    await told(cluster, 'data', 'VolumeResizeSuccessful')
    expect((await cluster.find(persistentVolumeClaims, 'data'))?.status).toMatchObject({
      capacity: { storage: '32Mi' },
    })
  })

  it('refuse what cannot fit, in words, and what no class is there for', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, claimOf('huge', {}, '900Ti'))
    expect(await told(cluster, 'huge', 'ProvisioningFailed')).toMatch(
      /storage "local" has .* free.*make|Remove volumes/,
    )
    expect((await cluster.find(persistentVolumeClaims, 'huge'))?.status?.phase).toBe('Pending')
    await cluster.client.create(persistentVolumeClaims, claimOf('lost', { storageClassName: 'none' }))
    expect(await told(cluster, 'lost', 'ProvisioningFailed')).toBe('storageclass.storage.k8s.io "none" not found')
    await cluster.client.create(storageClasses, classOf('none', {}))
    await bound(cluster, 'lost')
  })
})

describe('storages', () => {
  it('are remembered, and not mistaken for one another', async () => {
    const [local, fast, other] = ['local', 'fast', 'other'].map((name) => join(root, name)) as [string, string, string]
    await mkdir(fast)
    await mkdir(other)
    const given = [{ name: 'fast', directory: fast }]
    const all = [{ name: 'local', directory: local }, ...given]
    expect(await knownStorages(local, given)).toEqual(all)
    expect(await knownStorages(local, [])).toEqual(all)
    const refused = (storages: { name: string; directory: string }[], from = local) =>
      expect(knownStorages(from, storages)).rejects.toMatchObject({ code: 'StorageUnusable' })
    await refused([{ name: 'fast', directory: other }])
    await refused([{ name: 'local', directory: other }])
    await refused([{ name: 'a/b', directory: other }])
    await refused([{ name: 'far', directory: join(root, 'missing') }])
    await refused([{ name: 'far', directory: fast }])
    await refused(given, join(root, 'another-engine'))
    // An empty mount point.
    await rm(fast, { recursive: true })
    await mkdir(fast)
    await refused([])
    expect(await knownStorages(join(root, 'fresh'), [])).toHaveLength(1)
  })

  it('with the volumes of an earlier layout are not taken for empty', async () => {
    await mkdir(join(root, 'pvc-1', 'disk.qcow2'), { recursive: true })
    const opening = openVolumeStore({ storages: [{ name: 'local', directory: root }] })
    await expect(opening).rejects.toMatchObject({ code: 'StorageUnusable' })
  })
})
