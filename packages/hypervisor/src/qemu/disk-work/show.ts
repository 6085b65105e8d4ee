/**
 * Disks as they are at one instant, shown over NBD while the guest goes on. A backup job that copies nothing by itself keeps, in a scratch
 * image on top of the disk, what the guest is about to overwrite; the scratch image is what is shown. What fails there fails a write of the
 * guest's and never the instant, so the showing ends then and the guest tries again.
 */

import type { Socket } from 'node:net'
import type { ShownDisks, ShowOptions } from '../../disk-work.ts'
import { DriverError } from '../../driver.ts'
import { imagesOf, ownDisk } from '../../image-chain.ts'
import type { BlockAction, BlockNode } from '../../qmp/commands.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import { check } from '../../validate/checks.ts'
import { imageNode } from '../arguments/block-nodes.ts'
import { diskId } from '../arguments/disks.ts'
import { sockets } from '../arguments/open-files.ts'
import { countSince } from './bitmaps.ts'
import { ask } from './machine.ts'
import type { WorkParts } from './parts.ts'

/** Of the bitmap that only this work has; no name of a caller begins like that. */
const changed = '_shown'
/** How often the guest's disks and the jobs are looked at, in milliseconds. */
const lookMs = 500
/** Readers at a time, of all disks. */
const mostReaders = 32

interface Scratch {
  disk: DomainDisk
  path: string
}

export async function showDisks(parts: WorkParts, options: ShowOptions): Promise<void> {
  const { machine } = parts
  check(options.disks.length > 0, 'disks', 'one at least')
  const disks = options.disks.map(({ disk, path }) => ({ disk: ownDisk(machine.spec(), disk), path }))
  // Names of bitmaps that are this work's to remove.
  const made = [changed]
  let failed = false
  try {
    const shown = await machine.turns.take(() =>
      begin(parts, disks, options, () => {
        if (options.checkpoint !== undefined) made.push(options.checkpoint)
      }),
    )
    await beside(options, shown, (signal) => watch(parts, disks, signal))
    made.splice(1)
  } catch (error) {
    failed = true
    throw error
  } finally {
    if (machine.isHeld()) await machine.turns.take(() => finish(parts, disks, { bitmaps: made, failed }))
  }
}

async function begin(
  parts: WorkParts,
  disks: readonly Scratch[],
  { since, checkpoint, signal }: ShowOptions,
  onCount: () => void,
): Promise<Omit<ShownDisks, 'signal'>> {
  const { graph, bitmaps, machine } = parts
  signal?.throwIfAborted()
  // The jobs come first: they hold the disks still, so that what the guest is just writing is in the counts.
  const keeping: BlockAction[] = []
  const counting: BlockAction[] = []
  const shown: { disk: string; sizeBytes: number; node: string }[] = []
  for (const scratch of disks) {
    const { disk } = scratch
    if (checkpoint !== undefined) counting.push(await bitmaps.adding(disk, checkpoint))
    const { target, head, sources } = await prepare(parts, scratch, since)
    keeping.push({
      type: 'blockdev-backup',
      data: { 'job-id': jobOf(scratch), 'auto-dismiss': false, device: head.node, target, sync: 'none' },
    })
    if (since !== undefined) {
      const { node } = head
      counting.push({ type: 'block-dirty-bitmap-add', data: { node, name: changed, disabled: true } })
      counting.push({ type: 'block-dirty-bitmap-merge', data: { node, target: changed, bitmaps: sources } })
    }
    shown.push({ disk: disk.name, sizeBytes: head.sizeBytes, node: target })
  }
  onCount()
  await graph.qmp.execute('transaction', { actions: [...keeping, ...counting] })
  const takenAt = new Date()
  await graph.qmp.execute('nbd-server-start', {
    addr: { type: 'unix', data: { path: sockets.shown } },
    'max-connections': mostReaders,
  })
  for (const { disk, node } of shown) {
    await graph.qmp.execute('block-export-add', {
      type: 'nbd',
      id: `show-${node}`,
      'node-name': node,
      name: disk,
      writable: false,
      bitmaps: since === undefined ? [] : [changed],
    })
  }
  return {
    takenAt,
    disks: shown.map(({ disk, sizeBytes }) => ({ disk, sizeBytes })),
    ...(since === undefined ? {} : { changedContext: `qemu:dirty-bitmap:${changed}` }),
    connect: (): Promise<Socket> => machine.folder.connect(sockets.shown, machine.uid),
  }
}

/** The scratch image is open in QEMU, on top of the disk. */
async function prepare(
  { graph }: WorkParts,
  { disk, path }: Scratch,
  since: string | undefined,
): Promise<{ target: string; head: BlockNode; sources: { node: string; name: string }[] }> {
  if (graph.isThreaded(disk)) {
    throw new DriverError(
      'Unsupported',
      `disk ${disk.name} has an I/O thread: it cannot be shown while it is written to`,
      {
        remedy: 'Copy the disk with backupDisks, or restart the machine without I/O threads.',
      },
    )
  }
  check(!imagesOf(disk).some((image) => image.path === path), 'disks', 'kept back in other images than their own')
  const chain = await graph.need(disk)
  const [head] = chain
  if (head === undefined) throw new DriverError('NotFound', `disk ${disk.name} has no image`)
  const sources = since === undefined ? [] : countSince(disk, chain, since)
  const scratch: DomainDisk = { ...disk, path, format: 'qcow2', backing: [] }
  const target = await graph.add(scratch, { backed: false, on: head.node })
  const size = (await graph.nodes()).find(({ node }) => node === target)?.sizeBytes
  check(
    size === head.sizeBytes,
    'disks',
    `kept back in an image of ${head.sizeBytes} bytes, which disk ${disk.name} has`,
  )
  return { target, head, sources }
}

function jobOf({ disk, path }: Scratch): string {
  return `show-${imageNode(disk.name, path)}`
}

/** Lets the caller read, until that is over, or the signal or the watch ends it. */
async function beside(
  { during, signal }: ShowOptions,
  shown: Omit<ShownDisks, 'signal'>,
  watching: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const broken = new AbortController()
  const over = new AbortController()
  const ends = AbortSignal.any([broken.signal, ...(signal === undefined ? [] : [signal])])
  const ended = Promise.withResolvers<never>()
  // Nobody may be waiting any more when it is ended late; who waits hears it from the race.
  ended.promise.catch(() => {})
  ends.addEventListener('abort', () => ended.reject(ends.reason))
  const watched = watching(over.signal).catch((error: unknown) => broken.abort(error))
  try {
    ends.throwIfAborted()
    await Promise.race([during({ ...shown, signal: ends }), ended.promise])
    over.abort()
    await watched
    ends.throwIfAborted()
  } finally {
    over.abort()
    await watched
  }
}

/** Looks once more when the signal fires. @throws {DriverError} NoSpace, Refused, Protocol, WrongState */
async function watch({ machine }: WorkParts, disks: readonly Scratch[], signal: AbortSignal): Promise<void> {
  for (let last = false; !last;) {
    last = signal.aborted || (await firesWithin(signal, lookMs))
    const jobs = await ask(machine, 'query-jobs')
    for (const each of disks) {
      const job = jobs.find(({ id }) => id === jobOf(each))
      if (job === undefined || job.status === 'concluded')
        throw new DriverError(
          'Protocol',
          `disk ${each.disk.name} of ${machine.spec().id} is not kept as it was any more`,
        )
    }
    const devices = await ask(machine, 'query-block')
    for (const { disk } of disks) {
      const { ioStatus = 'ok' } = devices.find(({ qdev }) => qdev.split('/').includes(diskId(disk.name))) ?? {}
      if (ioStatus === 'ok') continue
      const why = ioStatus === 'nospace' ? 'there is no space left' : 'input/output error'
      throw new DriverError(
        ioStatus === 'nospace' ? 'NoSpace' : 'Refused',
        `the guest could not write to disk ${disk.name}, or what was there before could not be kept: ${why}`,
      )
    }
  }
}

function firesWithin(signal: AbortSignal, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      resolve(signal.aborted)
    }
    const timer = setTimeout(wake, ms)
    signal.addEventListener('abort', wake)
  })
}

/** Nothing of it is left in QEMU. In turn. Nobody reads any more before the first of the jobs ends: behind it the disk is as it is now. */
async function finish(
  { graph, jobs, machine }: WorkParts,
  disks: readonly Scratch[],
  { bitmaps, failed }: { bitmaps: readonly string[]; failed: boolean },
): Promise<void> {
  await hideDisks(graph)
  for (const scratch of disks) await jobs.end(jobOf(scratch))
  // The guest tries again what it waits for, which is between it and its disk now; and QEMU closes no files while it stands still.
  if (failed && (await ask(machine, 'query-status')) === 'io-error') await machine.qmp().execute('cont')
  for (const { disk } of disks) {
    const [head] = await graph.need(disk)
    for (const { name } of head?.bitmaps ?? [])
      if (bitmaps.includes(name)) await graph.qmp.execute('block-dirty-bitmap-remove', { node: head?.node ?? '', name })
    await graph.sweep(disk.name)
  }
}

/** Ends what this or another driver shows. Readers are cut off. */
export async function hideDisks({ qmp }: WorkParts['graph']): Promise<void> {
  try {
    await qmp.execute('nbd-server-stop')
  } catch (error) {
    // None runs.
    if (!(error instanceof DriverError && error.code === 'Refused')) throw error
  }
}
