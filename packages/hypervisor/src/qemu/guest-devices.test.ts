/** Devices as the guest sees them: what its kernel reports is compared with what was asked for. */

import { open } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domain, Driver } from '../driver.ts'
import type { DomainDisk } from '../spec/disks.ts'
import type { DomainSpec } from '../spec/domain.ts'
import type { DomainNic } from '../spec/nics.ts'
import { runInGuest, untilLogged, untilPrinted } from '../testing/console.ts'
import {
  reportDevices,
  reportDisk,
  type DeviceReport,
  type GuestCard,
  type GuestDisk,
} from '../testing/device-report.ts'
import { EventLog } from '../testing/event-log.ts'
import { testInspector } from '../testing/inspector.ts'
import { QemuBench } from '../testing/qemu.ts'
import { nicAddresses } from './arguments/addresses.ts'
import { plugDevice } from '../testing/usb-device.ts'
import { plainSpec } from '../testing/spec.ts'

const mebibyte = 1024 ** 2
const [plainNic] = plainSpec('x').nics as [DomainNic]

let bench: QemuBench
let driver: Driver
let log: EventLog

beforeAll(async () => {
  bench = await QemuBench.create()
  driver = await bench.open()
  log = new EventLog(driver)
})

afterAll(() => bench.dispose())

async function disk(change: Partial<DomainDisk> & Pick<DomainDisk, 'name'>): Promise<DomainDisk> {
  const path = bench.file(`${change.name}.raw`)
  const file = await open(path, 'w', 0o644)
  await file.truncate(4 * mebibyte)
  await file.close()
  return { path, format: 'raw', device: 'disk', bus: 'virtio', readOnly: false, ...change }
}

function card(index: number, model: DomainNic['model'], change: Partial<DomainNic> = {}): DomainNic {
  return { ...plainNic, name: `n${index}`, model, mac: `52:54:00:00:00:0${index}`, ...change }
}

/** Boots the guest that knows every device, and asks it. @param prepare what to do in the guest before */
async function seenBy(
  id: string,
  change: Partial<DomainSpec>,
  prepare?: string,
): Promise<{ domain: Domain; report: DeviceReport }> {
  const { kernel, initrd, cmdline, marker } = await testInspector()
  const disks = [...(change.disks ?? []), await reportDisk(bench.file(`${id}-report`))]
  const spec: DomainSpec = {
    ...plainSpec(id),
    kernel: { path: kernel, initrd, cmdline },
    memoryMiB: 256,
    nics: [],
    ...change,
    disks,
  }
  const domain = await driver.start(spec)
  await untilLogged(domain, marker)
  const serial = await domain.openSerial()
  if (prepare !== undefined) await runInGuest(serial, prepare)
  const report = await reportDevices(serial)
  serial.destroy()
  return { domain, report }
}

/** The PCI address of each card, by its name. */
function foundAt({ cards }: DeviceReport, { spec }: Domain): Record<string, string | undefined> {
  return Object.fromEntries(
    spec.nics.map(({ name, mac }) => [name, cards.find((seen) => seen.mac === mac)?.pci.at(-1)]),
  )
}

describe('a machine with every device', { timeout: 300_000 }, () => {
  let domain: Domain
  let report: DeviceReport

  beforeAll(async () => {
    const small = { bus: 'sata', readOnly: false } as const
    ;({ domain, report } = await seenBy(
      'every',
      {
        cpu: { features: [], sockets: 2, cores: 1, threads: 1 },
        ioThreadCount: 2,
        scsiController: { ioThread: 1, queues: 2 },
        disks: [
          await disk({
            name: 'sizes',
            serial: 'SIZES',
            blockSize: { logical: 4096, physical: 8192, discardGranularity: 65_536 },
          }),
          await disk({ name: 'match', serial: 'MATCH', blockSize: 'match', queues: 1, ioThreads: [2] }),
          await disk({ name: 'direct', serial: 'DIRECT', readOnly: true, cache: 'none', io: 'native' }),
          await disk({ name: 'placed', serial: 'PLACED', pciAddress: '0000:00:10.0', cache: 'writethrough' }),
          await disk({ name: 'scsi', serial: 'SCSI', bus: 'scsi', blockSize: { logical: 512, physical: 4096 } }),
          await disk({ name: 'usb', serial: 'USB', bus: 'usb' }),
          await disk({ name: 'medium', serial: 'MEDIUM', bus: 'sata', device: 'cdrom', readOnly: true }),
          await disk({ name: 'empty', serial: 'EMPTY', bus: 'scsi', device: 'cdrom', readOnly: true, path: '' }),
          await disk({ ...small, name: 's1', serial: 'S1', cache: 'writethrough' }),
          await disk({ ...small, name: 's2', serial: 'S2' }),
          await disk({ ...small, name: 's3', serial: 'S3' }),
          await disk({ ...small, name: 's4', serial: 'S4' }),
          await disk({ ...small, name: 's5', serial: 'S5' }),
          await disk({ ...small, name: 's6', serial: 'S6' }),
        ],
        nics: [
          card(1, 'virtio', { acpiIndex: 11, multiqueue: true }),
          card(2, 'e1000', { acpiIndex: 12 }),
          card(3, 'e1000e', { pciAddress: '0000:0c:00.0' }),
          card(4, 'rtl8139'),
          card(5, 'ne2k_pci', { pciAddress: '00:11.0' }),
          card(6, 'pcnet'),
        ],
        video: 'virtio',
        sound: 'ich9',
        inputs: [
          { type: 'tablet', bus: 'usb' },
          { type: 'tablet', bus: 'virtio' },
        ],
        rng: true,
        guestAgent: true,
        usbRedirections: 4,
        watchdog: { model: 'i6300esb', action: 'reset' },
        panicDevices: ['isa', 'pvpanic'],
        balloon: { freePageReporting: true, statsSeconds: 1 },
      },
      // Cards show up a moment after their drivers.
      'until grep -q Intel /proc/asound/cards; do usleep 50000; done',
    ))
  })

  const sectors = (4 * mebibyte) / 512
  it.each<[string, Partial<GuestDisk>]>([
    ['SIZES', { logical: 4096, physical: 8192, discardGranularity: 65_536, queues: 2, writeBack: true, sectors }],
    ['MATCH', { logical: 4096, physical: 4096, discardGranularity: 4096, queues: 1 }],
    ['DIRECT', { logical: 512, readOnly: true, sectors }],
    ['PLACED', { pci: ['0000:00:10.0'], writeBack: false, readOnly: false }],
    ['SCSI', { name: 'sda', logical: 512, physical: 4096, queues: 2, sectors }],
    ['USB', { pci: ['0000:00:03.0'], sectors }],
    ['S1', { pci: ['0000:00:1f.2'], writeBack: false, sectors }],
    ['S2', { pci: ['0000:00:1f.2'], writeBack: true }],
  ])('disk %s', (serial, expected) => {
    expect(report.disks.find((seen) => seen.serial === serial)).toMatchObject(expected)
  })

  it('has drives, with a medium and without one', () => {
    const drives = report.disks.filter(({ name }) => name.startsWith('sr'))
    expect(drives).toHaveLength(2)
    expect(drives.filter(({ sectors: count }) => count === sectors)).toHaveLength(1)
  })

  it('has six SATA drives on the controller of the chipset, and the next on another', () => {
    const controllers = report.disks.flatMap(({ serial, pci }) => (/^S\d$/.test(serial) ? [[serial, pci.length]] : []))
    expect(Object.fromEntries(controllers)).toEqual({ S1: 1, S2: 1, S3: 1, S4: 1, S5: 1, S6: 2 })
  })

  it.each<[string, Partial<GuestCard>]>([
    ['52:54:00:00:00:01', { driver: 'virtio_net', acpiIndex: 11 }],
    ['52:54:00:00:00:02', { driver: 'e1000', acpiIndex: 12 }],
    ['52:54:00:00:00:03', { driver: 'e1000e', pci: [expect.any(String), '0000:0c:00.0'] }],
    ['52:54:00:00:00:04', { driver: expect.stringMatching(/^8139/) }],
    ['52:54:00:00:00:05', { driver: 'ne2k-pci', pci: ['0000:00:11.0'] }],
    ['52:54:00:00:00:06', { driver: 'pcnet32' }],
  ])('network card %s', (mac, expected) => {
    expect(report.cards.find((seen) => seen.mac === mac)).toMatchObject(expected)
  })

  it('has its network cards where that was foretold', () => {
    expect(foundAt(report, domain)).toEqual(Object.fromEntries(nicAddresses(domain.spec)))
  })

  it('has one of each small device', () => {
    expect(report.screen).toContain('virtio_gpu')
    expect(report.sound).toContain('HDA')
    expect(report.inputs).toEqual(expect.arrayContaining(['QEMU QEMU USB Tablet', 'QEMU Virtio Tablet']))
    expect(report.usb.toSorted()).toEqual(['QEMU USB HARDDRIVE', 'QEMU USB Tablet'])
    expect(report.rng).toContain('virtio_rng')
    expect(report.ports).toEqual(['org.qemu.guest_agent.0'])
    expect(report.watchdog).toContain('i6300ESB')
    expect(report.acpi).toContain('QEMU0001:00')
    expect(report.pci).toContainEqual(expect.objectContaining({ id: '1b36:0011', driver: 'pvpanic-pci' }))
    // The balloon.
    expect(report.pci).toContainEqual(expect.objectContaining({ id: '1af4:1045' }))
  })

  it('gives each client a slot for a USB device until there are none left, and the guest the device', async () => {
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => domain.openUsbRedirection()))
    // QEMU speaks first: a hello, with its version.
    for (const stream of others) await untilPrinted(stream, 'qemu usb-redir guest')
    await expect(domain.openUsbRedirection()).rejects.toMatchObject({ code: 'WrongState' })
    for (const stream of others) stream.destroy()
    if (first === undefined) return
    plugDevice(first, { vendor: 0x1209, product: 0x2077, name: 'Device of a client' })
    const serial = await domain.openSerial()
    await runInGuest(serial, 'until grep -q client /sys/bus/usb/devices/*/product; do usleep 50000; done')
    expect(await runInGuest(serial, 'cat /sys/bus/usb/devices/*/idProduct')).toContain('2077')
    first.destroy()
    await runInGuest(serial, 'while grep -q client /sys/bus/usb/devices/*/product; do usleep 50000; done')
    serial.destroy()
  })

  it('tells how its guest uses its memory', async () => {
    const told = async () => (await domain.metrics()).guestMemory
    await expect.poll(told).toMatchObject({ availableBytes: expect.any(Number) })
    const memory = await told()
    expect(memory?.totalBytes).toBeGreaterThan(150 * mebibyte)
    expect(memory?.totalBytes).toBeLessThanOrEqual(256 * mebibyte)
    expect(memory?.freeBytes).toBeLessThan(memory?.totalBytes ?? 0)
  })

  it('ends when its kernel panics, as it has a notifier', async () => {
    const serial = await domain.openSerial()
    serial.write('echo c >/proc/sysrq-trigger\n')
    await log.untilState('every', 'stopped')
    expect(domain.status).toMatchObject({ reason: 'guest-panic' })
    serial.destroy()
  })
})

describe('a machine for an old guest', { timeout: 300_000 }, () => {
  it('has virtio devices of the old kind, AC97 sound and a Cirrus screen; and nothing it did not ask for', async () => {
    const { domain, report } = await seenBy('old', {
      virtioTransitional: true,
      disks: [await disk({ name: 'a', serial: 'A' }), await disk({ name: 'b', serial: 'B', bus: 'scsi' })],
      nics: [card(1, 'virtio')],
      rng: true,
      guestAgent: true,
      balloon: { freePageReporting: false },
      sound: 'ac97',
      video: 'cirrus',
    })
    expect(report.disks.map(({ serial }) => serial).toSorted()).toEqual(['A', 'B'])
    const virtio = report.pci.filter(({ id }) => id.startsWith('1af4:')).map(({ id }) => id)
    // 1000 to 103f are the transitional ones: disk twice (one holds the questions), network, SCSI, channel, entropy, balloon.
    expect(virtio.toSorted()).toEqual([
      '1af4:1000',
      '1af4:1001',
      '1af4:1001',
      '1af4:1002',
      '1af4:1003',
      '1af4:1004',
      '1af4:1005',
    ])
    expect(report.screen).toContain('cirrus')
    expect(report.sound).toContain('82801AA')
    expect(foundAt(report, domain)).toEqual(Object.fromEntries(nicAddresses(domain.spec)))
    expect(report.usb).toEqual([])
    expect(report.watchdog).toBe('')
    expect(report.acpi).not.toContain('QEMU0001:00')
    await domain.destroy()
  })
})
