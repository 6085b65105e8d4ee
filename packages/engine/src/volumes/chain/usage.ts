/** What volumes take, and what there is. */

import { statfs } from 'node:fs/promises'
import type { Storage } from '../storage/storage.ts'
import type { StorageUsage, VolumeUsage } from '../volume-types.ts'
import { chainIn } from './graph.ts'

export async function volumeUsage(storage: Storage, volume: string): Promise<VolumeUsage> {
  const { head } = storage.record(volume)
  const { sizeBytes } = await storage.look(head)
  const { images, heads, snapshots } = storage.graph()
  const others = new Set(
    [...heads, ...snapshots].filter((root) => root !== head).flatMap((root) => chainIn(images, root)),
  )
  let allocatedBytes = 0
  let exclusiveBytes = 0
  for (const image of chainIn(images, head)) {
    const bytes = images.get(image)?.allocatedBytes ?? 0
    allocatedBytes += bytes
    if (!others.has(image)) exclusiveBytes += bytes
  }
  return { sizeBytes, allocatedBytes, exclusiveBytes }
}

export async function storageUsage(storage: Storage): Promise<StorageUsage> {
  const { layout, volumes, images } = storage
  const { blocks, bavail, bsize } = await statfs(layout.directory)
  let provisionedBytes = 0
  for (const { head } of volumes.values()) provisionedBytes += (await storage.look(head)).sizeBytes
  return {
    name: layout.name,
    directory: layout.directory,
    totalBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    provisionedBytes,
    allocatedBytes: [...images.values()].reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0),
  }
}
