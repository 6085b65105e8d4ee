import {
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  virtualMachines,
  volumeSnapshotContents,
  volumeSnapshots,
} from '@berth/api'
import { describe, expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { readySnapshot, snapshotOf, twoDisks } from './testing.ts'

describe('a snapshot of a machine', () => {
  it('that runs freezes all its disks at one instant, and says what it holds', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', twoDisks))
    const instance = await cluster.running('web')
    const before = cluster.domain(instance).spec.disks.map(({ path }) => path)
    await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
    const snapshot = await readySnapshot(cluster, 'monday')
    expect(snapshot.status).toMatchObject({
      phase: 'Succeeded',
      virtualMachineSnapshotContentName: `vmsnapshot-content-${snapshot.metadata.uid}`,
      indications: ['GuestAgent', 'Online'],
      snapshotVolumes: { includedVolumes: ['root', 'data'], excludedVolumes: ['seed'] },
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'Ready', status: 'True', reason: 'Ready' }),
        expect.objectContaining({ type: 'Progressing', status: 'False', reason: 'Operation complete' }),
      ]),
    })
    const machine = await cluster.machine('web')
    expect(machine?.metadata.finalizers).not.toContain('snapshot.kubevirt.io/snapshot-source-protection')
    const after = cluster.domain(instance).spec.disks
    expect(
      after
        .slice(0, 2)
        .every(({ path, backing }, index) => path !== before[index] && backing?.[0]?.path === before[index]),
    ).toBe(true)
    const taken = (await cluster.client.list(volumeSnapshots, { namespace })).items
    expect(taken).toHaveLength(2)
    expect(new Set(taken.map(({ status }) => status?.creationTime)).size).toBe(1)
    expect(taken.every(({ status }) => status?.readyToUse === true && status.restoreSize === '16Mi')).toBe(true)
    const { body } = await cluster.client.transport.request({ method: 'GET', path: '/metrics' })
    let text = ''
    for await (const chunk of body) text += Buffer.from(chunk).toString()
    expect(text).toContain(
      `kubevirt_vmsnapshot_succeeded_timestamp_seconds{name="web",snapshot_name="monday",namespace="default"} ${Date.parse(snapshot.status?.creationTime ?? '') / 1000}\n`,
    )
  })

  it('goes with everything of it, outlives its machine, and stays where it is to be kept', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { ...twoDisks, runStrategy: 'Halted' }))
    await until(
      'disks',
      () => cluster.machine('web'),
      (machine) => machine?.status?.printableStatus === 'Stopped',
    )
    await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
    const kept = snapshotOf('web', 'tuesday')
    kept.spec.deletionPolicy = 'Retain'
    await readySnapshot(cluster, 'monday')
    await cluster.client.create(virtualMachineSnapshots, kept)
    await readySnapshot(cluster, 'tuesday')
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await cluster.gone(virtualMachines, 'web')
    const store = cluster.engine.services.volumes
    expect(await store.listSnapshots()).toHaveLength(4)
    for (const name of ['monday', 'tuesday']) {
      await cluster.client.delete(virtualMachineSnapshots, { namespace, name })
      await cluster.gone(virtualMachineSnapshots, name)
    }
    await until(
      'two are left',
      () => store.listSnapshots(),
      (handles) => handles.length === 2,
    )
    const contents = await cluster.client.list(virtualMachineSnapshotContents, { namespace })
    expect(contents.items.map(({ spec }) => spec.virtualMachineSnapshotName)).toEqual(['tuesday'])
    await cluster.client.delete(virtualMachineSnapshotContents, {
      namespace,
      name: contents.items[0]?.metadata.name ?? '',
    })
    await until(
      'none are left',
      () => store.listSnapshots(),
      (handles) => handles.length === 0,
    )
    await until(
      'no contents',
      () => cluster.client.list(volumeSnapshotContents),
      ({ items }) => items.length === 0,
    )
  })
})
