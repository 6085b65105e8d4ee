import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { persistentStateLabel, virtualMachines, type VirtualMachineInstanceSpec } from '@berth/api'
import { persistentVolumeClaims, persistentVolumes, type PersistentVolumeClaim } from '@berth/kube'
import { describe, expect, it } from 'vitest'
import { machineOf } from '../../testing/manifests.ts'
import { namespace, TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'

const keepsTpm: Partial<VirtualMachineInstanceSpec> = {
  domain: { memory: { guest: '64Mi' }, devices: { tpm: { persistent: true } } },
}

async function claims(cluster: TestEngine): Promise<PersistentVolumeClaim[]> {
  return (await cluster.client.list(persistentVolumeClaims, { namespace })).items
}

/** The folder that the running machine was given. */
async function stateFolder(cluster: TestEngine, name: string): Promise<string> {
  return cluster.domain(await cluster.running(name)).spec.stateFolder ?? ''
}

describe('the claim of a machine that keeps its TPM', () => {
  it('is in its namespace, found by its label, owned by it, and holds a folder', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { spec: keepsTpm }))
    const folder = await stateFolder(cluster, 'web')
    const [claim] = await claims(cluster)
    expect(claim).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^persistent-state-for-web-[0-9a-f]{5}$/),
        labels: { [persistentStateLabel]: 'web' },
        ownerReferences: [{ kind: 'VirtualMachine', name: 'web' }],
      },
      spec: { resources: { requests: { storage: '10Mi' } }, volumeMode: 'Filesystem' },
      status: { phase: 'Bound' },
    })
    expect(folder).toBe(join(cluster.dataDir, 'volumes', 'volumes', `pvc-${claim?.metadata.uid}`, 'state'))
    expect((await stat(folder)).isDirectory()).toBe(true)
    expect(cluster.domain(await cluster.running('web')).spec.tpm).toEqual({ model: 'tpm-crb', kept: true })
  })

  it('is the same at the next start, another one for another machine, and new for a new machine of the name', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { spec: keepsTpm }))
    await cluster.create(machineOf('db', { spec: keepsTpm }))
    const folder = await stateFolder(cluster, 'web')
    expect(await stateFolder(cluster, 'db')).not.toBe(folder)
    const first = (await cluster.running('web')).metadata.uid
    await writeFile(join(folder, 'mark'), 'x')
    await cluster.act('web', 'restart')
    await until(
      'a new run',
      () => cluster.instance('web'),
      (found) => found?.status?.phase === 'Running' && found.metadata.uid !== first,
    )
    expect(await stateFolder(cluster, 'web')).toBe(folder)
    expect(await readdir(folder)).toEqual(['mark'])
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await cluster.gone(virtualMachines, 'web')
    await cluster.create(machineOf('web', { spec: keepsTpm }))
    const fresh = await stateFolder(cluster, 'web')
    expect(fresh).not.toBe(folder)
    expect(await readdir(fresh)).toEqual([])
  })

  it('goes with the machine, and its files with it', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { spec: keepsTpm }))
    const folder = await stateFolder(cluster, 'web')
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await until(
      'no claim and no volume',
      async () => [...(await claims(cluster)), ...(await cluster.client.list(persistentVolumes)).items],
      (left) => left.length === 0,
    )
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('goes when the machine has, if it was deleted while that ran', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { spec: keepsTpm }))
    const folder = await stateFolder(cluster, 'web')
    const [claim] = await claims(cluster)
    const name = claim?.metadata.name ?? ''
    await cluster.client.delete(persistentVolumeClaims, { namespace, name })
    expect((await cluster.find(persistentVolumeClaims, name))?.metadata.deletionTimestamp).toBeDefined()
    expect((await stat(folder)).isDirectory()).toBe(true)
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await cluster.gone(persistentVolumeClaims, name)
    await until(
      'its volume is gone, too',
      () => cluster.client.list(persistentVolumes),
      ({ items }) => items.length === 0,
    )
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is not made for what is not kept', async () => {
    await using cluster = await TestEngine.start()
    const spec: Partial<VirtualMachineInstanceSpec> = {
      domain: {
        memory: { guest: '64Mi' },
        devices: { tpm: {} },
        firmware: { bootloader: { efi: { secureBoot: false } } },
      },
    }
    await cluster.create(machineOf('web', { spec }))
    const domain = cluster.domain(await cluster.running('web'))
    expect(domain.spec.tpm).toEqual({ model: 'tpm-tis', kept: false })
    expect(domain.spec.firmware).toEqual({ kind: 'uefi', secureBoot: false, kept: false })
    expect(domain.spec.stateFolder).toBeUndefined()
    expect(await claims(cluster)).toEqual([])
  })
})

describe('firmware and limits of a machine', () => {
  it('are what its manifest says', async () => {
    await using cluster = await TestEngine.start()
    const spec: Partial<VirtualMachineInstanceSpec> = {
      domain: {
        memory: { guest: '64Mi' },
        resources: { requests: { memory: '64Mi', cpu: '250m' }, limits: { memory: '128Mi', cpu: '1500m' } },
        devices: {},
        features: { smm: {} },
        firmware: { bootloader: { efi: { persistent: true } } },
      },
    }
    await cluster.create(machineOf('web', { spec }))
    const { spec: domain } = cluster.domain(await cluster.running('web'))
    expect(domain).toMatchObject({
      firmware: { kind: 'uefi', secureBoot: true, kept: true },
      smm: true,
      limits: { cpus: 1.5, cpuShareMillis: 250 },
    })
    expect(domain.limits?.memoryBytes).toBeGreaterThan(128 * 1024 ** 2)
  })
})
