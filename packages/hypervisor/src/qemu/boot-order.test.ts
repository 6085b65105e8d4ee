/** Which device a machine boots from, and that every screen starts. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Driver } from '../driver.ts'
import type { VideoModel } from '../spec/devices.ts'
import type { DiskBus, DomainDisk } from '../spec/disks.ts'
import { writeBootDisk } from '../testing/boot-sector.ts'
import { untilLogged } from '../testing/console.ts'
import { QemuBench } from '../testing/qemu.ts'
import { plainSpec } from '../testing/spec.ts'

describe('QEMU: starting', { timeout: 300_000 }, () => {
  let bench: QemuBench
  let driver: Driver
  const buses: DiskBus[] = ['sata', 'virtio', 'scsi', 'usb']

  beforeAll(async () => {
    bench = await QemuBench.create()
    driver = await bench.open()
    for (const bus of buses) await writeBootDisk(bench.file(bus), `booted from ${bus}.`)
  })

  afterAll(() => bench.dispose())

  it.each<[string, Partial<Record<DiskBus, number>>, DiskBus]>([
    ['the first disk when none has an order', {}, 'sata'],
    ['the one with the lowest order', { usb: 3, scsi: 2, virtio: 4 }, 'scsi'],
    ['a USB disk', { usb: 1 }, 'usb'],
    ['a virtio disk', { virtio: 1, sata: 2 }, 'virtio'],
  ])('from %s', async (_, order, expected) => {
    const disks = buses.map((bus): DomainDisk => {
      const bootOrder = order[bus]
      const disk = { name: bus, path: bench.file(bus), format: 'raw', device: 'disk', bus, readOnly: false } as const
      return bootOrder === undefined ? disk : { ...disk, bootOrder }
    })
    const domain = await driver.start({ ...plainSpec(`boot-${expected}`), graphics: false, nics: [], disks })
    expect(await untilLogged(domain, '.')).toContain(`booted from ${expected}.`)
    await domain.destroy()
  })

  it.each<VideoModel>(['vga', 'bochs', 'cirrus', 'virtio', 'ramfb'])('with the screen %s', async (video) => {
    const domain = await driver.start({ ...plainSpec(`screen-${video}`), nics: [], video, sound: 'ich9' })
    const picture = await domain.screenshot()
    expect(picture.subarray(1, 4).toString()).toBe('PNG')
    await domain.destroy()
  })
})
