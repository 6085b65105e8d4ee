import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { createQemuDriver, type Domain, type DomainSpec } from '@berth/hypervisor'
import { buildTinyGuest, createImage, createOverlay } from '@berth/imaging'
import type { BenchContext } from '../context.ts'
import { against, type BenchLine } from '../line.ts'
import { percentile, spread } from '../statistics.ts'

const disk = 'data'
const mebibyte = 1024 ** 2
/** What is measured begins somewhere in the middle of its window, which lasts until it is over. */
const windowMs = 400
/** Bytes: a merge that a guest outruns has to end, too. */
const mostBytes = 256 * mebibyte

export const snapshotStall: BenchLine = {
  name: 'snapshot-stall',
  what: 'longest time in which no write of a guest ends, around a snapshot of its disk, p99',
  budget: { of: 'ratio', bound: 'at most', amount: 3 },
  async run(context) {
    const folder = await context.folder('stall')
    const { domain, close } = await writingGuest(context, folder)
    const rounds = context.quick ? 5 : 40
    const quiet: number[] = []
    const around: number[] = []
    let below = join(folder, 'disk.qcow2')
    for (let round = 0; round < rounds; round += 1) {
      quiet.push(await longestPause(domain, () => Promise.resolve()))
      const path = join(folder, `overlay-${round}.qcow2`)
      await createOverlay({ path, backing: { path: below, format: 'qcow2' } })
      around.push(await longestPause(domain, () => domain.snapshotDisks([{ disk, path }])))
      below = path
    }
    await close()
    return against(
      { what: 'the same without a snapshot', value: percentile(quiet, 0.99) },
      {
        value: percentile(around, 0.99),
        unit: 'ms',
        note: `${rounds} snapshots in windows of ${windowMs} ms while the guest writes without pause; ${spread(around)}; without: ${spread(quiet)}`,
      },
    )
  },
}

export const snapshotDeleteStall: BenchLine = {
  name: 'snapshot-delete-stall',
  what: 'longest time in which no write of a guest ends, around the merge after the newest snapshot of its disk was deleted, p99',
  budget: { of: 'ratio', bound: 'at most', amount: 5 },
  async run(context) {
    const folder = await context.folder('delete-stall')
    const { domain, close } = await writingGuest(context, folder)
    const rounds = context.quick ? 5 : 40
    const quiet: number[] = []
    const around: number[] = []
    const base = join(folder, 'disk.qcow2')
    for (let round = 0; round < rounds; round += 1) {
      quiet.push(await longestPause(domain, () => Promise.resolve()))
      const path = join(folder, `overlay-${round}.qcow2`)
      await createOverlay({ path, backing: { path: base, format: 'qcow2' } })
      await domain.snapshotDisks([{ disk, path }])
      // As the engine does it: a record is on disk before the guest goes on in the image below.
      const beforeSwitch = (): Promise<void> => writeDurably(join(folder, 'record'))
      around.push(
        await longestPause(domain, () =>
          domain.commitDisk({ disk, top: path, base, backingName: 'disk.qcow2', beforeSwitch, mostBytes }),
        ),
      )
    }
    await close()
    return against(
      { what: 'the same without a merge', value: percentile(quiet, 0.99) },
      {
        value: percentile(around, 0.99),
        unit: 'ms',
        note: `${rounds} merges while the guest writes without pause; ${spread(around)}; without: ${spread(quiet)}`,
      },
    )
  },
}

async function writeDurably(path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile('{}\n')
    await file.sync()
  } finally {
    await file.close()
  }
}

/** In milliseconds, as QEMU counts the writes that ended. */
async function longestPause(domain: Domain, act: () => Promise<void>): Promise<number> {
  const begin = performance.now()
  let acted: Promise<void> | undefined
  let isOver = false
  let last = begin
  let longest = 0
  let before: number | undefined
  for (;;) {
    const writes = (await domain.metrics()).disks[disk]?.writes ?? 0
    const now = performance.now()
    if (writes !== before) {
      if (before !== undefined) longest = Math.max(longest, now - last)
      before = writes
      last = now
    }
    if (acted === undefined && now - begin > windowMs / 4) {
      acted = act().finally(() => (isOver = true))
      // Whoever awaits it below hears of a failure.
      acted.catch(() => {})
    }
    if (isOver && now - begin > windowMs) break
  }
  await acted
  return Math.max(longest, performance.now() - last)
}

async function writingGuest(
  context: BenchContext,
  folder: string,
): Promise<{ domain: Domain; close: () => Promise<void> }> {
  const { kernel, initrd, cmdline, marker } = await buildTinyGuest({ directory: await context.folder('guest') })
  const path = join(folder, 'disk.qcow2')
  await createImage({ path, format: 'qcow2', sizeBytes: 64 * mebibyte })
  const driver = await createQemuDriver({ directory: join(folder, 'machines'), acceleration: 'tcg' })
  const spec: DomainSpec = {
    id: 'writer',
    title: 'default_writer',
    uuid: '11111111-2222-3333-4444-555555555555',
    machine: 'q35',
    cpu: { features: [], sockets: 1, cores: 1, threads: 1 },
    memoryMiB: 128,
    firmware: { kind: 'bios' },
    acpi: true,
    kernel: { path: kernel, initrd, cmdline },
    disks: [{ name: disk, path, format: 'qcow2', device: 'disk', bus: 'virtio', readOnly: false }],
    nics: [],
    serialConsole: true,
    graphics: false,
    rng: false,
    guestAgent: false,
    clock: { utcOffsetSeconds: 0 },
    startPaused: false,
    tags: {},
  }
  const domain = await driver.start(spec)
  const close = async (): Promise<void> => {
    await domain.destroy()
    await driver.close()
  }
  context.atEnd(close)
  await untilLogged(domain, marker)
  const serial = await domain.openSerial()
  await untilWriting(domain, serial)
  return { domain, close }
}

async function untilLogged(domain: Domain, text: string): Promise<void> {
  const stop = new AbortController()
  let seen = ''
  for await (const piece of domain.serialLog({ follow: true, signal: stop.signal })) {
    seen += Buffer.from(piece).toString('latin1')
    if (seen.includes(text)) return stop.abort()
  }
}

/** Small writes past the guest's cache, one after the other. */
async function untilWriting(domain: Domain, serial: Duplex): Promise<void> {
  serial.resume()
  serial.write('(while true; do dd if=/dev/zero of=/dev/vda bs=4096 count=8192 oflag=direct 2>/dev/null; done &)\n')
  while (((await domain.metrics()).disks[disk]?.writes ?? 0) < 100) await delay(20)
}
