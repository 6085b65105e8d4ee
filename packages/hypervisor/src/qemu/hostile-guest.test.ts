/** Guests that flood, and machines that use every kind of device. */

import { execFile } from 'node:child_process'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Driver } from '../driver.ts'
import type { DomainDisk } from '../spec/disks.ts'
import { runInGuest, untilLogged, untilOnline, untilPrinted } from '../testing/console.ts'
import { EventLog } from '../testing/event-log.ts'
import { keptBytes } from '../testing/kept-memory.ts'
import { writePortLine } from '../testing/port-writer.ts'
import { QemuBench } from '../testing/qemu.ts'
import { plainSpec } from '../testing/spec.ts'

const run = promisify(execFile)
/** FramebufferUpdateRequest for 1280 x 800 from the corner, not incremental. */
const wholeScreen = Buffer.from([3, 0, 0, 0, 0, 0, 5, 0, 3, 32])

describe('QEMU: guests and devices', { timeout: 300_000 }, () => {
  let bench: QemuBench
  let driver: Driver
  let log: EventLog
  const serialLogBytes = 64 * 1024

  beforeAll(async () => {
    bench = await QemuBench.create()
    driver = await bench.open({ serialLogBytes })
    log = new EventLog(driver)
  })

  afterAll(() => bench.dispose())

  it('a guest that floods its channels fills neither disk nor memory, and stays in hand', async () => {
    const domain = await driver.start(bench.spec('flood', { guestAgent: true }))
    await untilLogged(domain, bench.marker)
    const serial = await domain.openSerial()
    await runInGuest(serial, 'until ls /dev/vport*; do usleep 50000; done')
    serial.write('(yes > $(ls /dev/vport*)) & yes 0123456789012345678901234567890123456789\n')
    await log.until((event) => event.type === 'agent' && event.connected)
    // The session is left open and unread: its guest has to wait for it then, so it is closed.
    serial.destroy()
    const memory = await keptBytes()
    const folder = join(bench.directory, 'flood')
    let most = 0
    let rotations = 0
    let older: number | undefined
    while (rotations < 4) {
      const names = (await readdir(folder)).filter((name) => name.startsWith('serial.log'))
      const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)))
      most = Math.max(
        most,
        sizes.reduce((sum, each) => sum + (each?.size ?? 0), 0),
      )
      const changed = (await stat(join(folder, 'serial.log.1')).catch(() => undefined))?.mtimeMs
      if (changed !== older) rotations += 1
      older = changed
      await delay(20)
    }
    // Two generations of the bound, and what the guest writes between two looks at the log.
    expect(most).toBeLessThan(8 * 1024 * 1024)
    await expect(domain.agent.info()).rejects.toMatchObject({ code: expect.stringMatching(/^(?:Protocol|Timeout)$/) })
    expect((await keptBytes()) - memory).toBeLessThan(32 * 1024 * 1024)
    await domain.pause()
    await domain.resume()
    await domain.destroy()
    expect(bench.processes()).toEqual([])
  })

  it('a guest that floods its screen and its ports waits for who does not read them, and hurts nobody', async () => {
    // Its firmware finds nothing to boot, and waits.
    const { kernel: _, ...guestless } = bench.spec('calm')
    const [calm, domain] = await Promise.all([
      driver.start(guestless),
      driver.start(bench.spec('splash', { graphics: true, nics: plainSpec('splash').nics })),
    ])
    await untilLogged(domain, bench.marker)
    await untilOnline(domain)
    const serial = await domain.openSerial()
    // A server that never stops talking, and a console on the screen that scrolls without end.
    await runInGuest(serial, '{ (while true; do nc -ll -p 7777 -e yes; done) & }')
    await runInGuest(serial, 'until grep -q :1E61 /proc/net/tcp /proc/net/tcp6; do usleep 50000; done')
    serial.write('(yes 0123456789 >/dev/tty0) &\n')
    serial.destroy()
    const before = await keptBytes()
    const [port, screen] = await Promise.all([domain.dial(7777), domain.openVnc({ preserve: false })])
    // A viewer that asks for the whole screen again and again (RFC 6143, 7.1 and 7.5.3) and reads nothing after the greeting.
    await untilPrinted(screen, 'RFB 003.008')
    const ask = Buffer.concat([Buffer.from('RFB 003.008\n\x01\x01', 'latin1'), ...Array(2000).fill(wholeScreen)])
    screen.pause().write(ask)
    port.pause()
    await delay(1000)
    expect(port.readableLength + screen.readableLength).toBeLessThan(1024 * 1024)
    expect((await keptBytes()) - before).toBeLessThan(32 * 1024 * 1024)
    // It is still in hand, and so is the machine beside it.
    await calm.pause()
    await domain.pause()
    await domain.resume()
    expect((await domain.screenshot()).length).toBeGreaterThan(100)
    port.destroy()
    screen.destroy()
    await Promise.all([domain.destroy(), calm.destroy()])
  })

  it('carries bytes to and from a port of the guest, until that powers itself off', async () => {
    const domain = await driver.start(bench.spec('net', { nics: plainSpec('net').nics }))
    await untilLogged(domain, bench.marker)
    await untilOnline(domain)
    const serial = await domain.openSerial()
    await runInGuest(serial, '{ (while true; do nc -l -p 7777 -e cat; done) & }')
    // 1E61 is port 7777 in the kernel's list of sockets.
    await runInGuest(serial, 'until grep -q :1E61 /proc/net/tcp /proc/net/tcp6; do usleep 50000; done')
    const stream = await domain.dial(7777)
    stream.write('there and back')
    await untilPrinted(stream, 'there and back')
    stream.destroy()
    await expect(domain.dial(7778)).rejects.toMatchObject({ code: 'Refused' })
    serial.write('poweroff -f\n')
    await log.untilState('net', 'stopped')
    expect(domain.status).toEqual({ state: 'stopped', reason: 'guest-shutdown', agentConnected: false })
  })

  it('starts a machine with every kind of device, by UEFI, as its own user', async () => {
    const image = async (name: string, format: 'raw' | 'qcow2', ...more: string[]): Promise<string> => {
      await run('qemu-img', ['create', '-q', '-f', format, ...more, bench.file(name), '4M'])
      return bench.file(name)
    }
    const base = await image('base.raw', 'raw')
    const common = { device: 'disk', readOnly: false } as const
    const disks: DomainDisk[] = [
      { ...common, name: 'a', bus: 'virtio', format: 'qcow2', path: await image('a', 'qcow2'), serial: 'one,two' },
      { ...common, name: 'b', bus: 'sata', format: 'raw', path: await image('b', 'raw') },
      { ...common, name: 'c', bus: 'scsi', format: 'raw', path: await image('c', 'raw'), cache: 'writethrough' },
      { ...common, name: 'd', bus: 'usb', format: 'raw', path: await image('d', 'raw') },
      {
        ...common,
        name: 'e',
        bus: 'sata',
        format: 'raw',
        path: await image('e', 'raw'),
        device: 'cdrom',
        readOnly: true,
      },
      {
        ...common,
        name: 'f',
        bus: 'scsi',
        format: 'raw',
        path: await image('f', 'raw'),
        device: 'cdrom',
        readOnly: true,
      },
      {
        ...common,
        name: 'g'.repeat(63),
        bus: 'virtio',
        format: 'qcow2',
        path: await image('g', 'qcow2', '-b', base, '-F', 'raw'),
        backing: [{ path: base, format: 'raw' }],
      },
      { ...common, name: 'h', bus: 'virtio', format: 'raw', path: base, readOnly: true, shareable: true },
    ]
    const [nic] = plainSpec('x').nics
    const models = ['virtio', 'e1000', 'e1000e', 'rtl8139', 'ne2k_pci', 'pcnet'] as const
    const nics = models.flatMap((model, index) =>
      nic === undefined
        ? []
        : [{ ...nic, name: `n${index}`, model, mac: `52:54:00:00:00:0${index}`, linkUp: index > 0 }],
    )
    const domain = await driver.start(
      bench.spec('all', {
        disks,
        nics,
        firmware: { kind: 'uefi' },
        graphics: true,
        inputs: [{ type: 'tablet', bus: 'usb' }],
        rng: true,
        guestAgent: true,
        watchdog: { model: 'i6300esb', action: 'poweroff' },
        clock: { utcOffsetSeconds: 60, timezone: 'Europe/Berlin' },
        serial: 'a,b',
      }),
    )
    expect(domain.status.state).toBe('running')
    const metrics = await domain.metrics()
    expect(Object.keys(metrics.disks)).toEqual(disks.map(({ name }) => name))
    expect(metrics.residentBytes).toBeGreaterThan(0)
    expect((await domain.screenshot()).length).toBeGreaterThan(100)
    const folder = await stat(join(bench.directory, 'all'))
    expect(folder.mode & 0o777).toBe(0o700)
    const owner = await stat(`/proc/${domain.status.pid}`)
    const runFolder = await stat(join(bench.directory, 'all', 'run'))
    expect(runFolder.uid).toBe(owner.uid)
    if (process.getuid?.() === 0) expect(owner.uid).toBeGreaterThanOrEqual(1_900_000_000)
    await domain.destroy()
  })

  it('boots a kernel that only root may read, and ends when that panics', async () => {
    const spec = bench.spec('secret', { panicDevices: ['isa'] })
    const path = bench.file('kernel')
    await run('cp', [spec.kernel?.path ?? '', path])
    const handle = await open(path)
    await handle.chmod(0o600)
    await handle.close()
    const domain = await driver.start({ ...spec, kernel: { ...spec.kernel, path } })
    await untilLogged(domain, bench.marker)
    const serial = await domain.openSerial()
    await runInGuest(serial, 'true')
    // What the kernel's pvpanic driver does on a panic.
    serial.write(`${writePortLine(0x505, 1)}\n`)
    await log.untilState('secret', 'stopped')
    expect(domain.status).toMatchObject({ state: 'stopped', reason: 'guest-panic' })
  })

  it('works in a folder whose path is longer than a socket address', async () => {
    const deep = await bench.open({ directory: bench.file('d'.repeat(100)) })
    const domain = await deep.start(bench.spec('deep'))
    await domain.pause()
    await domain.destroy()
    await deep.close()
  })
})
