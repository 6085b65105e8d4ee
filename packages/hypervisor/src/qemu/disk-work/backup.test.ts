/** Backups of disks that a guest writes to, put together again and compared; and the counts they rest on, over stops and crashes. */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import { NbdClient } from '@berth/imaging'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackupResult, ShownDisks } from '../../disk-work.ts'
import type { Domain, Driver } from '../../driver.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import { runInGuest, untilLogged } from '../../testing/console.ts'
import { DiskWriter } from '../../testing/disk-writer.ts'
import { EventLog } from '../../testing/event-log.ts'
import { contentSum, makeImage, makeOverlay } from '../../testing/images.ts'
import { testInspector } from '../../testing/inspector.ts'
import { QemuBench } from '../../testing/qemu.ts'
import { plainSpec } from '../../testing/spec.ts'

const run = promisify(execFile)
const id = 'backed-up'
const mebibytes = 2
const size = mebibytes * 1024 ** 2
let bench: QemuBench
let driver: Driver
let log: EventLog
let serial: Duplex
let writer: DiskWriter

function machine(): Domain {
  const domain = driver.get(id)
  if (domain === undefined) throw new Error('the machine is not there')
  return domain
}

/** Nobody waits for the guest. */
async function restart(disks: DomainDisk[]): Promise<Domain> {
  const { kernel, initrd, cmdline } = await testInspector()
  const spec: DomainSpec = {
    ...plainSpec(id),
    kernel: { path: kernel, initrd, cmdline },
    memoryMiB: 160,
    graphics: false,
    nics: [],
    ioThreadCount: 1,
    disks,
  }
  return driver.start(spec)
}

async function boot(disks: DomainDisk[]): Promise<void> {
  const { marker } = await testInspector()
  const domain = await restart(disks)
  await untilLogged(domain, marker)
  serial = await domain.openSerial()
}

/** Both disks into images that lie on those of an earlier backup. */
async function backup(
  name: string,
  options: { since?: string; checkpoint?: string; on?: string },
): Promise<BackupResult> {
  const disks = []
  for (const disk of ['a', 'b']) {
    const path = bench.file(`${disk}-${name}`)
    const on =
      options.on === undefined ? undefined : { path: bench.file(`${disk}-${options.on}`), format: 'qcow2' as const }
    if (on === undefined) await makeImage(path, size)
    else await makeOverlay(path, on)
    disks.push({ disk, path })
  }
  const { since, checkpoint } = options
  return machine().backupDisks({
    disks,
    ...(since === undefined ? {} : { since }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  })
}

async function expectContent(name: string, sums: ReadonlyMap<string, string>): Promise<void> {
  expect(await contentSum({ path: bench.file(`a-${name}`), format: 'qcow2' })).toBe(sums.get('vda'))
  expect(await contentSum({ path: bench.file(`b-${name}`), format: 'qcow2' })).toBe(sums.get('vdb'))
}

async function snapshot(suffix: string): Promise<void> {
  const overlays = []
  for (const disk of machine().spec.disks) {
    overlays.push({ disk: disk.name, path: await makeOverlay(bench.file(`${disk.name}-${suffix}`), disk) })
  }
  await machine().snapshotDisks(overlays)
}

/** No I/O thread serves it. */
const readable = { disk: 'b', device: 'vdb' }

async function scratch(name: string): Promise<{ disks: { disk: string; path: string }[] }> {
  return { disks: [{ disk: readable.disk, path: await makeImage(bench.file(name), size) }] }
}

async function readShown(shown: ShownDisks): Promise<Buffer> {
  const client = await NbdClient.open(await shown.connect(), { name: readable.disk })
  expect(client.sizeBytes).toBe(size)
  const content = await client.read(0, size)
  client.close()
  return content
}

/** @returns how many bytes had changed */
async function takeChanges(shown: ShownDisks, copy: Buffer): Promise<number> {
  const bitmap = shown.changedContext ?? ''
  const client = await NbdClient.open(await shown.connect(), { name: readable.disk, bitmap })
  let changed = 0
  for (let at = 0; at < size;) {
    for (const { offset, length, dirty } of await client.status(at, size - at)) {
      if (dirty) {
        changed += length
        ;(await client.read(offset, length)).copy(copy, offset)
      }
      at = offset + length
    }
  }
  client.close()
  return changed
}

function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex')
}

async function stop(how: () => Promise<unknown>): Promise<DomainDisk[]> {
  const { disks } = machine().spec
  log.clear()
  await how()
  await log.untilState(id, 'stopped')
  await driver.forget(id)
  return disks
}

beforeAll(async () => {
  bench = await QemuBench.create()
  driver = await bench.open()
  log = new EventLog(driver)
  const disks: DomainDisk[] = []
  for (const name of ['a', 'b']) {
    const path = await makeImage(bench.file(`${name}-0`), size)
    const disk: DomainDisk = { name, path, format: 'qcow2', device: 'disk', bus: 'virtio', readOnly: false }
    // The same, whichever thread serves the disk.
    disks.push(name === 'a' ? { ...disk, ioThreads: [1] } : disk)
  }
  await boot(disks)
  writer = await DiskWriter.prepare(serial, [
    { device: 'vda', mebibytes },
    { device: 'vdb', mebibytes },
  ])
}, 300_000)

afterAll(() => bench.dispose())

describe('backups', { timeout: 300_000 }, () => {
  it('are whole first, then hold what was written since; together they are the disk', async () => {
    const whole = await backup('full', { checkpoint: 'one' })
    expect(whole.disks).toEqual([
      { disk: 'a', bytes: size, sizeBytes: size },
      { disk: 'b', bytes: size, sizeBytes: size },
    ])
    await writer.start()
    // While the guest writes, and across a snapshot; nobody can compare these two, but the next rests on them.
    await backup('inc1', { since: 'one', checkpoint: 'two', on: 'full' })
    await snapshot('1')
    await writer.writes(2)
    await backup('inc2', { since: 'two', checkpoint: 'three', on: 'inc1' })
    const sums = await writer.stop()
    const { disks } = await backup('inc3', { since: 'three', on: 'inc2' })
    await expectContent('inc3', sums)
    for (const { bytes } of disks) expect(bytes).toBeLessThan(size)
    expect(disks.some(({ bytes }) => bytes > 0)).toBe(true)
    await backup('long', { since: 'one', on: 'full' })
    await expectContent('long', sums)
  })

  it('keep their count over merges', async () => {
    await writer.start()
    await snapshot('2')
    await writer.writes(2)
    await machine().commitDisk({ disk: 'a', top: bench.file('a-1'), base: bench.file('a-0'), backingName: 'a-0' })
    await machine().streamDisk({ disk: 'b', into: bench.file('b-2') })
    const sums = await writer.stop()
    await backup('merged', { since: 'three', on: 'inc2' })
    await expectContent('merged', sums)
  })

  it('refuse a name that is taken, a count that there is not, and a target of another size', async () => {
    await expect(machine().addBitmap({ disks: ['a'], name: 'one' })).rejects.toMatchObject({ code: 'AlreadyExists' })
    const wrong = { disks: [{ disk: 'a', path: await makeImage(bench.file('small'), size / 2) }] }
    await expect(machine().backupDisks(wrong)).rejects.toMatchObject({ code: 'InvalidSpec' })
    const unknown = { disks: [{ disk: 'a', path: await makeImage(bench.file('none'), size) }], since: 'never' }
    await expect(machine().backupDisks(unknown)).rejects.toMatchObject({ code: 'NotFound', remedy: /everything/ })
  })

  it('that are ended leave no count and nothing in QEMU', async () => {
    const ended = machine().backupDisks({
      disks: [{ disk: 'a', path: await makeImage(bench.file('ended'), size) }],
      checkpoint: 'ended',
      bytesPerSecond: 64 * 1024,
      signal: AbortSignal.timeout(100),
    })
    await expect(ended).rejects.toThrow(/timeout/i)
    await machine().addBitmap({ disks: ['a'], name: 'ended' })
    await machine().removeBitmap({ disks: ['a', 'b'], name: 'ended' })
    await machine().addBitmap({ disks: ['a', 'b'], name: 'kept' })
  })

  it('are not shown where an I/O thread serves the disk', async () => {
    const disks = [{ disk: 'a', path: await makeImage(bench.file('threaded'), size) }]
    await expect(machine().showDisks({ disks, during: async () => {} })).rejects.toMatchObject({ code: 'Unsupported' })
  })

  it('are shown as they were at one instant while the guest writes, and tell what was written since another', async () => {
    await writer.start()
    const sums = await writer.stop()
    let copy: Buffer = Buffer.alloc(0)
    await machine().showDisks({
      ...(await scratch('shown')),
      checkpoint: 'shown',
      async during(shown) {
        await writer.start()
        await writer.writes(5)
        expect(shown.disks).toEqual([{ disk: readable.disk, sizeBytes: size }])
        copy = await readShown(shown)
        await expect(machine().showDisks({ disks: [], during: async () => {} })).rejects.toMatchObject({
          code: 'WrongState',
        })
      },
    })
    expect(md5(copy)).toBe(sums.get(readable.device))
    const later = await writer.stop()
    await writer.start()
    await snapshot('3')
    const now = await writer.stop()
    expect(now).not.toEqual(later)
    await machine().showDisks({
      ...(await scratch('shown2')),
      since: 'shown',
      async during(shown) {
        await writer.start()
        await writer.writes(2)
        const changed = await takeChanges(shown, copy)
        expect(changed).toBeGreaterThan(0)
        expect(changed).toBeLessThan(size)
      },
    })
    expect(md5(copy)).toBe(now.get(readable.device))
    expect(await machine().bitmapsOf(readable.disk)).toContain('shown')
    await machine().removeBitmap({ disks: [readable.disk], name: 'shown' })
    await writer.stop()
  })

  it('that are ended, or have no room for what the guest overwrites, leave nothing and let the guest go on', async ({
    skip,
  }) => {
    const ended = new AbortController()
    const showing = machine().showDisks({
      ...(await scratch('ended2')),
      checkpoint: 'ended2',
      signal: ended.signal,
      during: async () => {
        ended.abort(new Error('enough'))
        await new Promise(() => {})
      },
    })
    await expect(showing).rejects.toThrow('enough')
    expect(await machine().bitmapsOf(readable.disk)).not.toContain('ended2')
    const tight = bench.file('tight')
    await mkdir(tight)
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=768k', 'tmpfs', tight]).catch(() => undefined)
    skip(mounted === undefined, 'only root may mount a small file system')
    try {
      let broken: unknown
      let started: Promise<void> | undefined
      const full = machine().showDisks({
        ...(await scratch('tight/scratch')),
        checkpoint: 'tight',
        async during({ signal }) {
          signal.addEventListener('abort', () => (broken = signal.reason))
          started = writer.start()
          await new Promise(() => {})
        },
      })
      await expect(full).rejects.toMatchObject({ code: 'NoSpace' })
      expect(broken).toMatchObject({ code: 'NoSpace' })
      await started
      await writer.writes(2)
      await writer.stop()
      expect(await machine().bitmapsOf(readable.disk)).not.toContain('tight')
    } finally {
      await run('umount', [tight])
    }
  })

  it('show memory as an ELF core, while the machine counts as running', async () => {
    log.clear()
    const path = bench.file('core')
    // In pieces, so that only the guest ever has the whole.
    await runInGuest(serial, 'x=words-in; echo $x-memory > /words')
    const seen: number[] = []
    await machine().dumpMemory({ path, onProgress: ({ totalBytes }) => seen.push(totalBytes) })
    const file = await open(path)
    const head = Buffer.alloc(20)
    await file.read(head, 0, head.length, 0)
    expect((await file.stat()).size).toBeGreaterThanOrEqual(160 * 1024 ** 2)
    await file.close()
    // Of type core, for x86-64 (ELF specification, e_type and e_machine).
    expect([head.subarray(0, 4).toString('latin1'), head.readUInt16LE(16), head.readUInt16LE(18)]).toEqual([
      '\x7fELF',
      4,
      62,
    ])
    expect(seen.at(-1)).toBeGreaterThanOrEqual(160 * 1024 ** 2)
    expect(log.states(id)).toEqual([])
    await run('grep', ['-q', '-a', '-F', 'words-in-memory', path])
  })

  it('go on counting after the machine was stopped and started, and not after QEMU was killed', async () => {
    await writer.start()
    const sums = await writer.stop()
    const disks = await stop(() => machine().destroy())
    await restart(disks)
    await backup('restarted', { since: 'three', on: 'inc2' })
    await expectContent('restarted', sums)
    await stop(async () => process.kill(machine().status.pid ?? 0, 'SIGKILL'))
    await restart(disks)
    await expect(backup('killed', { since: 'three', on: 'inc2' })).rejects.toMatchObject({ code: 'NotFound' })
    await machine().removeBitmap({ disks: ['a', 'b'], name: 'three' })
    await machine().addBitmap({ disks: ['a', 'b'], name: 'again' })
  })
})
