/**
 * A disk moves into another image, under the running guest.
 *
 * From the switch on the guest's data is in the target alone, so that whoever keeps a record of where the disk is has to have the right
 * image there at any moment, whoever is killed. It is as in `lower-head.ts`: the target is written down (`beforeSwitch`) while both are
 * equal, on the host's disk, and the guest waits; then nothing cancels the switch any more, and the next driver makes up for it. The
 * milliseconds after a refusal of QEMU's in the last step are left open, as they are there.
 */

import type { MirrorOptions } from '../../disk-work.ts'
import { DriverError } from '../../driver.ts'
import { mirrored } from '../../image-chain.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { BlockNode } from '../../qmp/commands.ts'
import { imageNode } from '../arguments/block-nodes.ts'
import { jobSpeed } from '../../validate/disk-work.ts'
import { syncFile } from '../sync-file.ts'
import { handOver } from './bitmaps.ts'
import type { WorkParts } from './parts.ts'

export async function mirrorDisk(parts: WorkParts, options: MirrorOptions): Promise<void> {
  const { machine, graph, jobs } = parts
  const { before, after } = mirrored(machine.spec(), options)
  const id = mirrorJob(after)
  let isNamed = false
  const [source] = await graph.need(before)
  try {
    await machine.turns.take(async () => {
      options.signal?.throwIfAborted()
      const target = await graph.add(after, { backed: false })
      await sameSize(parts, source, target)
      await graph.qmp.execute('blockdev-mirror', {
        'job-id': id,
        ...jobSpeed(options),
        'auto-finalize': false,
        'auto-dismiss': false,
        device: imageNode(before.name, before.path),
        target,
        sync: 'full',
        // A guest that writes faster than is copied waits, so that both become equal at last.
        'copy-mode': 'write-blocking',
        'on-source-error': 'report',
        'on-target-error': 'report',
      })
    })
    await jobs.follow({
      id,
      ...options,
      isBinding: true,
      onReady: async () => {
        // The most of it is written out while the guest need not wait for it.
        await graph.flush(after.name, after)
        await machine.turns.take(() => parts.changes.announce([after]))
      },
      onPending: async () => {
        await arriveInOrder(parts, before, after)
        options.signal?.throwIfAborted()
        // Not before: until now a flush of the guest's went to the source only, and a power cut would have lost what it made safe.
        await options.beforeSwitch?.()
        isNamed = true
      },
    })
  } catch (error) {
    const happened = await machine.turns.take(() => finish(parts, after))
    // Otherwise only the answer was lost.
    if (happened) return
    if (isNamed) await options.afterRefusal?.()
    throw error
  }
  if (await machine.turns.take(() => finish(parts, after))) return
  throw new DriverError('Protocol', `QEMU of ${machine.spec().id} did not do what it said it did`)
}

/**
 * After another driver, and before its jobs are cancelled.
 * @param isMoved whether this is written down as the image of the machine's disk
 */
export async function settleMirrors(
  { machine, jobs }: WorkParts,
  isMoved: (path: string, disk: { machine: string; name: string }) => Promise<boolean>,
): Promise<void> {
  const { id } = machine.spec()
  for (const disk of machine.changes()) {
    const job = mirrorJob(disk)
    if (!(await jobs.isPending(job)) || !(await isMoved(disk.path, { machine: id, name: disk.name }))) continue
    try {
      await jobs.seeThrough(job)
    } catch (error) {
      // The graph tells what came of it.
      machine.logger.error(
        { machine: id, disk: disk.name, error },
        'a disk could not go over to the image it has moved to',
      )
    }
  }
}

/** @param after the disk as it is then */
function mirrorJob({ name, path }: DomainDisk): string {
  return `mirror-${imageNode(name, path)}`
}

async function sameSize({ graph }: WorkParts, source: BlockNode | undefined, target: string): Promise<void> {
  const size = (await graph.nodes()).find(({ node }) => node === target)?.sizeBytes
  if (size === source?.sizeBytes) return
  throw new DriverError('InvalidSpec', `the target has ${size} bytes, the disk ${source?.sizeBytes}`, {
    remedy: 'Make an image of the size of the disk.',
  })
}

/** The guest waits for its disk now, which is equal to the target, on the host's disk too when this resolves. */
async function arriveInOrder({ graph }: WorkParts, before: DomainDisk, after: DomainDisk): Promise<void> {
  if (after.format === 'qcow2') {
    const nodes = await graph.need(before)
    const actions = handOver(nodes, imageNode(after.name, after.path))
    if (actions.length > 0) await graph.qmp.execute('transaction', { actions })
  }
  await graph.flush(after.name, after)
}

/** No job is left. In turn. @returns whether the disk has moved */
async function finish({ graph, changes }: WorkParts, after: DomainDisk): Promise<boolean> {
  const moved = (await changes.settle([after.name])).length > 0
  await graph.sweep(after.name)
  if (moved) await syncFile(after.path)
  return moved
}
