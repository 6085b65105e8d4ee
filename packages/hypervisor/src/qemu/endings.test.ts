/** How machines end or stop when nobody asked them to. What a guest ends by itself is beside this, where a guest runs anyway. */

import { execFile } from 'node:child_process'
import { open, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domain, Driver } from '../driver.ts'
import type { DomainDisk } from '../spec/disks.ts'
import { runInGuest, untilLogged } from '../testing/console.ts'
import { EventLog } from '../testing/event-log.ts'
import { QemuBench } from '../testing/qemu.ts'

const run = promisify(execFile)

describe('QEMU: endings', { timeout: 300_000 }, () => {
  let bench: QemuBench
  let driver: Driver
  let log: EventLog

  beforeAll(async () => {
    bench = await QemuBench.create()
    driver = await bench.open()
    log = new EventLog(driver)
  })

  afterAll(() => bench.dispose())

  async function booted(domain: Domain): Promise<Domain> {
    await untilLogged(domain, bench.marker)
    return domain
  }

  it('a QEMU that is killed', async () => {
    const domain = await driver.start(bench.spec('killed'))
    process.kill(domain.status.pid ?? 0, 'SIGKILL')
    await log.untilState('killed', 'stopped')
    expect(domain.status).toMatchObject({ state: 'stopped', reason: 'crashed', detail: 'QEMU ended without a word.' })
    await expect(domain.pause()).rejects.toMatchObject({ code: 'WrongState' })
  })

  it('a QEMU that is told to end by somebody else, with its last words', async () => {
    const domain = await driver.start(bench.spec('termed'))
    process.kill(domain.status.pid ?? 0, 'SIGTERM')
    await log.untilState('termed', 'stopped')
    expect(domain.status).toMatchObject({
      reason: 'crashed',
      detail: expect.stringContaining('terminating on signal 15'),
    })
  })

  it('a power-down and a crash while no driver watches are told by the next one', async () => {
    const off = await driver.start(bench.spec('off'))
    const killed = await driver.start(bench.spec('lost', { startPaused: true }))
    await booted(off)
    const serial = await off.openSerial()
    await runInGuest(serial, 'true')
    serial.write('(sleep 1; poweroff -f) &\n')
    const printed = await runInGuest(serial, 'true')
    expect(printed).not.toContain('not found')
    await driver.close()
    process.kill(killed.status.pid ?? 0, 'SIGKILL')
    driver = await bench.open()
    log = new EventLog(driver)
    await driver.adopt()
    expect(driver.get('lost')?.status).toMatchObject({ state: 'stopped', reason: 'crashed' })
    await log.untilState('off', 'stopped')
    expect(driver.get('off')?.status).toMatchObject({ state: 'stopped', reason: 'guest-shutdown' })
  })

  it('a disk that fails pauses the machine and is named, also for the next driver', async () => {
    const path = bench.file('broken.qcow2')
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', path, '8M'])
    const image = await open(path, 'r+')
    const header = Buffer.alloc(48)
    await image.read(header, 0, 48, 0)
    const entry = (value: bigint): Buffer => {
      const buffer = Buffer.alloc(8)
      buffer.writeBigUInt64BE((1n << 63n) | value)
      return buffer
    }
    // The second cluster does not start where clusters do: QEMU calls that corrupt and answers its reading with an error.
    await image.truncate(1 << 20)
    await image.write(entry(0x50000n), 0, 8, Number(header.readBigUInt64BE(40)))
    await image.write(entry(0x60200n), 0, 8, 0x50000 + 8)
    await image.close()
    const disk: DomainDisk = { name: 'data', path, format: 'qcow2', device: 'disk', bus: 'virtio', readOnly: false }
    const domain = await driver.start(bench.spec('broken', { disks: [disk] }))
    await booted(domain)
    const serial = await domain.openSerial()
    serial.write('until dd if=/dev/vda of=/dev/null bs=64k skip=1 count=1; do usleep 100000; done\n')
    await log.untilState('broken', 'paused')
    const expected = { state: 'paused', reason: 'io-error', detail: 'A disk failed: data (input/output error).' }
    expect(domain.status).toMatchObject(expected)
    await driver.close()
    driver = await bench.open()
    log = new EventLog(driver)
    await driver.adopt()
    expect(driver.get('broken')?.status).toMatchObject(expected)
    await driver.get('broken')?.destroy()
  })

  it.each<[string, Partial<DomainDisk>, string]>([
    ['an image that is not there', { path: '/no/such/image' }, 'InvalidSpec'],
    ['an image that is a folder', { path: '/tmp' }, 'InvalidSpec'],
    ['an image in another format', { format: 'qcow2' }, 'InvalidSpec'],
    ['a lun that is a file', { bus: 'scsi', device: 'lun' }, 'InvalidSpec'],
  ])('a start that fails on %s leaves nothing behind', async (_, change, code) => {
    const path = bench.file('empty.raw')
    await writeFile(path, Buffer.alloc(1 << 20))
    const disk: DomainDisk = { name: 'data', path, format: 'raw', device: 'disk', bus: 'virtio', readOnly: false }
    const before = bench.processes()
    const start = driver.start(bench.spec('failing', { disks: [{ ...disk, ...change }] }))
    await expect(start).rejects.toMatchObject({ code, message: expect.stringMatching(/disk data/) })
    expect(driver.get('failing')).toBeUndefined()
    expect(await readdir(bench.directory)).not.toContain('failing')
    expect(bench.processes()).toEqual(before)
  })

  it('a start that QEMU refuses says so in its words, and leaves nothing behind', async () => {
    const before = bench.processes()
    const spec = bench.spec('refused')
    const start = driver.start({ ...spec, cpu: { ...spec.cpu, cores: 300 } })
    await expect(start).rejects.toMatchObject({
      code: 'StartFailed',
      message: expect.stringContaining('The max CPUs supported'),
    })
    expect(await readdir(bench.directory)).not.toContain('refused')
    expect(bench.processes()).toEqual(before)
  })

  it('ends a QEMU whose folder is gone or was never finished, and nothing else', async () => {
    const kept = await driver.start(bench.spec('kept', { startPaused: true }))
    const orphan = await driver.start(bench.spec('orphan', { startPaused: true }))
    const half = await driver.start(bench.spec('half', { startPaused: true }))
    await driver.close()
    await rename(join(bench.directory, 'orphan'), bench.file('elsewhere'))
    await rename(join(bench.directory, 'half', 'spec.json'), bench.file('spec.json'))
    await rename(bench.file('elsewhere'), join(bench.directory, '.elsewhere'))
    driver = await bench.open()
    log = new EventLog(driver)
    const { adopted } = await driver.adopt()
    expect(adopted.map(({ id }) => id)).toEqual(['kept'])
    expect(bench.processes()).toEqual([kept.status.pid])
    expect([orphan, half].map(({ status }) => status.pid)).not.toContain(kept.status.pid)
    expect(await readdir(bench.directory)).not.toContain('half')
  })
})
