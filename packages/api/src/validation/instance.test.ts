import { describe, expect, it } from 'vitest'
import { exampleInstance } from '../testing/examples.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { validateInstanceCreate, validateInstanceSpec, validateInstanceUpdate } from './instance.ts'

/** A spec from plain JSON, as clients send it: the point of these tests is what types would not let us write. */
function spec(domain: object, more: object = {}): VirtualMachineInstanceSpec {
  return JSON.parse(
    JSON.stringify({ domain: { memory: { guest: '1Gi' }, devices: {}, ...domain }, ...more }),
  ) as VirtualMachineInstanceSpec
}

const emptyDisk = { emptyDisk: { capacity: '1Gi' } }
const volumes = [
  { name: 'a', ...emptyDisk },
  { name: 'b', ...emptyDisk },
]
const disk = (more: object) => spec({ devices: { disks: [{ name: 'a', ...more }] } }, { volumes })
const volume = (more: object) => spec({ devices: { disks: [] } }, { volumes: [{ name: 'a', ...more }] })
const card = (more: object, network: object = { pod: {} }) =>
  spec({ devices: { interfaces: [{ name: 'n', masquerade: {}, ...more }] } }, { networks: [{ name: 'n', ...network }] })
const firmware = (more: object) => spec({ firmware: more })
const disks = 'spec.domain.devices.disks'
const cards = 'spec.domain.devices.interfaces'
const long = 'x'.repeat(2049)

/** [rule, spec, field, message] */
const refusals: [string, VirtualMachineInstanceSpec, string, string][] = [
  // disks
  [
    'disk without volume',
    spec({ devices: { disks: [{ name: 'x' }] } }),
    `${disks}[0].name`,
    `${disks}[0].name 'x' not found.`,
  ],
  [
    'duplicate disk',
    spec({ devices: { disks: [{ name: 'a' }, { name: 'a' }] } }, { volumes }),
    `${disks}[1].name`,
    `${disks}[1] and ${disks}[0] must not have the same Name.`,
  ],
  ['two targets', disk({ disk: {}, cdrom: {} }), `${disks}[0]`, `${disks}[0] can have only a single target type.`],
  ['ide', disk({ disk: { bus: 'ide' } }), `${disks}[0].disk.bus`, 'IDE bus is not supported'],
  [
    'bus',
    disk({ disk: { bus: 'nvme' } }),
    `${disks}[0].disk.bus`,
    `${disks}[0].disk.bus is set with an unrecognized bus nvme, must be one of: [virtio sata scsi usb]`,
  ],
  [
    'virtio CD-ROM',
    disk({ cdrom: { bus: 'virtio' } }),
    `${disks}[0].cdrom.bus`,
    'Bus type virtio is invalid for CD-ROM device',
  ],
  [
    'read-only on sata',
    disk({ disk: { bus: 'sata', readonly: true } }),
    `${disks}[0].disk.readonly`,
    `${disks}[0].disk.bus sata does not support a read-only hard disk.`,
  ],
  [
    'read-only claim on sata',
    spec(
      { devices: { disks: [{ name: 'a', disk: {} }] } },
      { volumes: [{ name: 'a', persistentVolumeClaim: { claimName: 'c', readOnly: true } }] },
    ),
    `${disks}[0].disk.bus`,
    `${disks}[0].disk.bus sata does not support a read-only hard disk; its claim is read-only, so use virtio or scsi.`,
  ],
  [
    'serial length',
    disk({ serial: 'x'.repeat(257) }),
    `${disks}[0].serial`,
    `${disks}[0].serial must be less than or equal to 256 in length, if specified`,
  ],
  [
    'serial characters',
    disk({ serial: 'a,b' }),
    `${disks}[0].serial`,
    `${disks}[0].serial must be made up of the following characters [A-Za-z0-9_.+-], if specified`,
  ],
  ['cache', disk({ cache: 'unsafe' }), `${disks}[0].cache`, `${disks}[0].cache has invalid value unsafe`],
  [
    'io',
    disk({ io: 'x' }),
    `${disks}[0].io`,
    `Disk IO mode for ${disks}[0].io is not supported. Supported modes are: native, threads.`,
  ],
  [
    'errorPolicy',
    disk({ errorPolicy: 'x' }),
    `${disks}[0].errorPolicy`,
    `${disks}[0].errorPolicy has invalid value "x"`,
  ],
  [
    'boot order 0',
    disk({ bootOrder: 0 }),
    `${disks}[0].bootOrder`,
    `${disks}[0].bootOrder must have a boot order > 0, if supplied`,
  ],
  [
    'boot order twice',
    spec(
      {
        devices: {
          disks: [
            { name: 'a', bootOrder: 1 },
            { name: 'b', bootOrder: 1 },
          ],
        },
      },
      { volumes },
    ),
    `${disks}[1].bootOrder`,
    `Boot order for ${disks}[1].bootOrder already set for a different device.`,
  ],
  [
    'LUN',
    disk({ lun: {} }),
    `${disks}[0].lun`,
    `${disks}[0].lun can only be mapped to a DataVolume or PersistentVolumeClaim volume.`,
  ],
  // volumes
  ['no source', volume({}), 'spec.volumes[0]', 'spec.volumes[0] must have exactly one source type set'],
  [
    'two sources',
    volume({ ...emptyDisk, configMap: { name: 'x' } }),
    'spec.volumes[0]',
    'spec.volumes[0] must have exactly one source type set',
  ],
  [
    'duplicate volume',
    spec({}, { volumes: [volumes[0], volumes[0]] }),
    'spec.volumes[1].name',
    'spec.volumes[1] and spec.volumes[0] must not have the same Name.',
  ],
  [
    'DataVolume name',
    volume({ dataVolume: { name: '' } }),
    'spec.volumes[0].dataVolume.name',
    "DataVolume 'name' must be set",
  ],
  [
    'secret name',
    volume({ secret: {} }),
    'spec.volumes[0].secret.secretName',
    'spec.volumes[0].secret.secretName is a required field',
  ],
  [
    'user data length',
    volume({ cloudInitNoCloud: { userData: long } }),
    'spec.volumes[0].cloudInitNoCloud.userData',
    'spec.volumes[0].cloudInitNoCloud.userData userdata exceeds 2048 byte limit. Should use UserDataSecretRef for larger data.',
  ],
  [
    'user data length in bytes',
    volume({ cloudInitNoCloud: { userData: 'é'.repeat(1025) } }),
    'spec.volumes[0].cloudInitNoCloud.userData',
    'spec.volumes[0].cloudInitNoCloud.userData userdata exceeds 2048 byte limit. Should use UserDataSecretRef for larger data.',
  ],
  [
    'base64',
    volume({ cloudInitConfigDrive: { userDataBase64: '***=' } }),
    'spec.volumes[0].cloudInitConfigDrive.userDataBase64',
    'spec.volumes[0].cloudInitConfigDrive.userDataBase64 is not a valid base64 value.',
  ],
  [
    'two user datas',
    volume({ cloudInitNoCloud: { userData: 'a', secretRef: { name: 'x' } } }),
    'spec.volumes[0].cloudInitNoCloud',
    'spec.volumes[0].cloudInitNoCloud must have only one userdatasource set.',
  ],
  [
    'no data',
    volume({ cloudInitNoCloud: {} }),
    'spec.volumes[0].cloudInitNoCloud',
    'spec.volumes[0].cloudInitNoCloud must have at least one userdatasource or one networkdatasource set.',
  ],
  [
    'hostDisk capacity',
    volume({ hostDisk: { path: '/a/b', type: 'Disk', capacity: '1Gi' } }),
    'spec.volumes[0].hostDisk.capacity',
    "spec.volumes[0].hostDisk.capacity is allowed to pass only with type equal to 'DiskOrCreate'",
  ],
  [
    'empty disk',
    volume({ emptyDisk: { capacity: '0' } }),
    'spec.volumes[0].emptyDisk.capacity',
    'spec.volumes[0].emptyDisk.capacity must be greater than 0',
  ],
  // networks
  [
    'card without network',
    spec({ devices: { interfaces: [{ name: 'n' }] } }),
    `${cards}[0].name`,
    `${cards}[0].name 'n' not found.`,
  ],
  [
    'network without card',
    spec({}, { networks: [{ name: 'n', pod: {} }] }),
    'spec.networks[0].name',
    "spec.networks[0].name 'n' not found.",
  ],
  ['network type', card({ masquerade: undefined }, {}), 'spec.networks[0]', 'should have a network type'],
  ['two bindings', card({ bridge: {} }), `${cards}[0]`, `${cards}[0] must have only one binding method.`],
  [
    'model',
    card({ model: 'tulip' }),
    `${cards}[0].model`,
    `interface ${cards}[0].name uses model tulip that is not supported.`,
  ],
  [
    'MAC',
    card({ macAddress: 'x,y' }),
    `${cards}[0].macAddress`,
    `interface ${cards}[0].name has malformed MAC address (x,y).`,
  ],
  [
    'long MAC',
    card({ macAddress: '02:00:00:00:00:01:02:03' }),
    `${cards}[0].macAddress`,
    `interface ${cards}[0].name has MAC address (02:00:00:00:00:01:02:03) that is too long.`,
  ],
  [
    'reserved MAC',
    card({ macAddress: '02:00:00:00:00:00' }),
    `${cards}[0].macAddress`,
    'The requested MAC address is reserved for the in-pod bridge. Please choose another one.',
  ],
  [
    'multicast MAC',
    card({ macAddress: '01:00:5e:00:00:01' }),
    `${cards}[0].macAddress`,
    `interface ${cards}[0].name has a multicast MAC address (01:00:5e:00:00:01).`,
  ],
  [
    'masquerade elsewhere',
    card({}, { multus: { networkName: 'x' } }),
    `${cards}[0].name`,
    'Masquerade interface only implemented with pod network',
  ],
  [
    'port range',
    card({ ports: [{ port: 70000 }] }),
    `${cards}[0].ports[0]`,
    'Port field must be in range 0 < x < 65536.',
  ],
  ['port missing', card({ ports: [{ port: 0 }] }), `${cards}[0].ports[0]`, 'Port field is mandatory.'],
  [
    'protocol',
    card({ ports: [{ port: 1, protocol: 'SCTP' }] }),
    `${cards}[0].ports[0].protocol`,
    'Unknown protocol, only TCP or UDP allowed',
  ],
  [
    'port name',
    card({ ports: [{ port: 1, name: 'A b' }] }),
    `${cards}[0].ports[0].name`,
    'Invalid name of the port: A b',
  ],
  [
    'CIDR',
    card({}, { pod: { vmNetworkCIDR: '10.0.2.300/24' } }),
    'spec.networks[0].pod.vmNetworkCIDR',
    'Invalid CIDR 10.0.2.300/24',
  ],
  // processors and memory
  [
    'no memory',
    spec({ memory: undefined }),
    'spec.domain.memory',
    "no memory requested, at least one of 'spec.domain.memory.guest', 'spec.domain.memory.hugepages.size', 'spec.domain.resources.requests.memory' must be set",
  ],
  [
    'endless memory',
    spec({ memory: { guest: '1e99' } }),
    'spec.domain.memory.guest',
    "spec.domain.memory.guest '1e99': must be less than or equal to 4Ti.",
  ],
  [
    'small memory',
    spec({ memory: { guest: '1k' } }),
    'spec.domain.memory.guest',
    "spec.domain.memory.guest '1k': must be greater than or equal to 1M.",
  ],
  [
    'negative',
    spec({ resources: { limits: { cpu: '-1' } } }),
    'spec.domain.resources.limits.cpu',
    "spec.domain.resources.limits.cpu '-1': must be greater than or equal to 0.",
  ],
  [
    'request above limit',
    spec({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    'spec.domain.resources.requests.cpu',
    "spec.domain.resources.requests.cpu '2' is greater than spec.domain.resources.limits.cpu '1'",
  ],
  [
    'guest above limit',
    spec({ resources: { limits: { memory: '512Mi' } } }),
    'spec.domain.memory.guest',
    "spec.domain.memory.guest '1Gi' must be equal to or less than the memory limit spec.domain.resources.limits.memory '512Mi'",
  ],
  [
    'feature policy',
    spec({ cpu: { features: [{ name: 'aes', policy: 'x' }] } }),
    'spec.domain.cpu.features[0].policy',
    'CPU feature aes uses policy x that is not supported.',
  ],
  [
    'feature name',
    spec({ cpu: { features: [{ name: 'aes,+x' }] } }),
    'spec.domain.cpu.features[0].name',
    "spec.domain.cpu.features[0].name 'aes,+x' is not the name of a CPU feature.",
  ],
  [
    'model name',
    spec({ cpu: { model: 'a,b' } }),
    'spec.domain.cpu.model',
    "spec.domain.cpu.model 'a,b' is not the name of a CPU model.",
  ],
  [
    'processors',
    spec({ cpu: { sockets: 32, cores: 32 } }),
    'spec.domain.cpu',
    'spec.domain.cpu: 1024 virtual CPUs are more than the 512 a machine can have.',
  ],
  [
    'max sockets',
    spec({ cpu: { sockets: 4, maxSockets: 2 } }),
    'spec.domain.cpu.sockets',
    'Number of sockets in CPU topology is greater than the maximum sockets allowed',
  ],
  // machine, firmware, top
  ['architecture', spec({}, { architecture: 'riscv' }), 'spec.architecture', 'unsupported architecture: riscv'],
  [
    'machine type',
    spec({ machine: { type: 'pc' } }),
    'spec.domain.machine.type',
    'spec.domain.machine.type is not supported: pc (allowed values: [q35* pc-q35*])',
  ],
  [
    'both loaders',
    firmware({ bootloader: { bios: {}, efi: { secureBoot: false } } }),
    'spec.domain.firmware.bootloader.efi',
    'spec.domain.firmware.bootloader has both EFI and BIOS configured, but they are mutually exclusive.',
  ],
  [
    'Secure Boot',
    firmware({ bootloader: { efi: {} } }),
    'spec.domain.firmware.bootloader.efi.secureBoot',
    'spec.domain.firmware.bootloader.efi.secureBoot has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.',
  ],
  ['uuid', firmware({ uuid: 'x' }), 'spec.domain.firmware.uuid', "spec.domain.firmware.uuid 'x' is not a UUID."],
  [
    'kernel arguments alone',
    firmware({ kernelBoot: { kernelArgs: 'x' } }),
    'spec.domain.firmware.kernelBoot',
    'spec.domain.firmware.kernelBoot: kernel arguments cannot be provided without an external kernel',
  ],
  [
    'clock',
    spec({ clock: { timezone: '../x' } }),
    'spec.domain.clock.timezone',
    "spec.domain.clock.timezone '../x' is not the name of a time zone.",
  ],
  [
    'input',
    spec({ devices: { inputs: [{ name: 'x', type: 'mouse' }] } }),
    'spec.domain.devices.inputs[0].type',
    'Input device can have only tablet type.',
  ],
  [
    'grace',
    spec({}, { terminationGracePeriodSeconds: -1 }),
    'spec.terminationGracePeriodSeconds',
    'spec.terminationGracePeriodSeconds must be greater than or equal to 0.',
  ],
  [
    'eviction',
    spec({}, { evictionStrategy: 'x' }),
    'spec.evictionStrategy',
    'spec.evictionStrategy is set with an unrecognized option: x',
  ],
  [
    'start strategy',
    spec({}, { startStrategy: 'x' }),
    'spec.startStrategy',
    'spec.startStrategy is set with an unrecognized option: x',
  ],
]

describe('validateInstanceSpec', () => {
  it.each(refusals)('refuses: %s', (_rule, subject, field, message) => {
    expect(validateInstanceSpec(subject)).toEqual([expect.objectContaining({ field, message })])
  })

  it('refuses a host name that is none, with the rule', () => {
    const [cause] = validateInstanceSpec(spec({}, { hostname: 'A_b' }))
    expect(cause?.message).toContain('spec.hostname does not conform to the kubernetes DNS_LABEL rules : ')
  })

  it('accepts what is right', () => {
    expect(validateInstanceSpec(spec({}))).toEqual([])
    expect(validateInstanceSpec(disk({ cdrom: { bus: 'sata' }, serial: 'A.b+c-1', bootOrder: 2 }))).toEqual([])
    expect(validateInstanceSpec(card({ macAddress: '52:54:00:AA:bb:01', ports: [{ port: 22, name: 'ssh' }] }))).toEqual(
      [],
    )
    expect(validateInstanceSpec(volume({ cloudInitNoCloud: { userDataBase64: 'I2Nsb3VkLWNvbmZpZw==' } }))).toEqual([])
    expect(validateInstanceSpec(spec({ clock: { timezone: 'America/Argentina/Ushuaia' } }))).toEqual([])
  })
})

describe('instances', () => {
  const labelled = exampleInstance('Running')
  labelled.metadata.labels = { 'kubevirt.io/nodeName': 'x' }

  it('keep reserved labels for the engine', () => {
    expect(validateInstanceCreate(labelled, true)).toEqual([])
    expect(validateInstanceCreate(labelled, false)[0]?.message).toContain(
      'creation of the following reserved kubevirt.io/ labels',
    )
    expect(validateInstanceUpdate(labelled, exampleInstance('Running'), false)[0]?.message).toContain(
      'modification of the following',
    )
  })

  it('let only the engine change a spec', () => {
    const changed = exampleInstance('Running')
    changed.spec.terminationGracePeriodSeconds = 1
    expect(validateInstanceUpdate(changed, exampleInstance('Running'), true)).toEqual([])
    expect(validateInstanceUpdate(changed, exampleInstance('Running'), false)).toEqual([
      { reason: 'FieldValueInvalid', field: 'spec', message: 'update of VMI object is restricted' },
    ])
  })
})
