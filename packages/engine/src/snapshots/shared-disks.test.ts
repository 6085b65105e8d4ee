import { virtualMachineSnapshots, volumeSnapshots, type VirtualMachineInstanceSpec } from '@berth/api'
import { persistentVolumeClaims } from '@berth/kube'
import { expect, it } from 'vitest'
import { dataVolumeOf, machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { readySnapshot, snapshotOf } from './testing.ts'

const devices = {
  disks: [
    { name: 'root', disk: {} },
    { name: 'shared', shareable: true, disk: {} },
  ],
}

function machineWith(name: string) {
  const spec: Partial<VirtualMachineInstanceSpec> = {
    domain: { memory: { guest: '64Mi' }, devices },
    volumes: [
      { name: 'root', dataVolume: { name: `${name}-root` } },
      { name: 'shared', persistentVolumeClaim: { claimName: 'shared' } },
    ],
  }
  const template = { metadata: { name: `${name}-root` }, spec: dataVolumeOf(name).spec }
  return machineOf(name, { spec, dataVolumeTemplates: [template] })
}

it('what running machines share is left out of their snapshots, which say so, and is in them when all are off', async () => {
  await using cluster = await TestEngine.start()
  await cluster.client.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'shared', namespace },
    spec: {
      accessModes: ['ReadWriteMany'],
      storageClassName: 'local-raw',
      resources: { requests: { storage: '16Mi' } },
    },
  })
  for (const name of ['one', 'two']) await cluster.create(machineWith(name))
  for (const name of ['one', 'two']) await cluster.running(name)
  const machine = await until(
    'the machine says why',
    () => cluster.machine('one'),
    (found) => found?.status?.volumeSnapshotStatuses?.find(({ name }) => name === 'shared')?.enabled === false,
  )
  expect(machine.status?.volumeSnapshotStatuses).toEqual([
    { name: 'root', enabled: true },
    {
      name: 'shared',
      enabled: false,
      reason: 'Machines that run share this disk: a snapshot holds it only when all of them are off',
    },
  ])

  await cluster.client.create(virtualMachineSnapshots, snapshotOf('one', 'monday'))
  const snapshot = await readySnapshot(cluster, 'monday')
  expect(snapshot.status?.snapshotVolumes).toEqual({ includedVolumes: ['root'], excludedVolumes: ['shared'] })
  expect(snapshot.status?.indications).toContain('PartialSnapshot')

  await cluster.client.create(volumeSnapshots, {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: { name: 'alone', namespace },
    spec: { source: { persistentVolumeClaimName: 'shared' } },
  })
  const waiting = await until(
    'it says why',
    () => cluster.find(volumeSnapshots, 'alone'),
    (found) => found?.status?.error !== undefined,
  )
  expect(waiting.status?.error?.message).toBe(
    'machines that run share PersistentVolumeClaim "default/shared". A snapshot of it is taken when all of them are off.',
  )

  for (const name of ['one', 'two']) await cluster.act(name, 'stop')
  for (const name of ['one', 'two']) await cluster.shows(name, 'Stopped')
  cluster.clock.leap(5000)
  await until(
    'it is taken',
    () => cluster.find(volumeSnapshots, 'alone'),
    (found) => found?.status?.readyToUse === true,
  )
  await cluster.client.create(virtualMachineSnapshots, snapshotOf('one', 'tuesday'))
  const whole = await readySnapshot(cluster, 'tuesday')
  expect(whole.status?.snapshotVolumes).toEqual({ includedVolumes: ['root', 'shared'] })
})
