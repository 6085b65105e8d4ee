/**
 * What the guest writes to goes down into an image below it, and the guest goes on in that one.
 *
 * From the change of the graph on, the guest's data is in `base` alone, so whoever keeps a record of which image is the disk's has to
 * have the right one there at any moment, whoever is killed. The order:
 * 1. Data is copied while the guest writes. It still writes to `top`, which hides all that was copied: the record names `top`.
 * 2. Both are equal, QEMU holds the guest's requests to this disk back (the job is `pending`), counts are handed on, `base` is flushed.
 *    Now each of them is right, and stays so until the job is told to go on or is cancelled.
 * 3. The caller writes down `base` (`beforeSwitch`). When that fails the job is cancelled, and the guest goes on in `top`.
 * 4. Written down: nothing cancels the job any more. It is told to go on until QEMU has done so, and the guest goes on in `base`.
 * QEMU that dies before 4 has changed neither since they were equal. A driver that dies between 2 and 4 leaves a guest that waits for its
 * disk, not one that is paused, and a job whose name tells what it is: the next driver asks the caller which image is written down, and
 * lets the job go on or cancels it by that, before the guest writes to either.
 *
 * What is left: QEMU that refuses in 4 (never seen; its code can, where a node does not get a permission) lets the guest's requests go
 * on in `top` by the same step, and says so afterwards, while `base` is written down until `afterRefusal` is through. A power cut in these
 * milliseconds loses what the guest had made safe meanwhile, and so does the death of QEMU in them. No order of these steps closes that, as
 * no command of QEMU 7.2 keeps back the requests to one disk after its job. Pausing the machine (`stop`) from before 4 until
 * `afterRefusal` would, as a guest whose processors stand still learns of no write that was done; but then a driver that dies in between
 * leaves a paused guest, and the next one has to know that no person paused it, which nothing writes down. It is the same in `mirror.ts`.
 */

import type { CommitOptions } from '../../disk-work.ts'
import { DriverError } from '../../driver.ts'
import { imagesOf, type ChainChange } from '../../image-chain.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import { imageNode } from '../arguments/block-nodes.ts'
import { handDownFirst } from './bitmaps.ts'
import { finish, jobArguments } from './merge.ts'
import type { WorkParts } from './parts.ts'

/** @throws {DriverError} Timeout when the guest writes faster than is copied; and whatever `beforeSwitch` throws */
export async function lowerHead(parts: WorkParts, options: CommitOptions, change: ChainChange): Promise<void> {
  const { machine, graph, jobs, changes } = parts
  const { before, after } = change
  const { top, base, signal, mostBytes = Infinity } = options
  const id = loweringJob(after)
  let isNamed = false
  const end = new AbortController()
  const endWithCaller = (): void => end.abort(signal?.reason)
  signal?.addEventListener('abort', endWithCaller)
  try {
    const nodes = await graph.need(before)
    const images = imagesOf(before)
    const chain = nodes.slice(0, images.findIndex(({ path }) => path === base) + 1)
    // A raw image keeps no counts.
    const counts = after.format === 'qcow2' ? handDownFirst(chain) : []
    await machine.turns.take(async () => {
      signal?.throwIfAborted()
      await graph.setWritable(before, base, true)
      await changes.announce([after])
      await graph.qmp.execute('block-commit', {
        ...jobArguments(id, options),
        device: imageNode(before.name, top),
        'top-node': imageNode(before.name, top),
        'base-node': imageNode(before.name, base),
      })
    })
    await jobs.follow({
      id,
      signal: end.signal,
      isBinding: true,
      onProgress: (progress) => {
        options.onProgress?.(progress)
        if (progress.doneBytes > mostBytes) end.abort(outrun(before.name))
      },
      // The most of it is written out while the guest need not wait for it.
      onReady: () => graph.flush(before.name, { path: base }),
      onPending: async () => {
        if (counts.length > 0) await graph.qmp.execute('transaction', { actions: counts })
        await graph.flush(before.name, { path: base })
        end.signal.throwIfAborted()
        signal?.removeEventListener('abort', endWithCaller)
        await options.beforeSwitch?.()
        isNamed = true
      },
    })
  } catch (error) {
    const happened = await machine.turns.take(() => finish(parts, before.name, [base]))
    // Otherwise only the answer was lost.
    if (happened) return
    if (isNamed) await options.afterRefusal?.()
    throw error
  } finally {
    signal?.removeEventListener('abort', endWithCaller)
  }
  if (await machine.turns.take(() => finish(parts, before.name, [base]))) return
  throw new DriverError('Protocol', `QEMU of ${machine.spec().id} did not do what it said it did`)
}

/**
 * After another driver, and before its jobs are cancelled.
 * @param isSwitched whether the image at this path is written down as its disk's
 */
export async function settleLowering(
  { machine, jobs }: WorkParts,
  isSwitched: (path: string) => Promise<boolean>,
): Promise<void> {
  for (const disk of machine.changes()) {
    const id = loweringJob(disk)
    if (!(await jobs.isPending(id)) || !(await isSwitched(disk.path))) continue
    try {
      await jobs.seeThrough(id)
    } catch (error) {
      // The graph tells what came of it.
      machine.logger.error({ machine: machine.spec().id, disk: disk.name, error }, 'a disk could not change its image')
    }
  }
}

/** @param after the disk as it is then */
function loweringJob({ name, path }: DomainDisk): string {
  return `lower-${imageNode(name, path)}`
}

function outrun(disk: string): DriverError {
  return new DriverError('Timeout', `the guest writes to disk ${disk} faster than its image can be merged`, {
    remedy: 'Try again when it writes less.',
  })
}
