/** Disks that come and go while a machine runs, as its guest sees them. */

import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domain, Driver } from '../../driver.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import { runInGuest, untilLogged } from '../../testing/console.ts'
import { testInspector } from '../../testing/inspector.ts'
import { QemuBench } from '../../testing/qemu.ts'
import { plainSpec } from '../../testing/spec.ts'

const id = 'plugged'
let bench: QemuBench
let driver: Driver
let serial: Duplex

async function disk(change: Partial<DomainDisk> & Pick<DomainDisk, 'name'>): Promise<DomainDisk> {
  const path = bench.file(`${change.name}.raw`)
  const file = await open(path, 'a', 0o600)
  await file.truncate(4 * 1024 ** 2)
  await file.close()
  return { path, format: 'raw', device: 'disk', bus: 'scsi', readOnly: false, serial: change.name, ...change }
}

function machine(): Domain {
  const domain = driver.get(id)
  if (domain === undefined) throw new Error('the machine is not there')
  return domain
}

/** Shell function that prints the disk with a serial number, which is in another place on each bus. */
const find =
  'find_disk() { for d in /sys/block/*; do s=$(cat $d/serial 2>/dev/null || tail -c +5 $d/device/vpd_pg80 2>/dev/null); [ "$s" = "$1" ] && echo found:${d##*/}:; done; }'

/** The kernel's name of the disk with this serial number, once it is there. */
async function named(serialNumber: string): Promise<string> {
  const look = `n=$(find_disk ${serialNumber})`
  const output = await runInGuest(serial, `${look}; until [ -n "$n" ]; do usleep 20000; ${look}; done; echo $n`)
  return /found:(\w+):/.exec(output)?.[1] ?? ''
}

async function untilGone(serialNumber: string): Promise<void> {
  await runInGuest(serial, `while [ -n "$(find_disk ${serialNumber})" ]; do usleep 20000; done`)
}

async function reopen(): Promise<void> {
  await driver.close()
  driver = await bench.open()
  await driver.adopt()
  serial = await machine().openSerial()
}

beforeAll(async () => {
  bench = await QemuBench.create()
  driver = await bench.open()
  const { kernel, initrd, cmdline, marker } = await testInspector()
  const drive: DomainDisk = { ...(await disk({ name: 'drive' })), path: '', device: 'cdrom', bus: 'sata' }
  const fixed = await disk({ name: 'fixed', bus: 'virtio' })
  const domain = await driver.start({
    ...plainSpec(id),
    kernel: { path: kernel, initrd, cmdline },
    memoryMiB: 256,
    graphics: false,
    nics: [],
    diskHotplug: true,
    disks: [drive, fixed],
  })
  await untilLogged(domain, marker)
  serial = await domain.openSerial()
  await runInGuest(serial, find)
}, 300_000)

afterAll(() => bench.dispose())

describe('disks of a machine that runs', { timeout: 300_000 }, () => {
  it.each(['scsi', 'virtio'] as const)('come and go on the %s bus, again and again', async (bus) => {
    const wanted = await disk({ name: `data-${bus}`, bus })
    for (let round = 0; round < 5; round += 1) {
      await machine().attachDisk(wanted)
      const name = await named(wanted.serial ?? '')
      expect(name).toMatch(bus === 'scsi' ? /^sd/ : /^vd/)
      await runInGuest(serial, `echo round-${round} | dd of=/dev/${name} conv=sync bs=512 && sync`)
      await machine().detachDisk(wanted.name)
      await untilGone(wanted.serial ?? '')
      expect(machine().spec.disks.map((each) => each.name)).toEqual(['drive', 'fixed'])
      const written = await readFile(wanted.path)
      expect(written.subarray(0, 16).toString()).toContain(`round-${round}\n`)
    }
  })

  it('cannot be written by the guest where they are read-only', async () => {
    await machine().attachDisk(await disk({ name: 'locked', readOnly: true }))
    const name = await named('locked')
    expect(await runInGuest(serial, `cat /sys/block/${name}/ro`)).toContain('1\r\n')
    await machine().detachDisk('locked')
  })

  it('that were there from the start can go too', async () => {
    await machine().detachDisk('fixed')
    await untilGone('fixed')
    await machine().attachDisk(await disk({ name: 'fixed', bus: 'virtio' }))
    await named('fixed')
  })

  it('come into an empty CD-ROM drive and out of it', async () => {
    const medium: DomainDisk = { ...(await disk({ name: 'drive' })), device: 'cdrom', bus: 'sata', readOnly: true }
    await machine().attachDisk(medium)
    expect(
      await runInGuest(serial, 'until [ $(blockdev --getsize64 /dev/sr0) = 4194304 ]; do usleep 20000; done'),
    ).toBeTruthy()
    await machine().detachDisk('drive')
    expect(machine().spec.disks.find(({ name }) => name === 'drive')).toMatchObject({ path: '' })
    await machine().attachDisk(medium)
    await machine().detachDisk('drive')
  })

  it('are known to the next driver, which can take them out', async () => {
    await machine().attachDisk(await disk({ name: 'kept' }))
    await reopen()
    expect(machine().spec.disks.map((each) => each.name)).toContain('kept')
    await named('kept')
    await machine().detachDisk('kept')
    await untilGone('kept')
  })

  it.each([
    ['an unknown place', { bus: 'sata' as const }, 'Unsupported'],
    ['an image that is not there', { path: '/nowhere/at-all' }, 'InvalidSpec'],
    ['a name that is taken', { name: 'fixed' }, 'AlreadyExists'],
    ['an image that is not what it is said to be', { format: 'qcow2' as const }, 'InvalidSpec'],
    ['a name that is options', { name: 'a,b=c' }, 'InvalidSpec'],
    ['a serial number QEMU does not take', { serial: 'x'.repeat(300) }, 'InvalidSpec'],
  ])('are refused with %s, and nothing is left of them', async (_, change, code) => {
    const before = machine().spec
    await expect(machine().attachDisk({ ...(await disk({ name: 'refused' })), ...change })).rejects.toMatchObject({
      code,
    })
    expect(machine().spec).toEqual(before)
    const record: unknown = JSON.parse(await readFile(join(bench.directory, id, 'spec.json'), 'utf8'))
    expect(record).toEqual(before)
  })

  it('that another machine writes to are refused by QEMU, and can come once it has let go', async () => {
    const shared = await disk({ name: 'shared' })
    const other = await driver.start(bench.spec('other', { disks: [shared], startPaused: true }))
    await expect(machine().attachDisk(shared)).rejects.toMatchObject({ code: 'Refused', message: /lock/ })
    await other.destroy()
    await machine().attachDisk(shared)
    await named('shared')
    await machine().detachDisk('shared')
  })

  it('that the record names and QEMU does not have are forgotten by the next driver', async () => {
    await driver.close()
    const path = join(bench.directory, id, 'spec.json')
    const record = JSON.parse(await readFile(path, 'utf8')) as { disks: DomainDisk[] }
    const file = await open(path, 'w')
    await file.writeFile(JSON.stringify({ ...record, disks: [...record.disks, await disk({ name: 'phantom' })] }))
    await file.close()
    driver = await bench.open()
    await driver.adopt()
    expect(machine().spec.disks.map((each) => each.name)).not.toContain('phantom')
    serial = await machine().openSerial()
    await machine().attachDisk(await disk({ name: 'phantom' }))
    await named('phantom')
    await machine().detachDisk('phantom')
  })

  it('has room for no more on its ports than it has, and says where there is', async () => {
    const attached: string[] = []
    const fill = async (): Promise<never> => {
      for (let index = 0; ; index += 1) {
        await machine().attachDisk(await disk({ name: `fill-${index}`, bus: 'virtio' }))
        attached.push(`fill-${index}`)
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'Unsupported', remedy: /scsi/ })
    expect(attached.length).toBeGreaterThanOrEqual(3)
    for (const name of attached) await machine().detachDisk(name)
  })

  it('can be another medium in the drive each time, as the guest reads it', async () => {
    for (const words of ['first medium', 'other medium']) {
      const medium: DomainDisk = { ...(await disk({ name: 'drive' })), device: 'cdrom', bus: 'sata', readOnly: true }
      const path = bench.file(`${words.slice(0, 5)}.iso`)
      await writeFile(path, words.padEnd(64 * 1024, '.'))
      await machine().attachDisk({ ...medium, path })
      const read = `head -c ${words.length} /dev/sr0 2>/dev/null`
      await runInGuest(serial, `until [ "$(${read})" = "${words}" ]; do usleep 20000; done`)
      await machine().detachDisk('drive')
    }
  })

  it('that are shared are written to by two machines', async () => {
    const shared = await disk({ name: 'for-both', shareable: true, bus: 'virtio' })
    const other = await driver.start(bench.spec('both', { disks: [shared] }))
    await machine().attachDisk(shared)
    const here = await named('for-both')
    await untilLogged(other, bench.marker)
    const there = await other.openSerial()
    await runInGuest(serial, `echo written here | dd of=/dev/${here} conv=notrunc,fsync 2>/dev/null`)
    const read = 'echo 3 > /proc/sys/vm/drop_caches; head -c 12 /dev/vda'
    expect(await runInGuest(there, read)).toContain('\nwritten here')
    await runInGuest(there, 'echo written there | dd of=/dev/vda bs=512 seek=8 conv=notrunc,fsync 2>/dev/null')
    const back = `echo 3 > /proc/sys/vm/drop_caches; dd if=/dev/${here} bs=512 skip=8 count=1 2>/dev/null | head -c 13`
    expect(await runInGuest(serial, back)).toContain('\nwritten there')
    await expect(machine().snapshotDisks([{ disk: 'for-both', path: '/overlay' }])).rejects.toMatchObject({
      code: 'Unsupported',
    })
    await other.destroy()
    await machine().detachDisk('for-both')
  })

  it('are sixty on one controller, if need be', async () => {
    const count = 'ls /sys/block | grep -c ^sd'
    for (let index = 0; index < 60; index += 1) await machine().attachDisk(await disk({ name: `many-${index}` }))
    await runInGuest(serial, `until [ $(${count}) = 60 ]; do usleep 50000; done`)
    expect(Object.keys((await machine().metrics()).disks)).toContain('many-59')
    await reopen()
    expect(machine().spec.disks.filter(({ bus }) => bus === 'scsi')).toHaveLength(60)
  })
})
