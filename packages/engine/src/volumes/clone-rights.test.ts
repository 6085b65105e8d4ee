import {
  dataSources,
  dataVolumes,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshots,
  type DataSource,
} from '@berth/api'
import { namespaces, persistentVolumeClaims } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataVolumeOf, machineOf } from '../testing/manifests.ts'
import { TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { imageNamespace } from './image-publisher.ts'

/** Ann may do all in her namespace; what lies in the other one is not hers. */
const own = 'ann'
const other = 'vault'
let cluster: TestEngine

beforeAll(async () => {
  cluster = await TestEngine.start()
  for (const name of [own, other]) {
    await cluster.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }
  await cluster.client.raw({
    method: 'POST',
    path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${own}/rolebindings`,
    body: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'ann' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    },
  })
  await cluster.client.create(dataVolumes, {
    ...dataVolumeOf('secret'),
    metadata: { namespace: other, name: 'secret' },
  })
  await until(
    'there is a disk',
    () => cluster.find(persistentVolumeClaims, 'secret', other),
    (claim) => claim?.status?.phase === 'Bound',
  )
})
afterAll(() => cluster[Symbol.asyncDispose]())

const ann = () => cluster.engine.services.clientAs({ name: 'ann', groups: ['system:authenticated'] })
const refusal = `User ann has insufficient permissions in clone source namespace ${other}`

/** Of somebody who may do everything. */
const forged = JSON.stringify({ name: 'root', groups: ['system:masters'] })

const sourceOf = (name: string, source: DataSource['spec']['source'], namespace = own): DataSource => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataSource',
  metadata: { name, namespace },
  spec: { source },
})

const diskOf = (name: string, spec: object) => ({
  ...dataVolumeOf(name),
  metadata: { name, namespace: own },
  spec: { storage: { resources: { requests: { storage: '16Mi' } } }, ...spec },
})

describe('who may copy what', () => {
  it.each([
    ['a claim', { source: { pvc: { namespace: other, name: 'secret' } } }],
    ['a snapshot', { source: { snapshot: { namespace: other, name: 'secret' } } }],
    ['a DataSource that is not there yet', { sourceRef: { kind: 'DataSource', namespace: other, name: 'golden' } }],
  ])('%s of another namespace is refused', async (_what, spec) => {
    await expect(ann().create(dataVolumes, diskOf('copy', spec))).rejects.toThrow(refusal)
  })

  it('a DataSource of one’s own must not point there either, neither at first nor later', async () => {
    const away = { pvc: { namespace: other, name: 'secret' } }
    await expect(ann().create(dataSources, sourceOf('mine', away))).rejects.toThrow(refusal)
    await ann().create(dataSources, sourceOf('mine', { pvc: { name: 'mine', namespace: own } }))
    const patch = { spec: { source: away } }
    await expect(ann().patch(dataSources, { namespace: own, name: 'mine' }, { type: 'merge', patch })).rejects.toThrow(
      refusal,
    )
  })

  it('a DataSource of somebody entitled does not entitle everybody', async () => {
    await cluster.client.create(dataSources, sourceOf('lent', { pvc: { namespace: other, name: 'secret' } }))
    const sourceRef = { kind: 'DataSource', name: 'lent' }
    await expect(ann().create(dataVolumes, diskOf('copy', { sourceRef }))).rejects.toThrow(refusal)
  })

  it.each([
    ['a DataVolume', (name: string, spec: object) => ann().create(dataVolumes, diskOf(`${name}-disk`, spec))],
    [
      'a machine',
      (name: string, spec: object) => {
        const metadata = { name: `${name}-disk`, annotations: { 'berth.dev/disk-asked-by': forged } }
        const template = { metadata, spec: diskOf('', spec).spec }
        const volumes = [{ name: 'root', dataVolume: { name: `${name}-disk` } }]
        const options = { namespace: own, runStrategy: 'Halted' as const, spec: { volumes } }
        return ann().create(virtualMachines, machineOf(name, { ...options, dataVolumeTemplates: [template] }))
      },
    ],
  ])('%s from a DataSource that comes later gets only what its maker may copy', async (what, make) => {
    const name = what === 'a machine' ? 'late-machine' : 'late'
    await make(name, { sourceRef: { kind: 'DataSource', name: `${name}-source` } })
    await cluster.client.create(dataSources, sourceOf(`${name}-source`, { pvc: { namespace: other, name: 'secret' } }))
    const patch = { metadata: { annotations: { 'berth.dev/disk-asked-by': forged } } }
    const target = { namespace: own, name: `${name}-disk` }
    await until(
      'the disk is asked for',
      () => cluster.find(dataVolumes, target.name, own),
      (found) => found !== undefined,
    )
    await ann().patch(dataVolumes, target, { type: 'merge', patch })
    await until(
      'it says why it is not copied',
      async () => (cluster.clock.leap(10_000), cluster.find(dataVolumes, target.name, own)),
      (found) => JSON.stringify(found?.status?.conditions ?? []).includes(refusal),
    )
  })

  it('whoever may, may', async () => {
    const pvc = { namespace: other, name: 'secret' }
    await cluster.client.create(dataVolumes, diskOf('copy', { source: { pvc } }))
    await until(
      'it is copied',
      () => cluster.find(dataVolumes, 'copy', own),
      (found) => found?.status?.phase === 'Succeeded',
    )
  })

  it('whoever may, may through a DataSource that comes later, too', async () => {
    await cluster.client.create(dataVolumes, diskOf('patient', { sourceRef: { kind: 'DataSource', name: 'later' } }))
    await cluster.client.create(dataSources, sourceOf('later', { pvc: { namespace: other, name: 'secret' } }))
    await until(
      'it is copied',
      async () => (cluster.clock.leap(10_000), cluster.find(dataVolumes, 'patient', own)),
      (found) => found?.status?.phase === 'Succeeded',
    )
  })

  it('images that were made for everybody are copied for everybody, and what they point to elsewhere is not', async () => {
    const image = { ...dataVolumeOf('golden-v1'), metadata: { namespace: imageNamespace, name: 'golden-v1' } }
    await cluster.client.create(dataVolumes, image)
    const golden = { pvc: { namespace: imageNamespace, name: 'golden-v1' } }
    await cluster.client.create(dataSources, sourceOf('golden', golden, imageNamespace))
    await cluster.client.create(
      dataSources,
      sourceOf('lure', { pvc: { namespace: other, name: 'secret' } }, imageNamespace),
    )
    const diskFrom = (name: string, source: string) =>
      diskOf(name, { sourceRef: { kind: 'DataSource', namespace: imageNamespace, name: source } })
    await ann().create(dataVolumes, diskFrom('of-golden', 'golden'))
    await until(
      'it is copied',
      () => cluster.find(dataVolumes, 'of-golden', own),
      (disk) => disk?.status?.phase === 'Succeeded',
    )
    await expect(ann().create(dataVolumes, diskFrom('of-lure', 'lure'))).rejects.toThrow(refusal)
  })

  it('a DataSource has one source, and is what its chain says', async () => {
    const two = { pvc: { namespace: own, name: 'a' }, dataSource: { namespace: own, name: 'b' } }
    await expect(ann().create(dataSources, sourceOf('two', two))).rejects.toThrow('has one source')
    await ann().create(dataSources, sourceOf('self', { dataSource: { namespace: own, name: 'self' } }))
    await ann().create(dataSources, sourceOf('far', { dataSource: { namespace: other, name: 'x' } }))
    await ann().create(dataSources, sourceOf('long', { dataSource: { namespace: own, name: 'self' } }))
    for (const [name, reason] of [
      ['self', 'SelfReference'],
      ['far', 'CrossNamespaceReference'],
      ['long', 'MaxReferenceDepthReached'],
    ] as const) {
      const found = await until(
        `${name} is judged`,
        () => cluster.find(dataSources, name, own),
        (source) => source?.status !== undefined,
      )
      expect(getCondition(found.status?.conditions, 'Ready')).toMatchObject({ status: 'False', reason })
    }
  })

  it('the images of this host are nobody else’s to publish', async () => {
    await expect(cluster.client.create(dataSources, sourceOf('x', {}, imageNamespace))).rejects.toThrow(
      'berth image build',
    )
  })

  it('the patches of a restore bring no disk of another namespace', async () => {
    const machine = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine' }
    await ann().create(
      virtualMachines,
      machineOf('web', {
        namespace: own,
        runStrategy: 'Halted',
        spec: { volumes: [{ name: 'root', dataVolume: { name: 'web-root' } }] },
        dataVolumeTemplates: [{ metadata: { name: 'web-root' }, spec: dataVolumeOf('web-root').spec }],
      }),
    )
    await until(
      'the machine has its disk',
      () => cluster.find(persistentVolumeClaims, 'web-root', own),
      (claim) => claim?.status?.phase === 'Bound',
    )
    await ann().create(virtualMachineSnapshots, {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshot',
      metadata: { namespace: own, name: 'monday' },
      spec: { source: { ...machine, name: 'web' } },
    })
    await until(
      'there is a snapshot',
      () => cluster.find(virtualMachineSnapshots, 'monday', own),
      (snapshot) => snapshot?.status?.readyToUse === true,
    )
    // The disk itself would come from the snapshot; but the machine makes it again when it is deleted.
    const value = { pvc: { namespace: other, name: 'secret' } }
    const patch = JSON.stringify({ op: 'replace', path: '/spec/dataVolumeTemplates/0/spec/source', value })
    await ann().create(virtualMachineRestores, {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineRestore',
      metadata: { namespace: own, name: 'steal' },
      spec: { target: { ...machine, name: 'two' }, virtualMachineSnapshotName: 'monday', patches: [patch] },
    })
    const refused = await until(
      'the restore ends, or says what stands against it',
      () => cluster.find(virtualMachineRestores, 'steal', own),
      (restore) =>
        restore?.status?.complete === true ||
        (getCondition(restore?.status?.conditions, 'Ready')?.reason ?? '').includes(other),
    )
    expect(refused.status?.complete).toBe(false)
    expect(await cluster.find(virtualMachines, 'two', own)).toBeUndefined()

    // A DataSource of her own namespace is let through; what it points to is still nobody's who did not ask for it.
    const template = '/spec/dataVolumeTemplates/0/spec'
    const patches = [
      { op: 'remove', path: `${template}/source` },
      { op: 'add', path: `${template}/sourceRef`, value: { kind: 'DataSource', name: 'lent' } },
    ]
    await ann().create(virtualMachineRestores, {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineRestore',
      metadata: { namespace: own, name: 'borrow' },
      spec: {
        target: { ...machine, name: 'three' },
        virtualMachineSnapshotName: 'monday',
        patches: patches.map((each) => JSON.stringify(each)),
      },
    })
    const restored = await until(
      'it is restored',
      () => cluster.find(virtualMachines, 'three', own),
      (found) => found !== undefined,
    )
    expect(restored?.metadata.annotations).not.toHaveProperty(['berth.dev/disk-asked-by'])
  })
})
