/**
 * Makes one image of two, of which the lower is needed by nobody but the upper.
 *
 * Why it is safe to die at any line: while data is copied nothing that is named reads differently, as long as names are what they were,
 * and the journal says which those are. QEMU writes an image's new backing name before the image's own tables are on disk (seen with
 * QEMU 7.2), so after a death in between the name is put back, which is right whatever was copied. The lower image goes last.
 */

import { commitImage, rebaseImage, renameBacking, resizeImage } from '@berth/imaging'
import { formatOf } from '../storage/layout.ts'
import type { Storage } from '../storage/storage.ts'
import { childrenOf, type MergePair } from './graph.ts'
import { damaged } from './image-header.ts'
import type { MergeEntry } from './journal.ts'
import { lowerHead, settleLowering, unchanged, type Lowering } from './lower.ts'
import { endLostCounts, handCountsDown, putCountsAside, takeCountsBack } from './counts.ts'

/** A running machine's driver; both are durable when they resolve. */
export interface LiveMerge {
  /** @param backing the image that stays below the child */
  stream(pair: MergePair & { backing?: string; signal: AbortSignal }): Promise<void>
  commit(pair: MergePair & { signal: AbortSignal }): Promise<void>
  /** The same, where the machine writes to the child. */
  lower(this: void, lowering: Lowering): Promise<void>
}

export interface MergeRequest extends MergePair {
  kind: MergeEntry['kind']
  signal: AbortSignal
  /** Of the one running machine that has both images in hand. */
  live?: LiveMerge
}

export async function mergeImages(storage: Storage, request: MergeRequest): Promise<void> {
  const { kind, parent, child, live } = request
  if (kind === 'commit' && live !== undefined && storage.use(child) === 'written')
    return lowerHead(storage, request, live.lower)
  const above = childrenOf(storage.images).get(child) ?? []
  const entry: MergeEntry = { kind, parent, child, above, stage: 'copying' }
  const name = await storage.beginEntry(entry)
  try {
    await (kind === 'stream' ? stream(storage, request) : commit(storage, request))
    await settleMerge(storage, name, { ...entry, stage: 'naming' })
  } catch (error) {
    // A machine that still has both has changed no name.
    if (storage.use(parent) !== undefined && storage.use(child) !== undefined) await storage.endEntry(name)
    else await settleMerge(storage, name, entry)
    throw error
  } finally {
    storage.leaveEntry(name)
  }
}

/** The child takes in what the parent has. */
async function stream(storage: Storage, { parent, child, signal, live }: MergeRequest): Promise<void> {
  const backing = storage.images.get(parent)?.backing
  if (live !== undefined) {
    await live.stream({ parent, child, signal, ...(backing === undefined ? {} : { backing }) })
    if ((await storage.look(child)).backing === parent) throw unchanged(child)
    return
  }
  const counts = await endLostCounts(storage, { kind: 'stream', parent, child })
  await alike(storage, parent, child)
  await putCountsAside(storage, { parent, child }, counts)
  const path = storage.layout.image(child)
  await rebaseImage({
    path,
    signal,
    ...(backing === undefined ? {} : { backing: { name: backing, format: formatOf(backing) } }),
  })
  await takeCountsBack(storage, { parent, child }, counts)
  await writeOut(storage, child, { parent, child })
}

/** The parent takes in what the child has. */
async function commit(storage: Storage, { parent, child, signal, live }: MergeRequest): Promise<void> {
  if (live !== undefined) {
    await live.commit({ parent, child, signal })
    const above = childrenOf(storage.images).get(child) ?? []
    const headers = await Promise.all(above.map((image) => storage.look(image)))
    if (!headers.some(({ backing }) => backing === parent)) throw unchanged(child)
    return
  }
  const counts = await endLostCounts(storage, { kind: 'commit', parent, child })
  await alike(storage, parent, child)
  await commitImage({ path: storage.layout.image(child), signal })
  await handCountsDown(storage, { parent, child }, counts)
  await writeOut(storage, parent, { parent, child })
}

/** QEMU 7.2 hangs in a rebase when the child was made larger than what it lies on; behind its end that reads as zeroes anyway. */
async function alike(storage: Storage, parent: string, child: string): Promise<void> {
  const { sizeBytes } = await storage.look(child)
  if ((await storage.look(parent)).sizeBytes < sizeBytes)
    await resizeImage({ path: storage.layout.image(parent), format: formatOf(parent), sizeBytes })
}

/**
 * Whether what the entry names is free to be settled: QEMU keeps its images open, and their headers in memory. No header changes where
 * nothing lies on what goes down.
 */
export function isSettleable(storage: Storage, { kind, parent, child, above, stage }: MergeEntry): boolean {
  if (stage !== 'copying' || (kind === 'commit' && above.length === 0)) return true
  return [parent, child, ...above].every((image) => storage.use(image) === undefined)
}

/**
 * Ends a merge, one way or the other: takes it back where data was copied, and finishes it where only names are to be changed. Nothing
 * happens while a running machine has images of one that is to be taken back: it may have finished by itself.
 */
export async function settleMerge(storage: Storage, name: string, entry: MergeEntry): Promise<void> {
  if (!isSettleable(storage, entry)) return
  const { kind, parent, child, stage } = entry
  // One that cannot be read is not one that went: what it lies on, or what lies on it, is not known to be right.
  for (const image of [parent, child, ...entry.above]) if (storage.isUnreadable(image)) throw damaged(image)
  // The parent went, so everything had been done but to forget the entry.
  if (!storage.images.has(parent) || !storage.images.has(child)) return storage.endEntry(name)
  if (stage === 'switching') await settleLowering(storage, entry)
  else if (stage === 'copying') {
    if (kind === 'stream') await layOn(storage, entry, child, parent)
    else await nameChild(storage, entry)
  } else if (kind === 'commit') {
    await storage.beginEntry(entry, name)
    await nameParent(storage, entry)
  }
  await storage.look(child)
  await storage.look(parent)
  await storage.endEntry(name)
  await storage.collect()
}

/** Parent and child read the same, so each name can change by itself; from the first to the last, nobody writes to either. */
async function nameParent(storage: Storage, { parent, child, above }: MergeEntry): Promise<void> {
  for (const image of above) await layOn(storage, { parent, child }, image, parent)
  await rename(storage, { from: child, to: parent })
}

/** Back again. Nothing had named the parent when the merge began. */
async function nameChild(storage: Storage, { parent, child, above }: MergeEntry): Promise<void> {
  for (const image of above) await layOn(storage, { parent, child }, image, child)
  await rename(storage, { from: parent, to: child })
}

async function rename(storage: Storage, { from, to }: { from: string; to: string }): Promise<void> {
  for (const [handle, record] of storage.snapshots)
    if (record.image === from) await storage.setSnapshot(handle, { ...record, image: to })
  for (const [volume, record] of storage.volumes) if (record.head === from) await storage.setHead(volume, to)
}

async function layOn(storage: Storage, pair: MergePair, image: string, below: string): Promise<void> {
  if (!storage.images.has(image)) return
  const path = storage.layout.image(image)
  if ((await storage.look(image)).backing !== below)
    await renameBacking({ path, backing: { name: below, format: formatOf(below) } })
  // Also of a name that is there already: whoever wrote it may have failed here.
  await writeOut(storage, image, pair)
  await storage.look(image)
}

/**
 * On the host's disk when it resolves. A disk that could not write something out may say the next time that it had: after that none of both
 * images is relied on to be whole without the other, as long as this engine runs.
 */
async function writeOut(storage: Storage, image: string, { parent, child }: MergePair): Promise<void> {
  try {
    await storage.promises.sync(storage.layout.image(image))
  } catch (error) {
    storage.pin([parent, child])
    throw error
  }
}
