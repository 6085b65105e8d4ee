/** Keeps the images of a host within a limit: what nobody can use goes at once, then what was used longest ago. */

import type { BlobStore } from './blob-store.ts'
import type { ContentCache } from './content-cache.ts'
import type { ImageNames } from './image-names.ts'
import { readImage } from './local-image.ts'

const hourMs = 3600_000
/** A name that was pulled and not used for so long is forgotten. */
const forgetMs = 30 * 24 * hourMs
/** What no name leads to may be of a pull or load that is just being written down. */
const graceMs = hourMs
/** Whoever asked for content a moment ago has not linked it yet. */
const justUsedMs = 10 * 60_000

export interface GarbageRequest {
  blobs: BlobStore
  contents: ContentCache
  names: ImageNames
  maxBytes: number
  architecture: string
  now: Date
}

/** @returns bytes freed */
export async function collectGarbage(request: GarbageRequest): Promise<number> {
  const { blobs, contents, names, maxBytes, now } = request
  const { known, pinned } = await reachable(request)
  let freed = 0
  const left: { bytes: number; lastUsed: number; remove: () => Promise<void>; keep: boolean }[] = []
  for (const blob of await blobs.list()) {
    const remove = (): Promise<void> => blobs.remove(blob.digest)
    if (!known.has(blob.digest) && blob.lastUsed < now.getTime() - graceMs) {
      await remove()
      freed += blob.bytes
    } else {
      // Layers come one after the other: the first must still be there when the last one is.
      const keep = pinned.has(blob.digest) || blob.lastUsed > now.getTime() - graceMs
      left.push({ ...blob, remove, keep })
    }
  }
  for (const content of await contents.list()) {
    const keep = content.inUse || content.lastUsed > now.getTime() - justUsedMs
    left.push({ ...content, remove: () => contents.remove(content.key), keep })
  }
  await blobs.removeIncoming(new Date(now.getTime() - 24 * hourMs))
  let total = left.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const entry of left.filter(({ keep }) => !keep).toSorted((a, b) => a.lastUsed - b.lastUsed)) {
    if (total <= maxBytes) break
    await entry.remove()
    total -= entry.bytes
    freed += entry.bytes
  }
  return freed

  async function reachable({ architecture }: GarbageRequest): Promise<{ known: Set<string>; pinned: Set<string> }> {
    const sets = { known: new Set<string>(), pinned: new Set<string>() }
    for (const { name, digest, source, lastUsed } of await names.list()) {
      if (source === 'pull' && lastUsed < now.getTime() - forgetMs) {
        await names.remove(name)
        continue
      }
      // One that cannot be read keeps nothing alive, but must not keep the others from being looked at.
      const image = await readImage({ digest, name, blobs, architecture }).catch(() => undefined)
      for (const part of [digest, ...(image?.parts ?? [])]) {
        sets.known.add(part)
        if (source === 'load') sets.pinned.add(part)
      }
    }
    return sets
  }
}
