import { describe, expect, it } from 'vitest'
import type { DomainSpec } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { DevicePreferences, InstancetypeSpec, PreferenceSpec } from '../types/instancetype.ts'
import { conflictCauses, conflictText } from './conflicts.ts'
import { applyReferences } from './expand.ts'

const small: InstancetypeSpec = { cpu: { guest: 2 }, memory: { guest: '1Gi' } }

function specOf(
  domain: Partial<DomainSpec> = {},
  rest: Partial<VirtualMachineInstanceSpec> = {},
): VirtualMachineInstanceSpec {
  return { domain: { devices: {}, ...domain }, ...rest }
}

function applied(
  references: { instancetype?: InstancetypeSpec; preference?: PreferenceSpec },
  spec = specOf(),
  annotations: Record<string, string> = {},
): { spec: VirtualMachineInstanceSpec; annotations: Record<string, string>; conflicts: string[] } {
  const metadata = { annotations: { ...annotations } }
  const conflicts = applyReferences(references, { spec, metadata, path: 'spec.template.spec' })
  return { spec, annotations: metadata.annotations, conflicts: conflicts.map(({ field }) => field) }
}

describe('conflicts of a machine with its instance type', () => {
  const at = 'spec.template.spec'
  const cases: [string, Partial<InstancetypeSpec>, VirtualMachineInstanceSpec, string[]][] = [
    ['sockets', {}, specOf({ cpu: { sockets: 1 } }), [`${at}.domain.cpu.sockets`]],
    [
      'all of the topology and the requests',
      {},
      specOf({
        cpu: { sockets: 1, cores: 1, threads: 1 },
        resources: { requests: { cpu: '1' }, limits: { cpu: '1' } },
      }),
      [
        `${at}.domain.resources.requests.cpu`,
        `${at}.domain.resources.limits.cpu`,
        `${at}.domain.cpu.sockets`,
        `${at}.domain.cpu.cores`,
        `${at}.domain.cpu.threads`,
      ],
    ],
    [
      'a model, where the type has one',
      { cpu: { guest: 1, model: 'a' } },
      specOf({ cpu: { model: 'b' } }),
      [`${at}.domain.cpu.model`],
    ],
    ['no model, where the type has none', {}, specOf({ cpu: { model: 'b' } }), []],
    [
      'dedicated processors and what goes with them',
      { cpu: { guest: 1, dedicatedCPUPlacement: false, isolateEmulatorThread: true, numa: {}, realtime: {} } },
      specOf({ cpu: { dedicatedCpuPlacement: true, isolateEmulatorThread: true, numa: {}, realtime: {} } }),
      [
        `${at}.domain.cpu.dedicatedCPUPlacement`,
        `${at}.domain.cpu.isolateEmulatorThread`,
        `${at}.domain.cpu.numa`,
        `${at}.domain.cpu.realtime`,
      ],
    ],
    [
      'memory, the first only',
      {},
      specOf({ memory: { guest: '1Gi' }, resources: { requests: { memory: '1Gi' } } }),
      [`${at}.domain.memory.guest`],
    ],
    [
      'memory requested',
      {},
      specOf({ resources: { requests: { memory: '1Gi' } } }),
      [`${at}.domain.resources.requests.memory`],
    ],
    [
      'memory limited',
      {},
      specOf({ resources: { limits: { memory: '1Gi' } } }),
      [`${at}.domain.resources.limits.memory`],
    ],
    [
      'pages',
      { memory: { guest: '1Gi', hugepages: { pageSize: '2Mi' } } },
      specOf({ memory: { hugepages: { pageSize: '1Gi' } } }),
      [`${at}.domain.memory.hugepages`],
    ],
    [
      'the most memory',
      { memory: { guest: '1Gi', maxGuest: '2Gi' } },
      specOf({ memory: { maxGuest: '2Gi' } }),
      [`${at}.domain.memory.maxGuest`],
    ],
    [
      'placement',
      { nodeSelector: { a: 'b' }, schedulerName: 's' },
      specOf({}, { nodeSelector: {}, schedulerName: 't' }),
      [`${at}.nodeSelector`, `${at}.schedulerName`],
    ],
    [
      'threads for disks',
      { ioThreads: { supplementalPoolThreadCount: 2 }, ioThreadsPolicy: 'auto' },
      specOf({ ioThreads: { supplementalPoolThreadCount: 1 }, ioThreadsPolicy: 'shared' }),
      [`${at}.domain.ioThreads.supplementalPoolThreadCount`, `${at}.domain.ioThreadsPolicy`],
    ],
    [
      'devices of the host, and encryption',
      { gpus: [{ name: 'g' }], hostDevices: [{ name: 'h' }], launchSecurity: {} },
      specOf({ devices: { gpus: [{ name: 'x' }], hostDevices: [{ name: 'y' }] }, launchSecurity: {} }),
      [`${at}.domain.launchSecurity`, `${at}.domain.devices.gpus`, `${at}.domain.devices.hostDevices`],
    ],
  ]
  it.each(cases)('%s', (_name, more, spec, fields) => {
    expect(applied({ instancetype: { ...small, ...more } }, spec).conflicts).toEqual(fields)
  })

  it('are about annotations too', () => {
    const instancetype = { ...small, annotations: { same: '1', other: '2', new: '3' } }
    const found = applied({ instancetype }, specOf(), { same: '1', other: 'x' })
    expect(found.conflicts).toEqual(['annotations.other'])
  })

  it('are told in KubeVirt’s words', () => {
    const conflicts = [{ field: 'spec.a' }, { field: 'spec.b' }]
    expect(conflictText(conflicts)).toBe('VM field(s) spec.a, spec.b conflicts with selected instance type')
    expect(conflictCauses(conflicts).map(({ message }) => message)).toEqual([
      'VM field(s) spec.a conflicts with selected instance type',
      'VM field(s) spec.b conflicts with selected instance type',
    ])
  })
})

describe('an instance type', () => {
  it('gives all it has', () => {
    const instancetype: InstancetypeSpec = {
      cpu: {
        guest: 2,
        model: 'm',
        dedicatedCPUPlacement: true,
        isolateEmulatorThread: true,
        numa: {},
        realtime: {},
        maxSockets: 8,
      },
      memory: { guest: '1Gi', hugepages: { pageSize: '2Mi' }, maxGuest: '4Gi' },
      nodeSelector: { a: 'b' },
      schedulerName: 's',
      ioThreadsPolicy: 'auto',
      ioThreads: { supplementalPoolThreadCount: 2 },
      gpus: [{ name: 'g' }],
      hostDevices: [{ name: 'h' }],
      annotations: { k: 'v' },
    }
    const found = applied({ instancetype })
    expect(found.spec).toEqual({
      domain: {
        cpu: {
          sockets: 2,
          cores: 1,
          threads: 1,
          model: 'm',
          dedicatedCpuPlacement: true,
          isolateEmulatorThread: true,
          numa: {},
          realtime: {},
          maxSockets: 8,
        },
        memory: { guest: '1Gi', hugepages: { pageSize: '2Mi' }, maxGuest: '4Gi' },
        ioThreadsPolicy: 'auto',
        ioThreads: { supplementalPoolThreadCount: 2 },
        devices: { gpus: [{ name: 'g' }], hostDevices: [{ name: 'h' }] },
      },
      nodeSelector: { a: 'b' },
      schedulerName: 's',
    })
    expect(found.annotations).toEqual({ k: 'v' })
  })

  it.each([
    ['4Gi', 50, '2Gi'],
    ['1Gi', 25, '768Mi'],
    ['512Mi', 100, '0'],
    ['1G', 50, '500M'],
  ])('of %s overcommitted by %d %% asks for %s', (guest, overcommitPercent, asked) => {
    const { spec } = applied({ instancetype: { cpu: { guest: 1 }, memory: { guest, overcommitPercent } } })
    expect(spec.domain.memory?.guest).toBe(guest)
    expect(spec.domain.resources?.requests).toEqual({ memory: asked })
  })
})

describe('a preference fills what is open and no more', () => {
  const devices = (preferred: DevicePreferences): PreferenceSpec => ({ devices: preferred })
  const cases: [string, PreferenceSpec, VirtualMachineInstanceSpec, VirtualMachineInstanceSpec][] = [
    [
      'buses by kind of disk',
      devices({ preferredDiskBus: 'virtio', preferredCdromBus: 'scsi', preferredLunBus: 'scsi' }),
      specOf({
        devices: {
          disks: [
            { name: 'a' },
            { name: 'b', cdrom: {} },
            { name: 'c', lun: {} },
            { name: 'd', disk: { bus: 'sata' } },
          ],
        },
      }),
      specOf({
        devices: {
          disks: [
            { name: 'a', disk: { bus: 'virtio' } },
            { name: 'b', cdrom: { bus: 'scsi' } },
            { name: 'c', lun: { bus: 'scsi' } },
            { name: 'd', disk: { bus: 'sata' } },
          ],
        },
      }),
    ],
    [
      'settings of disks, and a thread where the bus takes one',
      devices({
        preferredDiskBus: 'virtio',
        preferredDiskCache: 'none',
        preferredDiskIO: 'native',
        preferredDiskDedicatedIoThread: true,
      }),
      specOf({
        devices: {
          disks: [
            { name: 'a', disk: {} },
            { name: 'b', disk: { bus: 'sata' }, cache: 'writeback' },
          ],
        },
      }),
      specOf({
        devices: {
          disks: [
            { name: 'a', disk: { bus: 'virtio' }, cache: 'none', io: 'native', dedicatedIOThread: true },
            { name: 'b', disk: { bus: 'sata' }, cache: 'writeback', io: 'native' },
          ],
        },
      }),
    ],
    [
      'cards',
      devices({ preferredInterfaceModel: 'e1000e', preferredInterfaceMasquerade: {} }),
      specOf(
        { devices: { interfaces: [{ name: 'a' }, { name: 'b', model: 'virtio', bridge: {} }, { name: 'c' }] } },
        {
          networks: [
            { name: 'a', pod: {} },
            { name: 'b', pod: {} },
            { name: 'c', multus: { networkName: 'n' } },
          ],
        },
      ),
      specOf(
        {
          devices: {
            interfaces: [
              { name: 'a', model: 'e1000e', masquerade: {} },
              { name: 'b', model: 'virtio', bridge: {} },
              { name: 'c', model: 'e1000e' },
            ],
          },
        },
        {
          networks: [
            { name: 'a', pod: {} },
            { name: 'b', pod: {} },
            { name: 'c', multus: { networkName: 'n' } },
          ],
        },
      ),
    ],
    [
      'switches, but for the one whose absence cannot be told',
      devices({
        preferredAutoattachMemBalloon: false,
        preferredBlockMultiQueue: true,
        preferredDisableHotplug: true,
        preferredRng: {},
      }),
      specOf({ devices: { blockMultiQueue: false, disableHotplug: false } }),
      specOf({ devices: { blockMultiQueue: false, disableHotplug: true, autoattachMemBalloon: false, rng: {} } }),
    ],
    [
      'sound, screen, keys and panic',
      devices({
        preferredSoundModel: 'ich9',
        preferredVideoType: 'vga',
        preferredInputBus: 'usb',
        preferredPanicDeviceModel: 'isa',
      }),
      specOf({ devices: { sound: { name: 's' }, inputs: [{ name: 'i', type: 'tablet', bus: 'virtio' }] } }),
      specOf({
        devices: {
          sound: { name: 's', model: 'ich9' },
          video: { type: 'vga' },
          inputs: [{ name: 'i', type: 'tablet', bus: 'virtio' }],
          panicDevices: [{ model: 'isa' }],
        },
      }),
    ],
    [
      'processor features that are not named',
      { cpu: { preferredCPUFeatures: [{ name: 'a', policy: 'require' }, { name: 'b' }] } },
      specOf({ cpu: { features: [{ name: 'a', policy: 'disable' }] } }),
      specOf({ cpu: { features: [{ name: 'a', policy: 'disable' }, { name: 'b' }] } }),
    ],
    [
      'features, with ACPI always its own',
      {
        features: {
          preferredAcpi: { enabled: false },
          preferredApic: {},
          preferredHyperv: { relaxed: {}, vapic: { enabled: true } },
          preferredSmm: {},
        },
      },
      specOf({ features: { acpi: { enabled: true }, hyperv: { vapic: { enabled: false } } } }),
      specOf({
        features: { acpi: { enabled: false }, apic: {}, hyperv: { relaxed: {}, vapic: { enabled: false } }, smm: {} },
      }),
    ],
    [
      'UEFI',
      { firmware: { preferredEfi: { secureBoot: true } } },
      specOf(),
      specOf({ firmware: { bootloader: { efi: { secureBoot: true } } } }),
    ],
    [
      'UEFI as it was asked for once',
      { firmware: { preferredUseEfi: true, preferredUseSecureBoot: false } },
      specOf(),
      specOf({ firmware: { bootloader: { efi: { secureBoot: false } } } }),
    ],
    [
      'no UEFI where there is a BIOS',
      { firmware: { preferredEfi: {} } },
      specOf({ firmware: { bootloader: { bios: {} } } }),
      specOf({ firmware: { bootloader: { bios: {} } } }),
    ],
    [
      'a BIOS on the serial port',
      { firmware: { preferredUseBios: true, preferredUseBiosSerial: true } },
      specOf(),
      specOf({ firmware: { bootloader: { bios: { useSerial: true } } } }),
    ],
    [
      'a machine type',
      { machine: { preferredMachineType: 'pc-q35-7.2' } },
      specOf(),
      specOf({ machine: { type: 'pc-q35-7.2' } }),
    ],
    [
      'no other machine type',
      { machine: { preferredMachineType: 'pc-q35-7.2' } },
      specOf({ machine: { type: 'q35' } }),
      specOf({ machine: { type: 'q35' } }),
    ],
    [
      'a clock whole or not at all',
      { clock: { preferredClockOffset: { timezone: 'UTC' }, preferredTimer: { hpet: { present: false } } } },
      specOf({ clock: { utc: { offsetSeconds: 1 } } }),
      specOf({ clock: { utc: { offsetSeconds: 1 }, timer: { hpet: { present: false } } } }),
    ],
    [
      'the rest',
      { preferredSubdomain: 'd', preferredTerminationGracePeriodSeconds: 9, preferredArchitecture: 'arm64' },
      specOf(),
      specOf({}, { subdomain: 'd', terminationGracePeriodSeconds: 9, architecture: 'arm64' }),
    ],
    [
      'none of the rest',
      { preferredSubdomain: 'd', preferredTerminationGracePeriodSeconds: 9, preferredArchitecture: 'arm64' },
      specOf({}, { subdomain: 'e', terminationGracePeriodSeconds: 0, architecture: 'amd64' }),
      specOf({}, { subdomain: 'e', terminationGracePeriodSeconds: 0, architecture: 'amd64' }),
    ],
  ]
  it.each(cases)('%s', (_name, preference, spec, wanted) => {
    expect(applied({ preference }, spec).spec).toEqual(wanted)
  })

  it('annotations that are not there', () => {
    const found = applied({ preference: { annotations: { a: '1', b: '2' } } }, specOf(), { a: 'x' })
    expect(found.annotations).toEqual({ a: 'x', b: '2' })
  })
})
