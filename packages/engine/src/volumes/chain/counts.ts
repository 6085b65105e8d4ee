/**
 * Counts of written blocks when two images of a stopped volume become one. A count is made of those of its name from the head downward,
 * without a gap; what is said to have changed may be too much, never too little. So what an image that goes has counted goes over to the
 * one that stays, and a count that cannot go over ends in every image above, from the top: the next backup is one of everything then.
 */

import { addImageBitmap, mergeImageBitmap, removeImageBitmap } from '@berth/imaging'
import { formatOf } from '../storage/layout.ts'
import type { Storage } from '../storage/storage.ts'
import { aboveOf, childrenOf, type MergePair } from './graph.ts'
import { readImageBitmaps } from './image-bitmaps.ts'
import type { MergeEntry } from './journal.ts'

interface CountPair extends MergePair {
  kind: MergeEntry['kind']
}

export interface KeptCount {
  name: string
  /** The parent has it, too. */
  inParent: boolean
}

/** Ends the counts that cannot be kept. Dying in between leaves a gap, which nobody trusts. @returns the others */
export async function endLostCounts(storage: Storage, { kind, parent, child }: CountPair): Promise<KeptCount[]> {
  const upper = await bitmapsOf(storage, child)
  const lower = await bitmapsOf(storage, parent)
  const isAlike = (await storage.look(child)).sizeBytes === (await storage.look(parent)).sizeBytes
  const canCount = kind === 'stream' || formatOf(parent) === 'qcow2'
  const kept: KeptCount[] = []
  // From the top: what lies above first.
  const images = [...aboveOf(childrenOf(storage.images), child).toReversed(), parent]
  for (const name of new Set([...upper.keys(), ...lower.keys()])) {
    const inParent = lower.get(name)
    const isWhole = upper.get(name)?.isBroken === false && inParent?.isBroken !== true
    if (isWhole && canCount && (inParent === undefined || isAlike))
      kept.push({ name, inParent: inParent !== undefined })
    else for (const image of images) await endCount(storage, image, name)
  }
  return kept
}

/** Before the child takes in the parent: all that counts is in the parent, because what the child takes in it counts, too. */
export async function putCountsAside(storage: Storage, pair: MergePair, kept: readonly KeptCount[]): Promise<void> {
  if (formatOf(pair.parent) === 'raw') return
  const [path, from] = [storage.layout.image(pair.parent), storage.layout.image(pair.child)]
  for (const { name, inParent } of kept) await mergeImageBitmap({ path, name, from, isNew: !inParent })
}

/** After it. Until then, the header of the child is put back onto the parent by whoever comes after a death. */
export async function takeCountsBack(storage: Storage, pair: MergePair, kept: readonly KeptCount[]): Promise<void> {
  // A raw image counts nothing: then the child says of all that it took in that it has changed.
  if (formatOf(pair.parent) === 'raw') return
  const [path, from] = [storage.layout.image(pair.child), storage.layout.image(pair.parent)]
  for (const { name } of kept) {
    await removeImageBitmap({ path, name })
    await mergeImageBitmap({ path, name, from, isNew: true })
  }
}

/** After the parent took in the child, and before it takes its place. */
export async function handCountsDown(storage: Storage, pair: MergePair, kept: readonly KeptCount[]): Promise<void> {
  const [path, from] = [storage.layout.image(pair.parent), storage.layout.image(pair.child)]
  for (const { name, inParent } of kept) await mergeImageBitmap({ path, name, from, isNew: !inParent })
}

/** Those of an image that goes on in one on top of it, from now on. */
export async function goOnCounting(from: string, to: string): Promise<void> {
  for (const { name, isBroken } of await readImageBitmaps(from)) if (!isBroken) await addImageBitmap({ path: to, name })
}

/** @param which all unless told otherwise */
export async function endCounts(path: string, which: 'all' | 'broken' = 'all'): Promise<void> {
  for (const { name, isBroken } of await readImageBitmaps(path))
    if (which === 'all' || isBroken) await removeImageBitmap({ path, name })
}

async function endCount(storage: Storage, image: string, name: string): Promise<void> {
  if ((await bitmapsOf(storage, image)).has(name)) await removeImageBitmap({ path: storage.layout.image(image), name })
}

async function bitmapsOf(storage: Storage, image: string): Promise<Map<string, { isBroken: boolean }>> {
  const bitmaps = await readImageBitmaps(storage.layout.image(image))
  return new Map(bitmaps.map(({ name, isBroken }) => [name, { isBroken }]))
}
