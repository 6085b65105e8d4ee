import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  persistentStateLabel,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshots,
  type VirtualMachineInstanceSpec,
  type VirtualMachineRestore,
} from '@berth/api'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { DriverError } from '@berth/hypervisor'
import { expect, it, vi } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { readySnapshot, snapshotOf, twoDisks } from './testing.ts'

const volumeName = 'persistent-state-for-web'
const spec: Partial<VirtualMachineInstanceSpec> = {
  ...twoDisks.spec,
  domain: {
    memory: { guest: '64Mi' },
    devices: { tpm: { persistent: true } },
    firmware: { bootloader: { efi: { secureBoot: false, persistent: true } } },
  },
}

async function stateClaims(cluster: TestEngine): Promise<PersistentVolumeClaim[]> {
  const { items } = await cluster.client.list(persistentVolumeClaims, { namespace })
  return items.filter(({ metadata }) => metadata.labels?.[persistentStateLabel] !== undefined)
}

async function folderOf(cluster: TestEngine): Promise<string> {
  const [claim] = await stateClaims(cluster)
  return cluster.engine.services.volumes.statePath(`pvc-${claim?.metadata.uid ?? ''}`)
}

/** As firmware and the TPM emulator do. */
async function keep(folder: string, value: string): Promise<void> {
  await mkdir(join(folder, 'tpm'), { recursive: true })
  await writeFile(join(folder, 'vars.fd'), value.repeat(1000))
  await writeFile(join(folder, 'tpm', 'tpm2-00.permall'), value)
  await writeFile(join(folder, 'tpm', '.lock'), '')
}

async function kept(folder: string): Promise<string[]> {
  const [variables, tpm] = ['vars.fd', 'tpm/tpm2-00.permall'].map((file) => readFile(join(folder, file), 'utf8'))
  return [((await variables) ?? '').slice(-1), (await tpm) ?? '']
}

function restoreOf(snapshot: string, more: Partial<VirtualMachineRestore['spec']> = {}): VirtualMachineRestore {
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineRestore',
    metadata: { name: `to-${snapshot}`, namespace },
    spec: {
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' },
      virtualMachineSnapshotName: snapshot,
      ...more,
    },
  }
}

async function restored(cluster: TestEngine, restore: VirtualMachineRestore): Promise<void> {
  await cluster.client.create(virtualMachineRestores, restore)
  await until(
    'it is restored',
    () => cluster.find(virtualMachineRestores, restore.metadata.name ?? ''),
    (found) => found?.status?.complete === true,
  )
}

async function stop(cluster: TestEngine): Promise<void> {
  await cluster.act('web', 'stop')
  await cluster.shows('web', 'Stopped')
}

it('the TPM and the UEFI variables of a machine are in its snapshots, and put back with its disks', async () => {
  await using cluster = await TestEngine.start()
  await cluster.create(machineOf('web', { ...twoDisks, spec }))
  await cluster.running('web')
  const folder = await folderOf(cluster)
  await keep(folder, 'a')
  await symlink('/etc/passwd', join(folder, 'tpm', 'planted'))
  await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
  const snapshot = await readySnapshot(cluster, 'monday')
  expect(snapshot.status?.snapshotVolumes?.includedVolumes).toEqual(['root', 'data', volumeName])
  const machine = await cluster.machine('web')
  expect(machine?.status?.volumeSnapshotStatuses).toContainEqual({ name: volumeName, enabled: true })

  await keep(folder, 'b')
  await stop(cluster)
  const [before] = await stateClaims(cluster)
  await restored(cluster, restoreOf('monday'))
  const [after, ...others] = await stateClaims(cluster)
  expect(others).toEqual([])
  expect(after?.metadata.name).not.toBe(before?.metadata.name)
  await cluster.gone(persistentVolumeClaims, before?.metadata.name ?? '')
  const now = await folderOf(cluster)
  expect(await kept(now)).toEqual(['a', 'a'])
  expect((await readdir(join(now, 'tpm'))).toSorted()).toEqual(['tpm2-00.permall'])
  await cluster.act('web', 'start')
  expect(cluster.domain(await cluster.running('web')).spec.stateFolder).toBe(now)
})

it('are put back in place, too, and go with the last that needs them', async () => {
  await using cluster = await TestEngine.start()
  await cluster.create(machineOf('web', { ...twoDisks, spec }))
  await cluster.running('web')
  const folder = await folderOf(cluster)
  await keep(folder, 'a')
  await stop(cluster)
  await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
  await readySnapshot(cluster, 'monday')
  await keep(folder, 'b')
  await restored(cluster, restoreOf('monday', { volumeRestorePolicy: 'InPlace' }))
  expect(await folderOf(cluster)).toBe(folder)
  expect(await kept(folder)).toEqual(['a', 'a'])

  const { volumes } = cluster.engine.services
  expect(await volumes.listSnapshots()).toHaveLength(3)
  await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
  await cluster.gone(virtualMachines, 'web')
  await cluster.client.delete(virtualMachineSnapshots, { namespace, name: 'monday' })
  await until(
    'nothing is left',
    async () => [...(await volumes.listSnapshots()), ...(await volumes.list())],
    (left) => left.length === 0,
  )
  await until(
    'nothing is left on disk',
    async () => {
      const places = ['states', 'volumes', 'images', 'staging'].map((place) =>
        readdir(join(cluster.dataDir, 'volumes', place)),
      )
      return (await Promise.all(places)).flat()
    },
    (left) => left.length === 0,
  )
})

it('leave nothing when the disks could not be frozen', async () => {
  await using cluster = await TestEngine.start()
  await cluster.create(machineOf('web', { ...twoDisks, spec }))
  const domain = cluster.domain(await cluster.running('web'))
  await keep(await folderOf(cluster), 'a')
  vi.spyOn(domain, 'snapshotDisks').mockRejectedValue(new DriverError('NoSpace', 'no space left'))
  await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
  await until(
    'the snapshot says why',
    () => cluster.find(virtualMachineSnapshots, 'monday'),
    (found) => found?.status?.error?.message?.includes('no space left') === true,
  )
  expect(await cluster.engine.services.volumes.listSnapshots()).toEqual([])
  expect(await readdir(join(cluster.dataDir, 'volumes', 'states'))).toEqual([])
})
