/** What volumes take, and what there is. */

import { statfs } from 'node:fs/promises'
import type { Storage } from '../storage/storage.ts'
import { isDamage } from '../storage/unknown.ts'
import type { StorageUsage, VolumeUsage } from '../volume-types.ts'
import { chainIn } from './graph.ts'

export async function volumeUsage(storage: Storage, volume: string): Promise<VolumeUsage> {
  const { head } = storage.record(volume)
  await storage.look(head)
  const { heads, snapshots } = storage.graph()
  const { images } = storage
  const others = new Set(
    [...heads, ...snapshots].filter((root) => root !== head).flatMap((root) => chainIn(images, root)),
  )
  return usageOf(images, head, (image) => others.has(image))
}

/** Of all volumes with a disk. Only images that a machine writes to are looked at: the others are as they were. */
export async function volumeUsages(storage: Storage): Promise<Map<string, VolumeUsage>> {
  for (const { head } of storage.volumes.values())
    if (storage.use(head) === 'written' && storage.images.has(head)) await lookAgain(storage, head)
  const { heads, snapshots } = storage.graph()
  const { images } = storage
  const needed = new Map<string, number>()
  for (const root of new Set([...heads, ...snapshots]))
    for (const image of chainIn(images, root)) needed.set(image, (needed.get(image) ?? 0) + 1)
  return new Map(
    [...storage.volumes].map(([volume, { head }]) => [
      volume,
      usageOf(images, head, (image) => (needed.get(image) ?? 0) > 1),
    ]),
  )
}

function usageOf(images: Storage['images'], head: string, isShared: (image: string) => boolean): VolumeUsage {
  let allocatedBytes = 0
  let exclusiveBytes = 0
  for (const image of chainIn(images, head)) {
    const bytes = images.get(image)?.allocatedBytes ?? 0
    allocatedBytes += bytes
    if (!isShared(image)) exclusiveBytes += bytes
  }
  return { sizeBytes: images.get(head)?.sizeBytes ?? 0, allocatedBytes, exclusiveBytes }
}

export async function storageUsage(storage: Storage): Promise<StorageUsage> {
  const { layout, volumes, images } = storage
  const { blocks, bavail, bsize } = await statfs(layout.directory)
  let provisionedBytes = 0
  const lost = storage.lost()
  for (const { head } of volumes.values()) {
    if (lost.has(head)) continue
    await lookAgain(storage, head)
    provisionedBytes += images.get(head)?.sizeBytes ?? 0
  }
  const { whole } = storage.unknown
  return {
    name: layout.name,
    directory: layout.directory,
    totalBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    provisionedBytes,
    allocatedBytes: [...images.values()].reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0),
    ...(whole === undefined ? {} : { trouble: `${whole.message}. ${whole.remedy ?? ''}`.trim() }),
  }
}

/**
 * One that has broken since, or has just gone, counts as it last was: what is told of a storage must not depend on each disk in it. Whoever
 * uses the disk is told.
 */
async function lookAgain(storage: Storage, image: string): Promise<void> {
  try {
    await storage.look(image)
  } catch (error) {
    if (!isDamage(error)) throw error
  }
}
