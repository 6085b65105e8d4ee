/** Copies of disks as they are at one instant, whole or of what was written since another. */

import type { BackupOptions, BackupResult } from '../../disk-work.ts'
import { DriverError } from '../../driver.ts'
import { imagesOf, ownDisk } from '../../image-chain.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { BlockAction, BlockNode } from '../../qmp/commands.ts'
import { check } from '../../validate/checks.ts'
import { imageNode, nodePrefix } from '../arguments/block-nodes.ts'
import { jobSpeed } from '../../validate/disk-work.ts'
import { syncFile } from '../sync-file.ts'
import { countSince } from './bitmaps.ts'
import type { WorkParts } from './parts.ts'

/** Of the bitmaps that only a backup has; no name of a caller begins like that. */
const scratch = { none: '_none', since: '_since' }

interface DiskBackup {
  disk: DomainDisk
  path: string
  head: BlockNode
  /** Of the job that copies. */
  id: string
  /** Ids of all its jobs. */
  ids: string[]
  /** Before anything is counted: drains the disk, so that what the guest is just writing is in the count. */
  drain: BlockAction[]
  copy: BlockAction[]
}

export async function backupDisks(parts: WorkParts, options: BackupOptions): Promise<BackupResult> {
  const { machine } = parts
  check(options.disks.length > 0, 'disks', 'one at least')
  const disks = options.disks.map(({ disk, path }) => ({ disk: ownDisk(machine.spec(), disk), path }))
  try {
    const { backups, takenAt } = await machine.turns.take(() => begin(parts, disks, options))
    const copied = await follow(parts, backups, options)
    await Promise.all(disks.map(({ path }) => syncFile(path)))
    return {
      takenAt,
      disks: backups.map(({ disk, head }, index) => ({
        disk: disk.name,
        bytes: copied[index] ?? 0,
        sizeBytes: head.sizeBytes,
      })),
    }
  } catch (error) {
    // A count since a backup that there is not would be of no use.
    await machine.turns.take(() => finish(parts, disks, options.checkpoint))
    throw error
  } finally {
    if (machine.isHeld()) await machine.turns.take(() => finish(parts, disks))
  }
}

async function begin(
  parts: WorkParts,
  disks: readonly { disk: DomainDisk; path: string }[],
  options: BackupOptions,
): Promise<{ backups: DiskBackup[]; takenAt: Date }> {
  const { graph, bitmaps } = parts
  const { since, checkpoint, signal } = options
  signal?.throwIfAborted()
  const backups: DiskBackup[] = []
  const counts: BlockAction[] = []
  for (const { disk, path } of disks) {
    if (checkpoint !== undefined) counts.push(await bitmaps.adding(disk, checkpoint))
    backups.push(await prepare(parts, { disk, path, since, ...jobSpeed(options) }))
  }
  const actions = [...backups.flatMap(({ drain }) => drain), ...counts, ...backups.flatMap(({ copy }) => copy)]
  await graph.qmp.execute('transaction', { actions })
  return { backups, takenAt: new Date() }
}

/** The target is open in QEMU, and what the transaction has to do for this disk. */
async function prepare(
  { graph }: WorkParts,
  { disk, path, since, speed }: { disk: DomainDisk; path: string; since: string | undefined; speed: number },
): Promise<DiskBackup> {
  check(!imagesOf(disk).some((image) => image.path === path), 'disks', 'copied into other images than their own')
  const chain = await graph.need(disk)
  const [head] = chain
  if (head === undefined) throw new DriverError('NotFound', `disk ${disk.name} has no image`)
  const sources = since === undefined ? [] : countSince(disk, chain, since)
  const target = await graph.add({ ...disk, path, format: 'qcow2', backing: [] }, { backed: true })
  const size = (await graph.nodes()).find(({ node }) => node === target)?.sizeBytes
  check(
    size === head.sizeBytes,
    'disks',
    `copied into an image of ${head.sizeBytes} bytes, which disk ${disk.name} has`,
  )
  const id = `backup-${target}`
  const { node } = head
  if (since === undefined) {
    return { disk, path, head, id, ids: [id], drain: [], copy: [copying({ id, node, target, speed, sync: 'full' })] }
  }
  const nowhere = `${nodePrefix(disk.name)}null`
  await graph.qmp.execute('blockdev-add', { driver: 'null-co', 'node-name': nowhere, size: head.sizeBytes })
  const drainId = `drain-${target}`
  const drain: BlockAction[] = [
    { type: 'block-dirty-bitmap-add', data: { node, name: scratch.none, disabled: true } },
    copying({ id: drainId, node, target: nowhere, speed: 0, sync: 'bitmap', bitmap: scratch.none }),
  ]
  const copy: BlockAction[] = [
    { type: 'block-dirty-bitmap-add', data: { node, name: scratch.since, disabled: true } },
    { type: 'block-dirty-bitmap-merge', data: { node, target: scratch.since, bitmaps: sources } },
    copying({ id, node, target, speed, sync: 'bitmap', bitmap: scratch.since }),
  ]
  return { disk, path, head, id, ids: [drainId, id], drain, copy }
}

function copying({
  id,
  node,
  target,
  speed,
  ...what
}: { id: string; node: string; target: string; speed: number } & (
  | { sync: 'full' }
  | { sync: 'bitmap'; bitmap: string }
)): BlockAction {
  return {
    type: 'blockdev-backup',
    data: {
      'job-id': id,
      'auto-dismiss': false,
      device: node,
      target,
      speed,
      ...what,
      ...(what.sync === 'bitmap' ? { 'bitmap-mode': 'never' } : {}),
      // A target that fails ends the backup and is nothing to the guest.
      'on-source-error': 'report',
      'on-target-error': 'report',
    },
  }
}

/** One that fails ends all. @returns the bytes each has copied */
async function follow(
  { jobs }: WorkParts,
  backups: readonly DiskBackup[],
  { signal, onProgress }: BackupOptions,
): Promise<number[]> {
  const failed = new AbortController()
  const ends = AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])])
  const seen = backups.map(() => ({ doneBytes: 0, totalBytes: 0 }))
  const tell = (): void =>
    onProgress?.({
      doneBytes: seen.reduce((sum, { doneBytes }) => sum + doneBytes, 0),
      totalBytes: seen.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
    })
  const one = async ({ id, ids }: DiskBackup, index: number): Promise<number> => {
    try {
      for (const other of ids) if (other !== id) await jobs.follow({ id: other })
      return await jobs.follow({
        id,
        signal: ends,
        onProgress: (progress) => {
          seen[index] = progress
          tell()
        },
      })
    } catch (error) {
      failed.abort(error)
      throw error
    }
  }
  const ended = await Promise.allSettled(backups.map(one))
  ends.throwIfAborted()
  return ended.map((each) => (each.status === 'fulfilled' ? each.value : 0))
}

/** Nothing of a backup is left in QEMU. In turn. */
async function finish(
  { graph, jobs }: WorkParts,
  disks: readonly { disk: DomainDisk; path: string }[],
  checkpoint?: string,
): Promise<void> {
  for (const { disk, path } of disks) {
    const target = imageNode(disk.name, path)
    await jobs.end(`drain-${target}`)
    await jobs.end(`backup-${target}`)
    const [head] = await graph.need(disk)
    const names = [...Object.values(scratch), ...(checkpoint === undefined ? [] : [checkpoint])]
    for (const { name } of head?.bitmaps ?? []) {
      if (names.includes(name)) await graph.qmp.execute('block-dirty-bitmap-remove', { node: head?.node ?? '', name })
    }
    await graph.sweep(disk.name)
  }
}
