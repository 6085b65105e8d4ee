import { describe, expect, it } from 'vitest'
import { exampleInstance, exampleMachine, exampleSpec } from '../testing/examples.ts'
import type { DomainSpec } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { defaultInstance, defaultInstanceSpec } from './instance.ts'
import { defaultMachine } from './machine.ts'

const id = '5c2f6f1e-0000-4000-8000-000000000001'
const defaults = { architecture: 'amd64' as const, uuid: () => id }

function withDefaults(
  more: Partial<VirtualMachineInstanceSpec>,
  domain: Partial<DomainSpec> = {},
): VirtualMachineInstanceSpec {
  const spec = { ...exampleSpec(), ...more }
  spec.domain = { ...spec.domain, ...domain }
  defaultInstanceSpec(spec, defaults)
  return spec
}

describe('defaultMachine', () => {
  it('gives the guest an identity once', () => {
    const machine = exampleMachine()
    let count = 0
    defaultMachine(machine, undefined, { architecture: 'amd64', uuid: () => `id-${(count += 1)}` })
    const { spec } = machine.spec.template
    expect(spec.architecture).toBe('amd64')
    expect(spec.domain.machine).toEqual({ type: 'q35' })
    expect(spec.domain.firmware).toEqual({ uuid: 'id-1', serial: 'id-2' })

    const update = exampleMachine()
    defaultMachine(update, machine, { architecture: 'amd64', uuid: () => 'other' })
    expect(update.spec.template.spec.domain.firmware).toEqual({ uuid: 'id-1', serial: 'id-2' })
  })

  it('keeps what is written', () => {
    const machine = exampleMachine()
    machine.spec.template.spec.domain.firmware = { uuid: id, serial: 'mine' }
    machine.spec.template.spec.domain.machine = { type: 'pc-q35-7.2' }
    defaultMachine(machine, undefined, { ...defaults, uuid: () => 'other' })
    expect(machine.spec.template.spec.domain).toMatchObject({
      firmware: { uuid: id, serial: 'mine' },
      machine: { type: 'pc-q35-7.2' },
    })
  })

  it('reads a template without a spec as an empty one', () => {
    const machine = exampleMachine()
    Object.assign(machine.spec, { template: {} })
    defaultMachine(machine, undefined, defaults)
    expect(machine.spec.template.spec).toMatchObject({ architecture: 'amd64', domain: { devices: {} } })
  })
})

describe('defaultInstanceSpec', () => {
  it('fills a minimal spec', () => {
    expect(withDefaults({})).toEqual({
      architecture: 'amd64',
      evictionStrategy: 'None',
      terminationGracePeriodSeconds: 30,
      networks: [{ name: 'default', pod: {} }],
      domain: {
        cpu: { sockets: 1, cores: 1, threads: 1, model: 'host-model' },
        devices: { disks: [], interfaces: [{ name: 'default', masquerade: {} }] },
        features: { acpi: { enabled: true } },
        firmware: { uuid: id },
        machine: { type: 'q35' },
        memory: { guest: '128Mi' },
        resources: {},
      },
    })
  })

  it.each<[string, DomainSpec['resources'], DomainSpec['cpu'], DomainSpec['cpu']]>([
    ['limits', { limits: { cpu: '3' } }, undefined, { sockets: 3, cores: 1, threads: 1 }],
    ['requests, rounded up', { requests: { cpu: '1500m' } }, undefined, { sockets: 2, cores: 1, threads: 1 }],
    ['nonsense', { limits: { cpu: 'many' } }, undefined, { sockets: 1, cores: 1, threads: 1 }],
  ])('takes processors from %s', (_what, resources, cpu, result) => {
    const domain = { ...(resources === undefined ? {} : { resources }), ...(cpu === undefined ? {} : { cpu }) }
    expect(withDefaults({}, domain).domain.cpu).toMatchObject(result ?? {})
  })

  it.each<[string, DomainSpec['resources'], string]>([
    ['requests', { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } }, '1Gi'],
    ['limits', { limits: { memory: '2Gi' } }, '2Gi'],
  ])('takes memory from %s', (_what, resources, guest) => {
    const spec: VirtualMachineInstanceSpec = {
      domain: { ...(resources === undefined ? {} : { resources }), devices: {} },
    }
    defaultInstanceSpec(spec, defaults)
    expect(spec.domain.memory?.guest).toBe(guest)
  })

  it('attaches volumes that have no disk, and picks buses', () => {
    const spec = withDefaults(
      {
        volumes: [
          { name: 'a', emptyDisk: { capacity: '1Gi' } },
          { name: 'b', emptyDisk: { capacity: '1Gi' } },
        ],
      },
      { devices: { disks: [{ name: 'b', cdrom: {} }] } },
    )
    expect(spec.domain.devices.disks).toEqual([
      { name: 'b', cdrom: { bus: 'sata', readonly: true, tray: 'closed' } },
      { name: 'a', disk: { bus: 'sata' } },
    ])
    const arm: VirtualMachineInstanceSpec = {
      ...exampleSpec(),
      volumes: [{ name: 'a', emptyDisk: { capacity: '1Gi' } }],
    }
    defaultInstanceSpec(arm, { ...defaults, architecture: 'arm64' })
    expect(arm.domain.devices.disks).toEqual([{ name: 'a', disk: { bus: 'virtio' } }])
    expect(arm.domain.machine?.type).toBe('virt')
  })

  it('gives no card where none is wanted, and a binding where none is named', () => {
    expect(withDefaults({}, { devices: { autoattachPodInterface: false } }).domain.devices.interfaces).toBeUndefined()
    const spec = withDefaults(
      { networks: [{ name: 'n', pod: {} }] },
      { devices: { interfaces: [{ name: 'n', ports: [{ port: 22 }] }] } },
    )
    expect(spec.domain.devices.interfaces).toEqual([
      { name: 'n', masquerade: {}, ports: [{ port: 22, protocol: 'TCP' }] },
    ])
    const bridged = withDefaults(
      { networks: [{ name: 'n', pod: {} }] },
      { devices: { interfaces: [{ name: 'n', bridge: {} }] } },
    )
    expect(bridged.domain.devices.interfaces).toEqual([{ name: 'n', bridge: {} }])
  })

  it('turns named features on and completes devices', () => {
    const { domain } = withDefaults(
      {},
      {
        features: { acpi: {} },
        devices: { autoattachInputDevice: true, watchdog: { name: 'w', i6300esb: {} } },
      },
    )
    expect(domain.features).toEqual({ acpi: { enabled: true } })
    expect(domain.devices.inputs).toEqual([{ name: 'default-0', type: 'tablet', bus: 'usb' }])
    expect(domain.devices.watchdog).toEqual({ name: 'w', i6300esb: { action: 'reset' } })
  })

  it('changes nothing the second time', () => {
    const once = withDefaults({ volumes: [{ name: 'a', emptyDisk: { capacity: '1Gi' } }] })
    const twice = structuredClone(once)
    defaultInstanceSpec(twice, defaults)
    expect(twice).toEqual(once)
  })
})

describe('defaultInstance', () => {
  it('starts the status and holds the object', () => {
    const instance = exampleInstance()
    defaultInstance(instance, { ...defaults, now: new Date('2026-01-01T00:00:00Z') })
    expect(instance.metadata.finalizers).toEqual(['kubevirt.io/foregroundDeleteVirtualMachine'])
    expect(instance.status).toEqual({
      phase: 'Pending',
      phaseTransitionTimestamps: [{ phase: 'Pending', phaseTransitionTimestamp: '2026-01-01T00:00:00Z' }],
      runtimeUser: 107,
      memory: { guestAtBoot: '128Mi', guestCurrent: '128Mi', guestRequested: '128Mi' },
      currentCPUTopology: { sockets: 1, cores: 1, threads: 1 },
    })
  })
})
