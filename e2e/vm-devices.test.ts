// Devices from manifest to guest: what the kernel of a real guest finds on its buses is what the manifest asked for.
import type { VirtualMachineInstance } from '@berth/api'
import { eventually, machineVerbs, useEngine } from '@berth/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'qemu' })
const { create, greeted, instance } = machineVerbs(engine)

type Devices = VirtualMachineInstance['spec']['domain']['devices']

const changed =
  (devices: Devices, volumes: readonly string[] = []) =>
  (spec: VirtualMachineInstance['spec']): void => {
    Object.assign(spec.domain.devices, devices)
    spec.volumes = volumes.map((name) =>
      name === 'seed'
        ? { name, cloudInitConfigDrive: { userData: '#cloud-config' } }
        : { name, emptyDisk: { capacity: '1Mi' } },
    )
  }

afterEach(() => engine().kubectl('delete', 'vm', '--all'))

/** Every device a manifest can ask for here, beside the ones it gets anyway. */
const everything: Devices = {
  autoattachInputDevice: true,
  blockMultiQueue: true,
  clientPassthrough: {},
  networkInterfaceMultiqueue: true,
  rng: {},
  sound: { name: 'speaker', model: 'ac97' },
  video: { type: 'virtio' },
  watchdog: { name: 'dog', i6300esb: { action: 'reset' } },
  panicDevices: [{ model: 'pvpanic' }],
  disks: [
    {
      name: 'sizes',
      serial: 'SIZES',
      disk: { bus: 'virtio' },
      blockSize: { custom: { logical: 4096, physical: 8192 } },
    },
    {
      name: 'match',
      serial: 'MATCH',
      disk: { bus: 'virtio' },
      blockSize: { matchVolume: {} },
      dedicatedIOThread: true,
    },
    { name: 'placed', serial: 'PLACED', disk: { bus: 'virtio', pciAddress: '0000:00:10.0' }, cache: 'writethrough' },
    { name: 'sata', serial: 'SATA', disk: { bus: 'sata' } },
    { name: 'scsi', serial: 'SCSI', disk: { bus: 'scsi' }, errorPolicy: 'report' },
    { name: 'usb', serial: 'USB', disk: { bus: 'usb' } },
    { name: 'seed', serial: 'SEED', disk: { bus: 'virtio' } },
    { name: 'drive', cdrom: { bus: 'sata' } },
  ],
  interfaces: [{ name: 'default', masquerade: {}, model: 'e1000e', acpiIndex: 7, tag: 'uplink' }],
}

describe('a machine with every device', () => {
  it('is what its guest finds, and what its status says', async () => {
    const names = ['sizes', 'match', 'placed', 'sata', 'scsi', 'usb', 'seed']
    const name = await create('devices', { spec: changed(everything, names) })
    await greeted(name)
    const shell = await engine().shell(name)
    const devices = (
      await shell.run('for d in /sys/bus/pci/devices/*; do echo $(cat $d/vendor $d/device); done')
    ).split('\n')
    expect(devices).toEqual(
      expect.arrayContaining([
        // virtio: network card aside, screen, disk, entropy, balloon, SCSI, channel
        ...['1050', '1042', '1044', '1045', '1048', '1043'].map((id) => `0x1af4 0x${id}`),
        '0x8086 0x2415', // AC97
        '0x8086 0x25ab', // i6300esb
        '0x1b36 0x0011', // pvpanic
        '0x1b36 0x000d', // xHCI
        '0x8086 0x10d3', // e1000e
      ]),
    )
    const mount =
      'd=$(grep -lx SEED /sys/block/vd*/serial); d=${d%/serial}; mkdir -p /m; until mount -r /dev/${d##*/} /m 2>/dev/null; do usleep 50000; done'
    const meta = JSON.parse(await shell.run(`${mount}; cat /m/openstack/latest/meta_data.json`))
    const [{ address, mac }] = meta.devices
    expect(meta.devices).toEqual([{ type: 'nic', bus: 'pci', address, mac, tags: ['uplink'] }])
    // The card is where the config drive says.
    expect(
      await shell.run(`cat /sys/bus/pci/devices/${address}/device /sys/bus/pci/devices/${address}/acpi_index`),
    ).toBe('0x10d3\n7\n')
    const disk = async (serial: string): Promise<string> =>
      shell.run(
        `d=$(grep -lx ${serial} /sys/block/vd*/serial); d=\${d%/serial}; cat $d/queue/logical_block_size $d/queue/physical_block_size $d/queue/write_cache; readlink -f $d`,
      )
    expect(await disk('SIZES')).toMatch(/^4096\n8192\nwrite back\n/)
    expect(await disk('MATCH')).toMatch(/^(\d{4,})\n\1\n/)
    expect(await disk('PLACED')).toMatch(/^512\n512\nwrite through\n.*\/0000:00:10\.0\//)
    // The built-in guest has no drivers for SATA and USB disks.
    expect(await shell.run('cat /sys/block/sd*/device/vpd_pg80')).toContain('SCSI')
    shell.close()
    const { status } = (await instance(name)) ?? {}
    expect(status?.volumeStatus?.map(({ name: volume, target }) => [volume, target])).toEqual([
      ['sizes', 'vda'],
      ['match', 'vdb'],
      ['placed', 'vdc'],
      ['sata', 'sda'],
      ['scsi', 'sdb'],
      ['usb', 'sdc'],
      ['seed', 'vdd'],
      ['drive', 'sdd'],
    ])
    expect(status?.interfaces).toMatchObject([{ name: 'default', queueCount: 1, mac }])
  })
})

describe('a device that cannot be had', () => {
  it('of the host is waited for, in KubeVirt’s words', async () => {
    const { kubectl } = engine()
    const patch = (value: object): Promise<unknown> =>
      kubectl(
        'patch',
        'kubevirt',
        'kubevirt',
        '-n',
        'kubevirt',
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { configuration: value } }),
      )
    await patch({ developerConfiguration: { featureGates: ['HostDevices'] } })
    const name = await create('host', {
      spec: changed({ hostDevices: [{ name: 'a', deviceName: 'vendor.com/card' }] }),
    })
    const said = (words: string) =>
      eventually(
        async () => {
          const found = (await instance(name))?.status?.conditions?.find(({ type }) => type === 'Synchronized')
          if (found?.message?.includes(words) !== true) throw new Error(`it says ${found?.message}`)
          return found
        },
        { what: `the instance to say ${words}` },
      )
    expect(
      await said('HostDevice vendor.com/card is not permitted in permittedHostDevices configuration'),
    ).toMatchObject({
      status: 'False',
      reason: 'FailedCreate',
    })
    await patch({
      permittedHostDevices: { pciHostDevices: [{ pciVendorSelector: '8086:10d3', resourceName: 'vendor.com/card' }] },
    })
    await said('passes no device of its host through')
    await patch({ developerConfiguration: { featureGates: [] }, permittedHostDevices: null })
  })

  it.each<[string, Devices, string]>([
    [
      'a place that is taken by the chipset',
      { disks: [{ name: 'a', disk: { bus: 'virtio', pciAddress: '0000:00:1f.0' } }] },
      'disks[0].disk.pciAddress',
    ],
    [
      'time servers by DHCP',
      { interfaces: [{ name: 'default', masquerade: {}, dhcpOptions: { ntpServers: ['192.0.2.1'] } }] },
      'interfaces[0].dhcpOptions.ntpServers',
    ],
    ['a watchdog of another architecture', { watchdog: { name: 'w', diag288: { action: 'reset' } } }, 'watchdog'],
  ])('is refused with its field: %s', async (_, devices, field) => {
    await expect(create('refused', { spec: changed(devices, ['a']) })).rejects.toThrow(field)
  })
})
