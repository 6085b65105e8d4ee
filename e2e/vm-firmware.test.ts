// What a machine keeps beside its disks, its helper processes and its limits, from the manifest to the host and back.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  eventually,
  guestMachine,
  machineVerbs,
  uniqueName,
  useEngine,
  withoutKernel,
  type GuestOptions,
} from '@berth/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'qemu' })
const { act, becomes, create, instance, instanceBecomes } = machineVerbs(engine)

afterEach(() => engine().kubectl('delete', 'vm,pvc,configmap', '--all'))

const sealed: NonNullable<GuestOptions['spec']> = (spec) => {
  spec.domain.memory = { guest: '256Mi' }
  spec.domain.features = { smm: {} }
  spec.domain.firmware = { ...spec.domain.firmware, bootloader: { efi: { persistent: true } } }
  spec.domain.devices.tpm = { persistent: true }
  spec.domain.devices.filesystems = [{ name: 'settings', virtiofs: {} }]
  spec.volumes = [{ name: 'settings', configMap: { name: 'settings' } }]
}

const referenceTo = (name: string) => ({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name })

function ofMachine(kind: string, name: string, spec: object): object {
  return { apiVersion: 'snapshot.kubevirt.io/v1beta1', kind, metadata: { name }, spec }
}

describe('a machine with Secure Boot, a TPM and shared settings', () => {
  it('keeps its state in a claim, through restarts and until it is deleted', async () => {
    const { kubectl, dataDir, leftovers } = engine()
    await kubectl('create', 'configmap', 'settings', '--from-literal=colour=red')
    const name = await create('sealed', { spec: sealed })
    await becomes(name, 'Running')
    const { items } = JSON.parse(await kubectl('get', 'pvc', '-l', `persistent-state-for=${name}`, '-o', 'json'))
    expect(items).toHaveLength(1)
    const state = join(dataDir, 'volumes', 'volumes', items[0].spec.volumeName, 'state')
    expect((await readdir(state)).filter((entry) => !entry.startsWith('.')).toSorted()).toEqual(['tpm', 'vars.fd'])
    await eventually(async () => (await readdir(join(state, 'tpm'))).includes('tpm2-00.permall'))
    const first = await instance(name)
    await act('vm', name, 'restart')
    await instanceBecomes(name, 'Running', first)
    expect(JSON.parse(await kubectl('get', 'pvc', '-o', 'json')).items).toHaveLength(1)

    // A snapshot of it has all of this, and a restore puts it back.
    await kubectl.with(ofMachine('VirtualMachineSnapshot', name, { source: referenceTo(name) }), 'create', '-f', '-')
    await eventually(
      async () => (await kubectl('get', 'vmsnapshot', name, '-o', 'jsonpath={.status.readyToUse}')) === 'true',
    )
    await act('vm', name, 'stop')
    await becomes(name, 'Stopped')
    const restore = { target: referenceTo(name), virtualMachineSnapshotName: name }
    await kubectl.with(ofMachine('VirtualMachineRestore', name, restore), 'create', '-f', '-')
    await eventually(
      async () => (await kubectl('get', 'vmrestore', name, '-o', 'jsonpath={.status.complete}')) === 'true',
    )
    const [frozen = ''] = await readdir(join(dataDir, 'volumes', 'states'))
    const [claim, ...others] = JSON.parse(
      await kubectl('get', 'pvc', '-l', `persistent-state-for=${name}`, '-o', 'json'),
    ).items
    expect(others).toEqual([])
    expect(claim.metadata.name).not.toBe(items[0].metadata.name)
    const restored = join(dataDir, 'volumes', 'volumes', claim.spec.volumeName, 'state')
    for (const file of ['vars.fd', 'tpm/tpm2-00.permall']) {
      const kept = await readFile(join(dataDir, 'volumes', 'states', frozen, 'state', file))
      expect(kept.length).toBeGreaterThan(0)
      expect((await readFile(join(restored, file))).equals(kept)).toBe(true)
    }
    await act('vm', name, 'start')
    await becomes(name, 'Running')
    await kubectl('delete', 'vmsnapshot', name)
    await kubectl('delete', 'vm', name)
    await eventually(async () => (await leftovers()).length === 0)
  })

  it('is refused without system management mode, in the words of KubeVirt', async () => {
    const manifest = guestMachine(uniqueName('sealed'), {
      spec: (spec) => {
        sealed(spec)
        spec.domain.features = {}
      },
    })
    await expect(engine().kubectl.with(manifest, 'create', '-f', '-')).rejects.toThrow(
      'SecureBoot requires SMM, which is currently disabled.',
    )
  })
})

describe('limits', () => {
  it('are those of the manifest, and the node says which are kept', async () => {
    const { kubectl, qemuProcesses } = engine()
    const node = JSON.parse(await kubectl('get', 'nodes', '-o', 'json')).items[0]
    const condition = node.status.conditions.find(({ type }: { type: string }) => type === 'MachineLimits')
    expect(condition.message).toMatch(/^kept: /)
    const name = await create('bounded', {
      spec: (spec) => {
        withoutKernel(spec)
        spec.domain.resources = { limits: { cpu: '750m', memory: '256Mi' }, requests: { memory: '128Mi' } }
      },
    })
    await becomes(name, 'Running')
    const [pid] = await qemuProcesses()
    const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8')
    if (/cpu/.test(condition.message)) expect(groups).toMatch(/berth-[0-9a-f]{12}\/[0-9a-f-]{36}$/m)
    else expect(condition.status).toBe('False')
  })
})
