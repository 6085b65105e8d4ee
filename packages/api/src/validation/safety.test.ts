import { describe, expect, it } from 'vitest'
import { defaultConfiguration } from '../configuration/cluster-configuration.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { hostSafetyAdmission } from './host-safety.ts'
import { applyInstanceRules } from './instance-rule.ts'

/** A spec from plain JSON, as clients send it: the point of these tests is what types would not let us write. */
function causesOf(domain: object, more: object = {}): [string | undefined, string | undefined][] {
  const spec: unknown = JSON.parse(JSON.stringify({ domain: { devices: {}, ...domain }, ...more }))
  return applyInstanceRules(hostSafetyAdmission, spec as VirtualMachineInstanceSpec, {
    field: 'spec',
    configuration: defaultConfiguration,
  }).map(({ field, message }) => [field, message])
}

const volumes = (...list: object[]): object => ({ volumes: list })
const onSata = { devices: { disks: [{ name: 'a', disk: {} }] } }

/** [rule, domain, rest of the spec, field, message] */
const refusals: [string, object, object, string, string][] = [
  [
    'volume name',
    {},
    volumes({ name: '../x' }),
    'spec.volumes[0].name',
    "spec.volumes[0].name '../x' must be lower case letters, digits and dashes, at most 63.",
  ],
  [
    'name of a claim',
    {},
    volumes({ name: 'a', persistentVolumeClaim: { claimName: '../x' } }),
    'spec.volumes[0].persistentVolumeClaim.claimName',
    'spec.volumes[0].persistentVolumeClaim.claimName is not a valid name: ',
  ],
  [
    'claim without a name',
    {},
    volumes({ name: 'a', persistentVolumeClaim: { claimName: '' } }),
    'spec.volumes[0].persistentVolumeClaim.claimName',
    'PersistentVolumeClaim name must be set',
  ],
  [
    'secret of user data',
    {},
    volumes({ name: 'a', cloudInitNoCloud: { secretRef: {} } }),
    'spec.volumes[0].cloudInitNoCloud.secretRef.name',
    'spec.volumes[0].cloudInitNoCloud.secretRef.name must be set',
  ],
  [
    'size of an empty disk',
    {},
    volumes({ name: 'a', emptyDisk: { capacity: '0' } }),
    'spec.volumes[0].emptyDisk.capacity',
    'spec.volumes[0].emptyDisk.capacity must be greater than 0',
  ],
  [
    'size of a host disk',
    {},
    volumes({ name: 'a', hostDisk: { path: '/d', type: 'DiskOrCreate' } }),
    'spec.volumes[0].hostDisk.capacity',
    "spec.volumes[0].hostDisk.capacity must be greater than 0 with type 'DiskOrCreate'",
  ],
  [
    'read-only claim on SATA',
    onSata,
    volumes({ name: 'a', persistentVolumeClaim: { claimName: 'x', readOnly: true } }),
    'spec.domain.devices.disks[0].disk.bus',
    'spec.domain.devices.disks[0].disk.bus sata does not support a read-only hard disk; its claim is read-only, so use virtio or scsi.',
  ],
  [
    'group address',
    { devices: { interfaces: [{ name: 'n', macAddress: '01:00:00:00:00:01' }] } },
    {},
    'spec.domain.devices.interfaces[0].macAddress',
    'interface spec.domain.devices.interfaces[0].name has a multicast MAC address (01:00:00:00:00:01).',
  ],
  [
    'pod network addresses',
    {},
    { networks: [{ name: 'n', pod: { vmNetworkCIDR: '10.0.2.0' } }] },
    'spec.networks[0].pod.vmNetworkCIDR',
    'Invalid CIDR 10.0.2.0',
  ],
  [
    'small guest',
    { memory: { guest: '1k' } },
    {},
    'spec.domain.memory.guest',
    "spec.domain.memory.guest '1k': must be greater than or equal to 1M.",
  ],
  [
    'endless guest',
    { memory: { guest: '1Ei' } },
    {},
    'spec.domain.memory.guest',
    "spec.domain.memory.guest '1Ei': must be less than or equal to 4Ti.",
  ],
  [
    'negative topology',
    { cpu: { cores: -1 } },
    {},
    'spec.domain.cpu.cores',
    'spec.domain.cpu.cores must be greater than or equal to 0.',
  ],
  [
    'many processors',
    { cpu: { cores: 100, sockets: 100 } },
    {},
    'spec.domain.cpu',
    'spec.domain.cpu: 10000 virtual CPUs are more than the 512 a machine can have.',
  ],
  [
    'processor model',
    { cpu: { model: 'a,b=c' } },
    {},
    'spec.domain.cpu.model',
    "spec.domain.cpu.model 'a,b=c' is not the name of a CPU model.",
  ],
  [
    'processor feature',
    { cpu: { features: [{ name: 'a,b' }] } },
    {},
    'spec.domain.cpu.features[0].name',
    "spec.domain.cpu.features[0].name 'a,b' is not the name of a CPU feature.",
  ],
  [
    'firmware uuid',
    { firmware: { uuid: 'x' } },
    {},
    'spec.domain.firmware.uuid',
    "spec.domain.firmware.uuid 'x' is not a UUID.",
  ],
  [
    'firmware serial',
    { firmware: { serial: 'a,b' } },
    {},
    'spec.domain.firmware.serial',
    'spec.domain.firmware.serial must be made up of the following characters [A-Za-z0-9_.+-], and at most 256 of them',
  ],
  [
    'kernel arguments',
    { firmware: { kernelBoot: { kernelArgs: 'x'.repeat(2049) } } },
    {},
    'spec.domain.firmware.kernelBoot.kernelArgs',
    'spec.domain.firmware.kernelBoot.kernelArgs is longer than the 2048 characters a kernel reads',
  ],
  [
    'two clocks',
    { clock: { utc: {}, timezone: 'Europe/Paris' } },
    {},
    'spec.domain.clock',
    'spec.domain.clock must have only one of utc and timezone.',
  ],
  [
    'time zone',
    { clock: { timezone: '../x' } },
    {},
    'spec.domain.clock.timezone',
    "spec.domain.clock.timezone '../x' is not the name of a time zone.",
  ],
  [
    'watchdog action',
    { devices: { watchdog: { name: 'w', i6300esb: { action: 'bark' } } } },
    {},
    'spec.domain.devices.watchdog.i6300esb.action',
    "spec.domain.devices.watchdog.i6300esb.action 'bark' must be poweroff, reset or shutdown.",
  ],
  [
    'grace period',
    {},
    { terminationGracePeriodSeconds: -1 },
    'spec.terminationGracePeriodSeconds',
    'spec.terminationGracePeriodSeconds must be greater than or equal to 0.',
  ],
]

describe('what would reach the host', () => {
  it.each(refusals)('refuses: %s', (_rule, domain, more, field, message) => {
    expect(causesOf(domain, more)).toEqual([[field, expect.stringContaining(message)]])
  })

  it('lets usual values through', () => {
    const domain = {
      cpu: { cores: 2, model: 'host-model', features: [{ name: 'aes' }] },
      memory: { guest: '128Mi' },
      clock: { timezone: 'Europe/Paris' },
      firmware: { uuid: '5c2f6f1e-0000-4000-8000-000000000001', serial: 'A-1' },
      devices: { watchdog: { name: 'w', i6300esb: { action: 'reset' } } },
    }
    expect(causesOf(domain, volumes({ name: 'a', emptyDisk: { capacity: '1Gi' } }))).toEqual([])
  })
})
