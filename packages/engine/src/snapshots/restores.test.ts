import {
  dataVolumes,
  virtualMachineClones,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshots,
  type VirtualMachineClone,
  type VirtualMachineRestore,
  type VirtualMachineRestoreSpec,
} from '@berth/api'
import { persistentVolumeClaims } from '@berth/kube'
import { describe, expect, it } from 'vitest'
import { machineWithClaims } from '../testing/export-fixtures.ts'
import { machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { holdSnapshot } from './restore-hold.ts'
import { markInProgress } from './restore-target.ts'
import { readySnapshot, snapshotOf, twoDisks, valueIn, writeTo } from './testing.ts'

function restoreOf(name: string, spec: Partial<VirtualMachineRestoreSpec> = {}): VirtualMachineRestore {
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineRestore',
    metadata: { name, namespace },
    spec: {
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' },
      virtualMachineSnapshotName: 'monday',
      ...spec,
    },
  }
}

function complete(cluster: TestEngine, name: string): Promise<VirtualMachineRestore> {
  return until(
    `restore ${name} is complete`,
    () => cluster.find(virtualMachineRestores, name),
    (restore) => restore?.status?.complete === true,
  )
}

/** A machine that is off, with a one in both disks, of which there is a snapshot, and a two in both since. */
async function withSnapshot(cluster: TestEngine): Promise<void> {
  await cluster.create(machineOf('web', { ...twoDisks, runStrategy: 'Halted' }))
  await cluster.shows('web', 'Stopped')
  for (const name of ['web-root', 'web-data']) {
    await until(
      'a disk',
      () => cluster.find(dataVolumes, name),
      (found) => found?.status?.phase === 'Succeeded',
    )
    await writeTo(cluster, name, 1)
  }
  await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
  await readySnapshot(cluster, 'monday')
  for (const name of ['web-root', 'web-data']) await writeTo(cluster, name, 2)
}

describe('a restore', () => {
  it('to the same machine makes new disks, lets the old ones go, and says so', async () => {
    await using cluster = await TestEngine.start()
    await withSnapshot(cluster)
    await cluster.client.create(virtualMachineRestores, restoreOf('back'))
    const restore = await complete(cluster, 'back')
    const uid = restore.metadata.uid ?? ''
    expect(restore.status).toMatchObject({
      restores: [
        { volumeName: 'root', persistentVolumeClaim: `restore-${uid}-root`, dataVolumeName: `restore-${uid}-root` },
        { volumeName: 'data', persistentVolumeClaim: `restore-${uid}-data` },
      ],
      deletedDataVolumes: ['web-root', 'web-data'],
    })
    const machine = await cluster.machine('web')
    expect(machine?.spec.template.spec.volumes?.[0]).toEqual({
      name: 'root',
      dataVolume: { name: `restore-${uid}-root` },
    })
    expect(machine?.status?.restoreInProgress).toBeUndefined()
    for (const volume of ['root', 'data']) expect(await valueIn(cluster, `restore-${uid}-${volume}`)).toBe(1)
    await cluster.gone(persistentVolumeClaims, 'web-root')
    await cluster.act('web', 'start')
    await cluster.running('web')
    // A machine takes its restored disks along.
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await cluster.gone(persistentVolumeClaims, `restore-${uid}-root`)
  })

  it('in place keeps the claims and what they are called', async () => {
    await using cluster = await TestEngine.start()
    await withSnapshot(cluster)
    const before = await cluster.find(persistentVolumeClaims, 'web-root')
    await cluster.client.create(virtualMachineRestores, restoreOf('back', { volumeRestorePolicy: 'InPlace' }))
    await complete(cluster, 'back')
    for (const name of ['web-root', 'web-data']) expect(await valueIn(cluster, name)).toBe(1)
    expect((await cluster.find(persistentVolumeClaims, 'web-root'))?.metadata.uid).toBe(before?.metadata.uid)
    // Once more: what was restored can be restored again.
    await writeTo(cluster, 'web-root', 6)
    await cluster.client.create(virtualMachineRestores, restoreOf('again', { volumeRestorePolicy: 'InPlace' }))
    await complete(cluster, 'again')
    expect(await valueIn(cluster, 'web-root')).toBe(1)
  })

  it('in place keeps its snapshot until all is put back, has none that is going, and takes turns with others', async () => {
    await using cluster = await TestEngine.start()
    const { services } = cluster.engine
    const key = { namespace, name: 'monday' }
    await withSnapshot(cluster)
    await cluster.act('web', 'start')
    await cluster.running('web')
    const waits = { volumeRestorePolicy: 'InPlace', targetReadinessPolicy: 'WaitEventually' } as const
    const before = await cluster.client.get(virtualMachineSnapshots, key)
    const first = await cluster.client.create(virtualMachineRestores, restoreOf('back', waits))
    const second = { ...first, metadata: { ...first.metadata, name: 'late', uid: 'another' } }
    // As the first thing that it does when its machine is off; the machine is on, so that the engine does nothing after it.
    await holdSnapshot(services, first, before)
    await cluster.client.delete(virtualMachineSnapshots, key)
    await expect(holdSnapshot(services, second, before)).rejects.toMatchObject({ code: 'Conflict' })
    const going = await cluster.client.get(virtualMachineSnapshots, key)
    await expect(holdSnapshot(services, second, going)).rejects.toThrow('VMSnapshot default/monday is being deleted')
    const machine = await cluster.client.get(virtualMachines, { namespace, name: 'web' })
    const beingTaken = { ...machine, status: { ...machine.status, snapshotInProgress: 'tuesday' } }
    await expect(markInProgress(services, first, beingTaken)).rejects.toThrow('vm snapshot tuesday in progress')
    await cluster.act('web', 'stop')
    await complete(cluster, 'back')
    for (const name of ['web-root', 'web-data']) expect(await valueIn(cluster, name)).toBe(1)
    await cluster.gone(virtualMachineSnapshots, 'monday')
  })

  it('to a new machine leaves the old one as it is', async () => {
    await using cluster = await TestEngine.start()
    await withSnapshot(cluster)
    const target = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'two' }
    const spec = { target, volumeRestorePolicy: 'PrefixTargetName' } as const
    await cluster.client.create(virtualMachineRestores, restoreOf('copy', spec))
    await complete(cluster, 'copy')
    const machine = await cluster.machine('two')
    expect(machine?.spec).toMatchObject({
      runStrategy: 'Halted',
      dataVolumeTemplates: [{ metadata: { name: 'two-root' } }, { metadata: { name: 'two-data' } }],
    })
    expect(await valueIn(cluster, 'two-root')).toBe(1)
    expect(await valueIn(cluster, 'web-root')).toBe(2)
    await cluster.client.delete(virtualMachines, { namespace, name: 'two' })
    await cluster.gone(persistentVolumeClaims, 'two-data')
  })

  it('gives volumes the names and labels it is told, and to nobody', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'disk', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } },
    })
    await until(
      'it is bound',
      () => cluster.find(persistentVolumeClaims, 'disk'),
      (found) => found?.status?.phase === 'Bound',
    )
    await cluster.create(machineWithClaims('web', ['disk'], 'Halted'))
    await cluster.shows('web', 'Stopped')
    await writeTo(cluster, 'disk', 1)
    await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
    await readySnapshot(cluster, 'monday')
    const spec = {
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'two' },
      volumeRestoreOverrides: [{ volumeName: 'disk', restoreName: 'mine', labels: { of: 'two' } }],
      volumeOwnershipPolicy: 'None',
    } as const
    await cluster.client.create(
      virtualMachineRestores,
      restoreOf('copy', { ...spec, volumeRestoreOverrides: [...spec.volumeRestoreOverrides] }),
    )
    await complete(cluster, 'copy')
    const claim = await cluster.find(persistentVolumeClaims, 'mine')
    expect(claim?.metadata.labels).toMatchObject({ of: 'two' })
    expect(claim?.metadata.ownerReferences ?? []).toEqual([])
    expect(await valueIn(cluster, 'mine')).toBe(1)
    // Whoever owns nothing takes nothing along.
    await cluster.client.delete(virtualMachines, { namespace, name: 'two' })
    await cluster.gone(virtualMachines, 'two')
    expect((await cluster.find(persistentVolumeClaims, 'mine'))?.metadata.deletionTimestamp).toBeUndefined()
  })

  it('waits for its machine as long as that takes with WaitEventually', async () => {
    await using cluster = await TestEngine.start()
    await withSnapshot(cluster)
    await cluster.act('web', 'start')
    await cluster.running('web')
    await cluster.client.create(
      virtualMachineRestores,
      restoreOf('back', { targetReadinessPolicy: 'WaitEventually', volumeRestorePolicy: 'InPlace' }),
    )
    await until(
      'it waits',
      () => cluster.events('back'),
      (events) => events.length > 0,
    )
    // Longer than any grace period.
    cluster.clock.leap(3_600_000)
    expect((await cluster.find(virtualMachineRestores, 'back'))?.status?.complete).not.toBe(true)
    await cluster.act('web', 'stop')
    await complete(cluster, 'back')
    expect(await valueIn(cluster, 'web-root')).toBe(1)
  })

  it.each([
    ['FailImmediate', 'Restore target VMI must be powered off before restore operation'],
    [
      'WaitGracePeriod',
      'Restore target failed to be ready within 5m0s. Please power off the target VM before attempting restore',
    ],
  ] as const)('of a machine that runs on fails with %s', async (targetReadinessPolicy, reason) => {
    await using cluster = await TestEngine.start()
    await withSnapshot(cluster)
    await cluster.act('web', 'start')
    await cluster.running('web')
    await cluster.client.create(virtualMachineRestores, restoreOf('back', { targetReadinessPolicy }))
    if (targetReadinessPolicy === 'WaitGracePeriod') {
      await until(
        'it waits',
        () => cluster.events('back'),
        (events) => events.length > 0,
      )
      cluster.clock.leap(301_000)
    }
    const failed = await until(
      'it failed',
      () => cluster.find(virtualMachineRestores, 'back'),
      (restore) => (restore?.status?.conditions ?? []).some(({ type }) => type === 'Failure'),
    )
    expect(failed.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Failure', status: 'True', reason }),
    )
    expect((await cluster.machine('web'))?.status?.restoreInProgress).toBeUndefined()
  })

  it('stops the machine with StopTarget', async () => {
    await using cluster = await TestEngine.start()
    await withSnapshot(cluster)
    await cluster.act('web', 'start')
    await cluster.running('web')
    await cluster.client.create(
      virtualMachineRestores,
      restoreOf('back', { targetReadinessPolicy: 'StopTarget', volumeRestorePolicy: 'InPlace' }),
    )
    await complete(cluster, 'back')
    expect(await cluster.instance('web')).toBeUndefined()
    expect(await valueIn(cluster, 'web-root')).toBe(1)
  })
})

describe('a clone', () => {
  const cloneOf = (spec: Partial<VirtualMachineClone['spec']> = {}): VirtualMachineClone => ({
    apiVersion: 'clone.kubevirt.io/v1beta1',
    kind: 'VirtualMachineClone',
    metadata: { name: 'copy', namespace },
    spec: {
      source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' },
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'two' },
      ...spec,
    },
  })

  it('of a machine that runs is another machine with the same disks, and leaves nothing behind', async () => {
    await using cluster = await TestEngine.start()
    await withSnapshot(cluster)
    await cluster.act('web', 'start')
    await cluster.running('web')
    const source = await cluster.machine('web')
    await cluster.client.create(virtualMachineClones, cloneOf({ newMacAddresses: { default: '02:00:00:00:00:07' } }))
    const done = await until(
      'the clone is there and cleaned up',
      () => cluster.find(virtualMachineClones, 'copy'),
      (clone) => clone?.status?.phase === 'Succeeded' && clone.status.restoreName === undefined,
    )
    expect(done.status).toMatchObject({
      targetName: 'two',
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True', reason: 'Ready' })]),
    })
    const clone = await cluster.machine('two')
    const firmware = [source, clone].map((machine) => machine?.spec.template.spec.domain.firmware)
    expect(firmware[1]?.uuid).toMatch(/^[0-9a-f-]{36}$/)
    expect(firmware[1]?.uuid).not.toBe(firmware[0]?.uuid)
    expect(firmware[1]?.serial).not.toBe(firmware[0]?.serial)
    await cluster.act('two', 'start')
    await cluster.running('two')
    expect(
      (await cluster.client.list(virtualMachineSnapshots, { namespace })).items.map(({ metadata }) => metadata.name),
    ).toEqual(['monday'])
    await until(
      'no restores',
      () => cluster.client.list(virtualMachineRestores, { namespace }),
      ({ items }) => items.length === 0,
    )
    // The clone goes with its machine.
    await cluster.client.delete(virtualMachines, { namespace, name: 'two' })
    await cluster.gone(virtualMachineClones, 'copy')
  })

  it('of a snapshot has what that holds, whatever became of the machine', async () => {
    await using cluster = await TestEngine.start()
    await withSnapshot(cluster)
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await cluster.gone(virtualMachines, 'web')
    const source = { apiGroup: 'snapshot.kubevirt.io', kind: 'VirtualMachineSnapshot', name: 'monday' } as const
    await cluster.client.create(virtualMachineClones, cloneOf({ source }))
    await until(
      'the clone is there and cleaned up',
      () => cluster.find(virtualMachineClones, 'copy'),
      (clone) => clone?.status?.phase === 'Succeeded' && clone.status.restoreName === undefined,
    )
    const clone = await cluster.machine('two')
    const disks = (clone?.spec.template.spec.volumes ?? []).flatMap(({ dataVolume }) => dataVolume?.name ?? [])
    expect(disks).toHaveLength(2)
    expect(await Promise.all(disks.map((name) => valueIn(cluster, name)))).toEqual([1, 1])
    await cluster.act('two', 'start')
    await cluster.running('two')
    // The snapshot was given, not made for it.
    expect((await cluster.find(virtualMachineSnapshots, 'monday'))?.status?.readyToUse).toBe(true)
  })

  it('waits for its source, and says so', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(virtualMachineClones, cloneOf())
    const waiting = await until(
      'it waits',
      () => cluster.find(virtualMachineClones, 'copy'),
      (clone) => clone?.status !== undefined,
    )
    expect(waiting.status?.phase).toBeUndefined()
    expect(waiting.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        reason: 'Source doesnt exist: VirtualMachine default/web',
      }),
    )
  })
})
