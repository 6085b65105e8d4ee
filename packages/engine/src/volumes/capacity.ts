/** Whether a storage has room for what is asked, in words for who asked. */

import { formatQuantity, quantityFromBytes } from '@berth/meta'
import type { StorageUsage } from './volume-types.ts'

/** Milliseconds until what had no room is looked at again. */
export const roomRecheckMs = 15_000

/**
 * Undefined when `bytes` more could be written; else why not, and what to do. Of what is promised to other volumes nothing is held
 * back: they are thin, and how much of them was promised twice is told by `overcommitOf`.
 */
export async function noRoomFor(
  { volumes }: { volumes: { storages: () => Promise<StorageUsage[]> } },
  { storage, bytes, what }: { storage: string; bytes: number; what: string },
): Promise<string | undefined> {
  const usage = (await volumes.storages()).find(({ name }) => name === storage)
  if (usage === undefined || bytes <= usage.freeBytes) return undefined
  return (
    `storage "${storage}" has ${asQuantity(usage.freeBytes)} free, and ${what} may take ${asQuantity(bytes)}. ` +
    'Remove volumes or snapshots, or ask for less; it is tried again by itself when there is room.'
  )
}

/** Bytes that guests may still write, beyond what there is room for; 0 when all volumes could be filled. */
export function overcommitOf({ provisionedBytes, allocatedBytes, freeBytes }: StorageUsage): number {
  return Math.max(0, provisionedBytes - allocatedBytes - freeBytes)
}

/** `12Gi`; rounded down to whole MiB. */
export function asQuantity(bytes: number): string {
  const mebibyte = 1024 ** 2
  return formatQuantity(quantityFromBytes(Math.max(0, Math.floor(bytes / mebibyte) * mebibyte)))
}
