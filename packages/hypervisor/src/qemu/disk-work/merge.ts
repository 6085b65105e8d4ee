/** Images of a chain become one: the upper takes in the lower, or the lower the upper. */

import type { CommitOptions, StreamOptions, WorkOptions } from '../../disk-work.ts'
import { committed, imagesOf, streamed, type ChainChange } from '../../image-chain.ts'
import { DriverError } from '../../driver.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import { jobSpeed } from '../../validate/disk-work.ts'
import { syncFile } from '../sync-file.ts'
import { imageNode } from '../arguments/block-nodes.ts'
import { handDown, handUp } from './bitmaps.ts'
import type { WorkParts } from './parts.ts'

export async function streamDisk(parts: WorkParts, options: StreamOptions): Promise<void> {
  const { disk, into, base, backingName } = options
  const change = streamed(parts.machine.spec(), options)
  await merge(parts, options, {
    change,
    into,
    isUpward: true,
    written: [into],
    begin: (id) =>
      parts.graph.qmp.execute('block-stream', {
        ...jobArguments(id, options),
        device: imageNode(disk, into),
        ...(base === undefined ? {} : { 'base-node': imageNode(disk, base) }),
        ...(backingName === undefined ? {} : { 'backing-file': backingName }),
      }),
  })
}

/** Of what the guest does not write to: `lower-head.ts` for the other. */
export async function commitDisk(parts: WorkParts, options: CommitOptions): Promise<void> {
  const { disk, top, base, backingName } = options
  const change = committed(parts.machine.spec(), options)
  const images = imagesOf(change.before)
  // The header of the one above will name the base.
  const above = images[images.findIndex(({ path }) => path === top) - 1]?.path ?? change.before.path
  await merge(parts, options, {
    change,
    into: base,
    isUpward: false,
    written: [base, above],
    begin: (id) =>
      parts.graph.qmp.execute('block-commit', {
        ...jobArguments(id, options),
        device: imageNode(disk, change.before.path),
        'top-node': imageNode(disk, top),
        'base-node': imageNode(disk, base),
        'backing-file': backingName,
      }),
  })
}

interface Merge {
  change: ChainChange
  /** Path of the image that takes the content. */
  into: string
  /** It lies above what it takes in. */
  isUpward: boolean
  /** Paths of the images that are written to. */
  written: string[]
  begin(this: void, id: string): Promise<unknown>
}

async function merge(
  parts: WorkParts,
  options: WorkOptions,
  { change, into, isUpward, written, begin }: Merge,
): Promise<void> {
  const { machine, graph, jobs, changes } = parts
  const { before, after, dropped } = change
  if (dropped.length === 0) return
  const id = `merge-${imageNode(before.name, into)}`
  await graph.need(before)
  try {
    await machine.turns.take(async () => {
      options.signal?.throwIfAborted()
      for (const path of written) await graph.setWritable(before, path, true)
      await changes.announce([after])
      await begin(id)
    })
    await jobs.follow({ id, ...options, onPending: () => leaveInOrder(parts, { before, into, dropped, isUpward }) })
  } catch (error) {
    const happened = await machine.turns.take(() => finish(parts, before.name, written))
    // Otherwise only the answer was lost, or the wish to end it came too late.
    if (!happened) throw error
    return
  }
  if (await machine.turns.take(() => finish(parts, before.name, written))) return
  throw new DriverError('Protocol', `QEMU of ${machine.spec().id} did not do what it said it did`)
}

/**
 * The last thing before the chain changes: counts are handed on, and the copied data are on the host's disk. Only then may a header say
 * that the images in between are not needed.
 */
async function leaveInOrder(
  { graph }: WorkParts,
  {
    before,
    into,
    dropped,
    isUpward,
  }: { before: DomainDisk; into: string; dropped: ChainChange['dropped']; isUpward: boolean },
): Promise<void> {
  const nodes = await graph.nodes()
  const leaving = dropped.flatMap(({ path }) => nodes.filter(({ node }) => node === imageNode(before.name, path)))
  const target = nodes.find(({ node }) => node === imageNode(before.name, into))
  const actions = target === undefined ? [] : (isUpward ? handUp : handDown)(leaving, target)
  if (actions.length > 0) await graph.qmp.execute('transaction', { actions })
  await graph.flush(before.name, { path: into })
}

/** No job is left. In turn. @returns whether the chain has changed */
export async function finish(
  { machine, graph, changes }: WorkParts,
  name: string,
  written: string[],
): Promise<boolean> {
  const [changed] = await changes.settle([name])
  const disk = machine.spec().disks.find((each) => each.name === name)
  if (disk === undefined) return false
  for (const path of written) await graph.setWritable(disk, path, false)
  await graph.sweep(name)
  // Headers have changed: what they no longer name may be removed as soon as that is on the host's disk.
  if (changed !== undefined) await Promise.all(written.map(syncFile))
  return changed !== undefined
}

export function jobArguments(id: string, options: WorkOptions) {
  return {
    'job-id': id,
    ...jobSpeed(options),
    'auto-finalize': false,
    'auto-dismiss': false,
    'on-error': 'report',
  } as const
}
