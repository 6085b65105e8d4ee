/** Refuses work that cannot fit before it starts. */

import { statfsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ImagingError } from './errors.ts'

/** Bytes an ordinary user can still write where `path` is or will be; the nearest existing parent counts. */
export async function freeBytes(path: string): Promise<number> {
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at)
      return bavail * bsize
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === dirname(at)) {
        throw new ImagingError('Io', `cannot tell the free space at ${at}`, { cause: error })
      }
    }
  }
}

/** Of a disk, a twentieth is left to others; on large ones this many bytes. */
const mostReserved = 1024 ** 3

/**
 * For what grows by a stranger's will: the disk may be the one the host, and what keeps its state, live on.
 * @param folder an existing one
 * @throws {ImagingError} NoSpace when no more should be written to its disk
 */
export function requireReserve(folder: string, purpose: string): void {
  const { bavail, blocks, bsize } = statfsSync(folder)
  if (bavail * bsize >= Math.min(mostReserved, (blocks * bsize) / 20)) return
  throw new ImagingError('NoSpace', `${purpose}: the disk is nearly full`, {
    remedy: 'Free disk space and try again.',
  })
}

/** @throws {ImagingError} NoSpace */
export async function requireFreeBytes(path: string, bytes: number, purpose: string): Promise<void> {
  const free = await freeBytes(path)
  if (free >= bytes) return
  throw new ImagingError('NoSpace', `${purpose} needs ${inMiB(bytes)} MiB; ${inMiB(free)} MiB are free`, {
    remedy: 'Free disk space, or choose a directory on a larger disk.',
  })
}

function inMiB(bytes: number): number {
  return Math.ceil(bytes / 1024 ** 2)
}

/** Turns the system's "no space" into ours, and leaves other failures as they are. */
export function asImagingError(thrown: unknown, what: string): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ImagingError('NoSpace', `${what}: no space left on the disk`, {
      cause: thrown,
      remedy: 'Free disk space and try again.',
    })
  }
  return thrown
}
