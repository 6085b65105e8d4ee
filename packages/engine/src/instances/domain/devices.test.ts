import { resolveConfiguration, type Devices, type Disk, type VirtualMachineInstance } from '@berth/api'
import type { DomainDisk, DomainSpec } from '@berth/hypervisor'
import { describe, expect, it } from 'vitest'
import { instanceOf } from '../../testing/manifests.ts'
import { translationServices } from '../../testing/services.ts'
import { taggedDevices } from './device-tags.ts'
import { devicesOf } from './devices.ts'
import { ioThreadsOf } from './io-threads.ts'

type Domain = VirtualMachineInstance['spec']['domain']

function instance(domain: Partial<Domain>, volumes: string[] = []): VirtualMachineInstance {
  const made = instanceOf('web', {
    domain: { memory: { guest: '64Mi' }, devices: {}, ...domain },
    volumes: volumes.map((name) => ({ name, emptyDisk: { capacity: '1Mi' } })),
    networks: (domain.devices?.interfaces ?? []).map(({ name }) => ({ name, pod: {} })),
  })
  made.metadata.uid = '5c2f6f1e-0000-4000-8000-000000000001'
  return made
}

async function translate(domain: Partial<Domain>, volumes: string[] = []): Promise<Partial<DomainSpec>> {
  await using host = await translationServices([])
  return await devicesOf(instance(domain, volumes), host.services)
}

describe('devices of an instance', () => {
  it.each<[string, Devices, Partial<DomainSpec>]>([
    ['no screen', { autoattachGraphicsDevice: false }, { graphics: false }],
    ['the screen asked for', { video: { type: 'ramfb' } }, { graphics: true, video: 'ramfb' }],
    ['sound', { sound: { name: 's' } }, { sound: 'ich9' }],
    ['AC97 sound', { sound: { name: 's', model: 'ac97' } }, { sound: 'ac97' }],
    [
      'tablets',
      {
        inputs: [
          { name: 'a', type: 'tablet', bus: 'virtio' },
          { name: 'b', type: 'tablet' },
        ],
      },
      {
        inputs: [
          { type: 'tablet', bus: 'virtio' },
          { type: 'tablet', bus: 'usb' },
        ],
      },
    ],
    ['randomness', { rng: {} }, { rng: true }],
    ['slots for USB devices of a client', { clientPassthrough: {} }, { usbRedirections: 4 }],
    [
      'a watchdog',
      { watchdog: { name: 'w', i6300esb: { action: 'poweroff' } } },
      { watchdog: { model: 'i6300esb', action: 'poweroff' } },
    ],
    [
      'panic devices',
      { panicDevices: [{}, { model: 'pvpanic' }, { model: 'hyperv' }] },
      { panicDevices: ['isa', 'pvpanic', 'hyperv'] },
    ],
    ['old virtio', { useVirtioTransitional: true }, { virtioTransitional: true }],
    ['a serial port nobody keeps', { logSerialConsole: false }, { serialConsole: true, serialLog: false }],
    ['no serial port', { autoattachSerialConsole: false }, { serialConsole: false }],
  ])('%s', async (_, devices, wanted) => {
    expect(await translate({ devices })).toMatchObject(wanted)
  })

  it('have a plain frame buffer under UEFI', async () => {
    const firmware = { bootloader: { efi: {} } }
    expect(await translate({ firmware })).toMatchObject({ video: 'bochs' })
    expect(await translate({ firmware, devices: { video: { type: 'vga' } } })).toMatchObject({ video: 'vga' })
  })

  it('give memory back, unless that costs time that matters', async () => {
    expect((await translate({ devices: { autoattachMemBalloon: false } })).balloon).toBeUndefined()
    expect((await translate({})).balloon).toEqual({ freePageReporting: true, statsSeconds: 10 })
    const huge = { guest: '64Mi', hugepages: { pageSize: '2Mi' } }
    expect((await translate({ memory: huge })).balloon).toMatchObject({ freePageReporting: false })
    expect((await translate({ cpu: { dedicatedCpuPlacement: true } })).balloon).toMatchObject({
      freePageReporting: false,
    })
  })

  it('place network cards, name them, and say where they boot from', async () => {
    const { nics } = await translate({
      devices: {
        networkInterfaceMultiqueue: true,
        interfaces: [
          {
            name: 'a',
            masquerade: {},
            acpiIndex: 5,
            pciAddress: '0000:00:10.0',
            dhcpOptions: { tftpServerName: 'boot', bootFileName: 'pxelinux.0' },
          },
          { name: 'b', masquerade: {}, model: 'e1000', state: 'down' },
        ],
      },
    })
    expect(nics).toMatchObject([
      {
        acpiIndex: 5,
        pciAddress: '0000:00:10.0',
        multiqueue: true,
        network: { tftpServer: 'boot', bootFile: 'pxelinux.0' },
      },
      { model: 'e1000', linkUp: false },
    ])
    expect(nics?.[1]).not.toHaveProperty('multiqueue')
  })

  it.each<[string, Omit<Disk, 'name'>, Partial<DomainDisk>]>([
    [
      'sizes',
      { blockSize: { custom: { logical: 4096, physical: 8192 } } },
      { blockSize: { logical: 4096, physical: 8192 } },
    ],
    [
      'discard granularity',
      { blockSize: { custom: { logical: 512, physical: 512, discardGranularity: 0 } } },
      { blockSize: { logical: 512, physical: 512, discardGranularity: 0 } },
    ],
    ['sizes of the volume', { blockSize: { matchVolume: {} } }, { blockSize: 'match' }],
    ['an asked place', { disk: { bus: 'virtio', pciAddress: '0000:00:10.0' } }, { pciAddress: '0000:00:10.0' }],
    ['sharing, which goes past the cache', { shareable: true }, { shareable: true, cache: 'none' }],
    ['native I/O, which does too', { io: 'native' }, { io: 'native', cache: 'none' }],
    ['an open tray', { cdrom: { bus: 'sata', tray: 'open' } }, { device: 'cdrom', path: '' }],
  ])('disk: %s', async (_, disk, wanted) => {
    const { disks } = await translate({ devices: { disks: [{ name: 'd', ...disk }] } }, ['d'])
    expect(disks).toMatchObject([wanted])
  })

  it('have drives without a volume, and a queue for each processor', async () => {
    const { disks } = await translate(
      {
        cpu: { sockets: 2, cores: 2 },
        devices: {
          blockMultiQueue: true,
          disks: [
            { name: 'empty', cdrom: { bus: 'scsi' } },
            { name: 'd', disk: { bus: 'virtio' } },
          ],
        },
      },
      ['d'],
    )
    expect(disks).toMatchObject([{ device: 'cdrom', bus: 'scsi', path: '', readOnly: true }, { queues: 4 }])
    expect(disks?.[0]).not.toHaveProperty('queues')
  })

  it('of the host wait until they are permitted, in KubeVirt’s words', async () => {
    await using host = await translationServices([])
    const wanting = instance({
      devices: { hostDevices: [{ name: 'a', deviceName: 'v.com/a' }], gpus: [{ name: 'g', deviceName: 'v.com/g' }] },
    })
    await expect(devicesOf(wanting, host.services)).rejects.toMatchObject({
      code: 'MissingDependency',
      message:
        'failed to render launch manifest: GPU v.com/g is not permitted in permittedHostDevices configuration HostDevice v.com/a is not permitted in permittedHostDevices configuration',
    })
    const configuration = resolveConfiguration({
      permittedHostDevices: {
        pciHostDevices: [
          { pciVendorSelector: '1:1', resourceName: 'v.com/a' },
          { pciVendorSelector: '1:2', resourceName: 'v.com/g' },
        ],
      },
    })
    const services = { ...host.services, configuration: { ...host.services.configuration, get: () => configuration } }
    await expect(devicesOf(wanting, services)).rejects.toMatchObject({
      code: 'MissingDependency',
      message: expect.stringContaining('passes no device of its host through'),
    })
  })
})

describe('tagged network cards', () => {
  it('are told of with their place and address, others are not', () => {
    const made = instance(
      {
        devices: {
          disks: [
            { name: 'a', disk: { bus: 'virtio' } },
            { name: 'b', disk: { bus: 'scsi' } },
          ],
          interfaces: [
            { name: 'plain', masquerade: {} },
            { name: 'tagged', masquerade: {}, tag: 'storage', macAddress: '02:00:00:00:00:07' },
            { name: 'old', masquerade: {}, model: 'e1000', tag: 'slow', macAddress: '02:00:00:00:00:08' },
          ],
        },
      },
      ['a', 'b'],
    )
    const common = { type: 'nic', bus: 'pci' }
    expect(taggedDevices(made)).toEqual([
      // Behind the SCSI controller, the disk and the first card.
      { ...common, address: '0000:04:00.0', mac: '02:00:00:00:00:07', tags: ['storage'] },
      { ...common, address: '0000:00:1e.0', mac: '02:00:00:00:00:08', tags: ['slow'] },
    ])
    expect(taggedDevices(instance({}))).toEqual([])
  })
})

describe('I/O threads', () => {
  const disks = (count: number, change: Partial<Disk> = {}): Disk[] =>
    Array.from({ length: count }, (_, index) => ({ name: `d${index}`, disk: { bus: 'virtio' as const }, ...change }))
  const threads = (domain: Partial<Domain>): object => {
    const { count, byDisk, scsiController } = ioThreadsOf(instance(domain))
    return { count, disks: [...byDisk.values()].map((numbers) => numbers.join('+')), scsiController }
  }

  it.each<[string, Partial<Domain>, object]>([
    ['none', { devices: { disks: disks(2) } }, { count: 0, disks: [] }],
    [
      'shared by all',
      { ioThreadsPolicy: 'shared', devices: { disks: disks(3) } },
      { count: 1, disks: ['1', '1', '1'] },
    ],
    [
      'auto: two for each processor',
      { ioThreadsPolicy: 'auto', resources: { requests: { cpu: '1500m' } }, devices: { disks: disks(6) } },
      { count: 4, disks: ['1', '2', '3', '4', '1', '2'] },
    ],
    [
      'auto: no more than disks',
      { ioThreadsPolicy: 'auto', resources: { limits: { cpu: '4' } }, devices: { disks: disks(2) } },
      { count: 2, disks: ['1', '2'] },
    ],
    [
      'dedicated ones, and one that the others share',
      { devices: { disks: [...disks(2), { name: 'own', disk: { bus: 'virtio' }, dedicatedIOThread: true }] } },
      { count: 2, disks: ['1', '1', '2'] },
    ],
    [
      'all dedicated: still one to share, for what comes later',
      { devices: { disks: disks(2, { dedicatedIOThread: true }) } },
      { count: 3, disks: ['2', '3'] },
    ],
    [
      'a pool that serves every disk',
      {
        ioThreadsPolicy: 'supplementalPool',
        ioThreads: { supplementalPoolThreadCount: 3 },
        devices: { disks: disks(2) },
      },
      { count: 3, disks: ['1+2+3', '1+2+3'] },
    ],
    [
      'the SCSI controller, when a disk on it asks',
      {
        cpu: { cores: 2 },
        devices: { disks: [...disks(1), { name: 's', disk: { bus: 'scsi' }, dedicatedIOThread: true }] },
      },
      { count: 2, disks: ['1'], scsiController: { ioThread: 1, queues: 2 } },
    ],
    [
      'only virtio disks have them',
      { ioThreadsPolicy: 'shared', devices: { disks: [{ name: 's', disk: { bus: 'sata' } }] } },
      { count: 1, disks: [] },
    ],
  ])('%s', (_, domain, expected) => {
    expect(threads(domain)).toEqual({ scsiController: undefined, ...expected })
  })

  it('does not count out a pool that no machine can have', () => {
    const [disk] = disks(1)
    const { byDisk } = ioThreadsOf(
      instance({
        ioThreadsPolicy: 'supplementalPool',
        ioThreads: { supplementalPoolThreadCount: 2_000_000_000 },
        devices: { disks: disks(1) },
      }),
    )
    expect(byDisk.get(disk?.name ?? '')?.length).toBe(1024)
  })
})
