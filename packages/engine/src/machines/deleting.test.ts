import { dataVolumes, virtualMachineInstances, virtualMachines } from '@berth/api'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { namespaces, persistentVolumeClaims, pods } from '@berth/kube'
import { dataVolumeOf, instanceOf, machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

const withDisk = (name: string, inNamespace = namespace) =>
  machineOf(name, {
    namespace: inNamespace,
    spec: { volumes: [{ name: 'root', dataVolume: { name: `${name}-root` } }] },
    dataVolumeTemplates: [{ metadata: { name: `${name}-root` }, spec: dataVolumeOf('').spec }],
  })

async function nothingOnHost(cluster: TestEngine): Promise<void> {
  const { paths, services } = cluster.engine
  const look = async (): Promise<string[]> => [
    ...services.driver.list().map((domain) => domain.id),
    ...(await readdir(join(paths.volumes, 'images'))),
    ...(await readdir(paths.ephemeral)),
  ]
  await until('the host is empty', look, (found) => found.length === 0)
}

describe('deleting a machine', () => {
  it('takes everything along in the background', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(withDisk('web'))
    await cluster.running('web')
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await cluster.gone(virtualMachines, 'web')
    await cluster.gone(dataVolumes, 'web-root')
    await cluster.gone(persistentVolumeClaims, 'web-root')
    await nothingOnHost(cluster)
    const { items } = await cluster.client.list(pods, { namespace })
    expect(items).toEqual([])
  })

  it('goes last when that is asked for', async () => {
    await using cluster = await TestEngine.start({ simulated: { shutdownDelayMs: 3_600_000 } })
    await cluster.create(withDisk('web'))
    await cluster.running('web')
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' }, { propagationPolicy: 'Foreground' })
    const machine = await cluster.shows('web', 'Terminating')
    expect(machine.metadata.finalizers).toContain('foregroundDeletion')
    await until(
      'asked',
      () => cluster.events('web'),
      (events) => events.some((event) => event.startsWith('ShuttingDown')),
    )
    cluster.clock.leap(31_000)
    await cluster.gone(virtualMachines, 'web')
    expect(await cluster.instance('web')).toBeUndefined()
    await nothingOnHost(cluster)
  })

  it('leaves the instance running when that is asked for', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web'))
    const before = await cluster.running('web')
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' }, { propagationPolicy: 'Orphan' })
    await cluster.gone(virtualMachines, 'web')
    const after = await cluster.running('web')
    expect(after.metadata.uid).toBe(before.metadata.uid)
    expect(after.metadata.ownerReferences ?? []).toEqual([])
    await cluster.client.delete(virtualMachineInstances, { namespace, name: 'web' })
    await cluster.gone(virtualMachineInstances, 'web')
    await nothingOnHost(cluster)
  })

  it('frees the name at once, and the new machine never sees the old disk', async () => {
    await using cluster = await TestEngine.start()
    for (let round = 0; round < 5; round += 1) {
      await cluster.create(withDisk('web'))
      const { metadata } = await cluster.running('web')
      const [machine, dataVolume, claim] = await Promise.all([
        cluster.machine('web'),
        cluster.find(dataVolumes, 'web-root'),
        cluster.find(persistentVolumeClaims, 'web-root'),
      ])
      expect(dataVolume?.metadata.ownerReferences?.[0]?.uid).toBe(machine?.metadata.uid)
      expect(claim?.metadata.ownerReferences?.[0]?.uid).toBe(dataVolume?.metadata.uid)
      const disk = cluster.engine.services.driver.get(metadata.uid ?? '')?.spec.disks[0]
      expect(disk?.path).toBe((await cluster.engine.services.volumes.images(claim?.spec.volumeName ?? '?')).path)
      await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
      await cluster.gone(virtualMachines, 'web')
    }
    await nothingOnHost(cluster)
  })

  it('frees the name of an instance without a machine', async () => {
    await using cluster = await TestEngine.start()
    for (let round = 0; round < 5; round += 1) {
      await cluster.client.create(virtualMachineInstances, instanceOf('lone'))
      await cluster.running('lone')
      await cluster.client.delete(virtualMachineInstances, { namespace, name: 'lone' })
      await cluster.gone(virtualMachineInstances, 'lone')
    }
    await nothingOnHost(cluster)
  })

  it('happens with its namespace', async () => {
    await using cluster = await TestEngine.start()
    const team = 'team-a'
    await cluster.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: team } })
    await cluster.create(withDisk('web', team))
    await cluster.create(withDisk('db', team))
    await until(
      'both run',
      () => cluster.client.list(virtualMachineInstances, { namespace: team }),
      ({ items }) => items.length === 2 && items.every((item) => item.status?.phase === 'Running'),
    )
    await cluster.client.delete(namespaces, { name: team })
    await cluster.gone(namespaces, team)
    await nothingOnHost(cluster)
    expect((await cluster.client.list(virtualMachines)).items).toEqual([])
  })

  it('refuses what the other one of the same name owns', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(virtualMachineInstances, instanceOf('web'))
    await cluster.running('web')
    await cluster.create(machineOf('web'))
    const machine = await until(
      'the conflict shows',
      () => cluster.machine('web'),
      (found) => (found?.status?.conditions ?? []).some((entry) => entry.type === 'Failure'),
    )
    expect(machine.status?.conditions?.find((entry) => entry.type === 'Failure')?.reason).toBe('FailedCreate')
    await cluster.client.delete(virtualMachineInstances, { namespace, name: 'web' })
    await cluster.shows('web', 'Running')
  })
})
