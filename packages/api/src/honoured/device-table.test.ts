import { describe, expect, it } from 'vitest'
import type { HostAbilities } from './rule.ts'
import { unhonoured } from './unhonoured.ts'

const open: HostAbilities = { architecture: 'amd64', uefi: true, hostDiskDirectories: [] }
const bare: HostAbilities = {
  ...open,
  compute: {
    acceleration: 'tcg',
    cpuModels: {},
    cpuFeatures: {},
    cpuSwitches: [],
    hugePageSizes: [],
    numaNodes: 0,
    dedicatedProcessors: 0,
    noEncryption: { sev: '', snp: '', tdx: '' },
  },
  deviceTypes: ['VGA', 'virtio-net-pci', 'AC97'],
  vsock: false,
}

function refusals(devices: object, host: HostAbilities): string[] {
  return unhonoured('VirtualMachineInstance', { domain: { devices } }, host).map(
    ({ field, message }) => `${String(field).replace('spec.domain.devices.', '')}: ${message}`,
  )
}

describe('devices an emulator may lack', () => {
  it.each<[string, object, string]>([
    [
      'a screen',
      { video: { type: 'virtio' } },
      'video.type: the emulator of this host has no "virtio" screen; it has vga',
    ],
    [
      'a sound card',
      { sound: { name: 's', model: 'ich9' } },
      'sound.model: the emulator of this host has no "ich9" sound card; it has ac97',
    ],
    [
      'a network card',
      { interfaces: [{ name: 'n', model: 'igb', masquerade: {} }] },
      'interfaces[0].model: the emulator of this host has no "igb" network card; it has virtio',
    ],
    [
      'a panic device',
      { panicDevices: [{ model: 'pvpanic' }] },
      'panicDevices[0].model: the emulator of this host has no "pvpanic" panic device; it has none',
    ],
    [
      'a panic device of KVM',
      { panicDevices: [{ model: 'hyperv' }] },
      'panicDevices[0].model: a hyperv panic device needs KVM, which does not work on this host; use isa or pvpanic',
    ],
    [
      'USB redirection',
      { clientPassthrough: {} },
      'clientPassthrough: the emulator of this host was built without USB redirection',
    ],
    [
      'host sockets',
      { autoattachVSOCK: true },
      'autoattachVSOCK: this host has no /dev/vhost-vsock; load its kernel module ("modprobe vhost_vsock") and start the engine again',
    ],
  ])('refuses %s with what there is, where it is missing', (_, devices, refusal) => {
    expect(refusals(devices, bare)).toEqual([refusal])
    expect(refusals(devices, open)).toEqual([])
  })

  it('honours what every emulator has', () => {
    const devices = {
      video: { type: 'vga' },
      sound: { name: 's', model: 'ac97' },
      autoattachVSOCK: false,
      panicDevices: [{}],
      blockMultiQueue: true,
      networkInterfaceMultiqueue: true,
      interfaces: [
        {
          name: 'n',
          masquerade: {},
          acpiIndex: 3,
          dhcpOptions: { bootFileName: 'a', tftpServerName: 'b' },
          ports: [{ port: 53, protocol: 'UDP' }],
        },
      ],
    }
    expect(refusals(devices, bare)).toEqual([])
  })

  it.each<[string, string | undefined]>([
    ['0000:00:04.0', undefined],
    ['0000:00:1e.0', undefined],
    ['0000:20:00.0', undefined],
    ['nonsense', undefined],
    ['0001:00:04.0', 'domain 0000'],
    ['0000:00:04.1', 'function is 0'],
    ['0000:81:01.0', 'buses go up to 20'],
    ['0000:05:01.0', 'only slot 00'],
    ['0000:00:01.0', 'slots 04 to 1e'],
    ['0000:00:1f.0', 'slots 04 to 1e'],
  ])('takes the place %s: %s', (pciAddress, refusal) => {
    const devices = {
      disks: [{ name: 'a', disk: { bus: 'virtio', pciAddress } }],
      interfaces: [{ name: 'n', masquerade: {}, pciAddress }],
    }
    expect(refusals(devices, open)).toEqual(
      refusal === undefined
        ? []
        : [
            expect.stringMatching(new RegExp(`^disks\\[0\\]\\.disk\\.pciAddress: .*${refusal}`)),
            expect.stringMatching(new RegExp(`^interfaces\\[0\\]\\.pciAddress: .*${refusal}`)),
          ],
    )
  })

  it.each<[string, object]>([
    ['disks[0].lun', { disks: [{ name: 'a', lun: { bus: 'scsi' } }] }],
    ['disks[0].changedBlockTracking', { disks: [{ name: 'a', disk: {}, changedBlockTracking: true }] }],
    ['interfaces[0].dhcpOptions.ntpServers', { interfaces: [{ name: 'n', dhcpOptions: { ntpServers: ['1.2.3.4'] } }] }],
    [
      'interfaces[0].dhcpOptions.privateOptions',
      { interfaces: [{ name: 'n', dhcpOptions: { privateOptions: [{ option: 240, value: 'x' }] } }] },
    ],
    ['hostDevices[0].claimName', { hostDevices: [{ name: 'a', claimName: 'c' }] }],
    ['watchdog.diag288', { watchdog: { name: 'w', diag288: { action: 'reset' } } }],
  ])('refuses %s everywhere', (field, devices) => {
    expect(refusals(devices, open)).toEqual([
      expect.stringMatching(new RegExp(`^${field.replaceAll(/[[\]]/g, '\\$&')}: .`)),
    ])
  })
})
