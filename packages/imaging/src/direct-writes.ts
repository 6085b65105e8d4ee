/**
 * Whether a new image can be written past the host's page cache. It goes to the disk in any case before anybody is told of it; on the way
 * through memory it would be copied once more, and push out what others have there.
 */

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { DiskFormat } from './qemu-img.ts'

/** Bytes; the largest block in which disks are written. */
const mostBlockBytes = 4096

/**
 * Arguments of `qemu-img convert` for its target.
 * @param target a file that is there and that we may write to
 */
export async function targetCacheArgs(target: {
  path: string
  format: DiskFormat
  sizeBytes: number
}): Promise<string[]> {
  // The last block of a raw image would be written whole, and the image become longer than the disk is to be. qcow2 files have clusters.
  if (target.format === 'raw' && target.sizeBytes % mostBlockBytes !== 0) return []
  try {
    await (await open(target.path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_DIRECT)).close()
    return ['-t', 'none']
  } catch (error) {
    // open(2): the file system has no such way, as that of memory.
    if (error instanceof Error && 'code' in error && error.code === 'EINVAL') return []
    throw error
  }
}
