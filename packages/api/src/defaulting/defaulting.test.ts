import { describe, expect, it } from 'vitest'
import { exampleInstance, exampleMachine, exampleSpec } from '../testing/examples.ts'
import type { DomainSpec } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { resolveConfiguration } from '../configuration/cluster-configuration.ts'
import type { KubeVirtConfiguration } from '../types/kubevirt.ts'
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
    expect(machine.spec.template.metadata).toEqual({ annotations: { 'kubevirt.io/pci-topology-version': 'v3' } })

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
        devices: { interfaces: [{ name: 'default', masquerade: {} }] },
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

  it('gives no card where none is wanted, and leaves cards as they are', () => {
    expect(withDefaults({}, { devices: { autoattachPodInterface: false } }).domain.devices.interfaces).toBeUndefined()
    const interfaces = [{ name: 'n', ports: [{ port: 22 }] }]
    const spec = withDefaults({ networks: [{ name: 'n', pod: {} }] }, { devices: { interfaces } })
    expect(spec.domain.devices.interfaces).toEqual([{ name: 'n', ports: [{ port: 22 }] }])
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

/** [what, domain, rest of the spec, what the KubeVirt resource configures, what becomes of the spec at least] */
type Row = [string, Partial<DomainSpec>, Partial<VirtualMachineInstanceSpec>, KubeVirtConfiguration, object]
const on = { enabled: true }
const rows: Row[] = [
  [
    'a cluster with its own choices',
    {},
    {},
    {
      cpuModel: 'Haswell',
      cpuRequest: '250m',
      evictionStrategy: 'LiveMigrate',
      machineType: 'pc-q35-7.2',
      network: { defaultNetworkInterface: 'bridge' },
    },
    {
      evictionStrategy: 'LiveMigrate',
      domain: {
        cpu: { model: 'Haswell' },
        machine: { type: 'pc-q35-7.2' },
        resources: { requests: { cpu: '250m' } },
        devices: { interfaces: [{ name: 'default', bridge: {} }] },
      },
    },
  ],
  ['a topology in part', { cpu: { cores: 2 } }, {}, {}, { domain: { cpu: { cores: 2, model: 'host-model' } } }],
  [
    'memory of huge pages',
    { memory: { hugepages: { pageSize: '2Mi' } } },
    {},
    {},
    { domain: { memory: { guest: '2Mi', hugepages: { pageSize: '2Mi' } } } },
  ],
  [
    'named features',
    {
      features: {
        apic: {},
        smm: {},
        pvspinlock: {},
        kvm: {},
        hyperv: { relaxed: {}, spinlocks: {}, synictimer: { direct: {} }, tlbflush: { direct: {}, extended: {} } },
      },
    },
    {},
    {},
    {
      domain: {
        features: {
          acpi: on,
          apic: on,
          smm: on,
          pvspinlock: on,
          kvm: {},
          hyperv: {
            relaxed: on,
            spinlocks: { enabled: true, spinlocks: 4096 },
            synictimer: { enabled: true, direct: on },
            tlbflush: { enabled: true, direct: on, extended: on },
            synic: on,
            vpindex: on,
          },
        },
      },
    },
  ],
  [
    'features that need others',
    { features: { hyperv: { evmcs: {} } } },
    {},
    {},
    {
      domain: {
        features: { hyperv: { evmcs: on, vapic: on } },
        cpu: { features: [{ name: 'vmx', policy: 'require' }] },
      },
    },
  ],
  [
    'features whose needs were turned off',
    { features: { hyperv: { ipi: {}, synictimer: {}, vpindex: { enabled: false } } } },
    {},
    {},
    { domain: { features: { hyperv: { ipi: on, synictimer: on, vpindex: { enabled: false } } } } },
  ],
  [
    'timers',
    { clock: { utc: {}, timer: { hpet: {}, pit: { tickPolicy: 'delay' }, rtc: { present: false } } } },
    {},
    {},
    {
      domain: {
        clock: {
          timer: { hpet: { present: true }, pit: { tickPolicy: 'delay', present: true }, rtc: { present: false } },
        },
      },
    },
  ],
  [
    'probes',
    {},
    { readinessProbe: { guestAgentPing: {}, timeoutSeconds: 5 }, livenessProbe: { failureThreshold: 0 } },
    {},
    {
      readinessProbe: { timeoutSeconds: 5, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
      livenessProbe: { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
    },
  ],
  [
    'images',
    { firmware: { kernelBoot: { container: { image: 'registry.example/k@sha256:0' } } } },
    {
      volumes: [
        { name: 'a', containerDisk: { image: 'x' } },
        { name: 'b', containerDisk: { image: 'x:latest' } },
        { name: 'c', containerDisk: { image: 'x:1' } },
        { name: 'd', containerDisk: { image: 'x', imagePullPolicy: 'Never' } },
      ],
    },
    {},
    {
      domain: { firmware: { kernelBoot: { container: { imagePullPolicy: 'IfNotPresent' } } } },
      volumes: [
        { containerDisk: { imagePullPolicy: 'Always' } },
        { containerDisk: { imagePullPolicy: 'Always' } },
        { containerDisk: { imagePullPolicy: 'IfNotPresent' } },
        { containerDisk: { imagePullPolicy: 'Never' } },
      ],
    },
  ],
  [
    'a volume shown as a file system',
    { devices: { filesystems: [{ name: 'f', virtiofs: {} }], watchdog: { name: 'w' } } },
    { volumes: [{ name: 'f', configMap: { name: 'c' } }] },
    {},
    { domain: { devices: { filesystems: [{ name: 'f' }], watchdog: { i6300esb: { action: 'reset' } } } } },
  ],
  [
    'arm64',
    { devices: { disks: [{ name: 'a' }] } },
    { architecture: 'arm64' },
    { cpuModel: 'Haswell' },
    {
      domain: {
        cpu: { model: 'host-passthrough' },
        firmware: { bootloader: { efi: { secureBoot: false } } },
        machine: { type: 'virt' },
        devices: { disks: [{ name: 'a', disk: { bus: 'virtio' } }] },
      },
    },
  ],
  [
    's390x',
    { devices: { disks: [{ name: 'a' }], watchdog: { name: 'w' } } },
    { architecture: 's390x' },
    {},
    {
      domain: {
        features: { acpi: { enabled: false } },
        machine: { type: 's390-ccw-virtio' },
        devices: { disks: [{ name: 'a', disk: { bus: 'virtio' } }], watchdog: { diag288: { action: 'reset' } } },
      },
    },
  ],
]

describe("KubeVirt's defaults", () => {
  it.each(rows)('%s', (_what, domain, more, configuration, result) => {
    const spec: VirtualMachineInstanceSpec = { ...more, domain: { ...exampleSpec().domain, ...domain } }
    if (domain.memory?.hugepages !== undefined) spec.domain.memory = domain.memory
    defaultInstanceSpec(spec, { ...defaults, configuration: resolveConfiguration(configuration) })
    expect(spec).toMatchObject(result)
  })
})

describe('room to grow', () => {
  /** [what, domain, live update configuration, maxSockets, maxGuest] */
  const growth: [string, Partial<DomainSpec>, KubeVirtConfiguration, number | undefined, string | undefined][] = [
    ['four times', { memory: { guest: '2Gi' }, cpu: { sockets: 2, cores: 4, threads: 2 } }, {}, 8, '8Gi'],
    ['512 processors at most', { memory: { guest: '2Gi' }, cpu: { sockets: 40, cores: 4, threads: 2 } }, {}, 64, '8Gi'],
    [
      'as configured',
      { memory: { guest: '2Gi' } },
      { liveUpdateConfiguration: { maxCpuSockets: 8, maxGuest: '6Gi' } },
      8,
      '6Gi',
    ],
    [
      'another ratio',
      { memory: { guest: '1536Mi' } },
      { liveUpdateConfiguration: { maxHotplugRatio: 3 } },
      3,
      '4608Mi',
    ],
    ['none for small guests', { memory: { guest: '128Mi' } }, {}, 4, undefined],
    [
      'none where changes wait for the next start',
      { memory: { guest: '2Gi' } },
      { vmRolloutStrategy: 'Stage' },
      undefined,
      undefined,
    ],
    ['as written', { memory: { guest: '2Gi', maxGuest: '3Gi' }, cpu: { sockets: 1, maxSockets: 2 } }, {}, 2, '3Gi'],
  ]

  it.each(growth)('%s', (_what, domain, configuration, maxSockets, maxGuest) => {
    const instance = exampleInstance()
    instance.spec.domain = { ...instance.spec.domain, ...structuredClone(domain) }
    const options = { ...defaults, configuration: resolveConfiguration(configuration), now: new Date(0) }
    const still = structuredClone(instance)
    defaultInstance(instance, { ...options, hotplug: true })
    expect([instance.spec.domain.cpu?.maxSockets, instance.spec.domain.memory?.maxGuest]).toEqual([
      maxSockets,
      maxGuest,
    ])
    // A host that cannot add any makes no promise.
    defaultInstance(still, options)
    expect(still.spec.domain.memory?.maxGuest).toBe(domain.memory?.maxGuest)
  })
})

describe('architecture of a published image', () => {
  it.each([
    ['arm64', 'arm64'],
    ['riscv64', 'amd64'],
  ])('%s makes it %s', (label, architecture) => {
    const machine = exampleMachine()
    machine.spec.dataVolumeTemplates = [
      { metadata: { name: 'd' }, spec: { sourceRef: { kind: 'DataSource', name: 'fedora', namespace: 'images' } } },
    ]
    const imageLabels = (namespace: string, name: string) =>
      namespace === 'images' && name === 'fedora' ? { 'template.kubevirt.io/architecture': label } : undefined
    defaultMachine(machine, undefined, { ...defaults, imageLabels })
    expect(machine.spec.template.spec.architecture).toBe(architecture)
  })
})

describe('defaultInstance', () => {
  it('starts the status and holds the object', () => {
    const instance = exampleInstance()
    defaultInstance(instance, { ...defaults, now: new Date('2026-01-01T00:00:00Z') })
    expect(instance.metadata.finalizers).toEqual(['kubevirt.io/foregroundDeleteVirtualMachine'])
    expect(instance.metadata.annotations).toEqual({ 'kubevirt.io/pci-topology-version': 'v3' })
    expect(instance.status).toEqual({
      phase: 'Pending',
      phaseTransitionTimestamps: [{ phase: 'Pending', phaseTransitionTimestamp: '2026-01-01T00:00:00Z' }],
      runtimeUser: 107,
      memory: { guestAtBoot: '128Mi', guestCurrent: '128Mi', guestRequested: '128Mi' },
      currentCPUTopology: { sockets: 1, cores: 1, threads: 1 },
    })
  })
})
