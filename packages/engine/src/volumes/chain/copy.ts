/** A copy of a disk that shares nothing with it, except where the file system itself shares. */

import { constants, copyFile, rm } from 'node:fs/promises'
import { convertImage, resizeImage, type DiskFormat } from '@berth/imaging'
import type { DiskImages } from '../volume-types.ts'
import { endCounts } from './counts.ts'

export interface CopyRequest {
  source: DiskImages
  target: { path: string; format: DiskFormat }
  /** At least that of the source. */
  sizeBytes: number
  signal?: AbortSignal
  onProgress?: (share: number) => void
}

/** @throws {ImagingError} NoSpace, Aborted, ToolFailed */
export async function copyDisk({ source, target, sizeBytes, signal, onProgress }: CopyRequest): Promise<void> {
  const isOneFile = source.backing.length === 0 && source.format === target.format
  if (isOneFile && (await shareBlocks(source.path, target.path))) {
    // Bit for bit the same file: what is counted in it is counted for the backups of another volume.
    await endCounts(target.path)
  } else {
    await convertImage({
      source,
      target,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress: ({ done = 0, total = 100 }) => onProgress(done / total) }),
    })
  }
  await resizeImage({ ...target, sizeBytes })
}

/** At once, on file systems that can (XFS, Btrfs, ZFS); @returns false on others */
async function shareBlocks(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL)
    return true
  } catch {
    // Whatever it was: the copy byte by byte that follows works, or says why not.
    await rm(to, { force: true })
    return false
  }
}
