/** Room on a disk that nobody else gets, for a file that will grow. */

import { ImagingError } from './errors.ts'
import { requireFreeBytes } from './free-space.ts'
import { runProcess } from './run-process.ts'

/**
 * The file keeps its size; what it grows by, up to `bytes`, finds room. A file system that cannot promise this promises nothing.
 * @throws {ImagingError} NoSpace, ToolMissing, TimedOut, Aborted
 */
export async function reserveSpace(
  path: string,
  bytes: number,
  { signal }: { signal?: AbortSignal } = {},
): Promise<'reserved' | 'unsupported'> {
  // Asking for more than there is would take all there is before it fails.
  await requireFreeBytes(path, bytes, 'reserving space')
  try {
    await runProcess({
      command: 'fallocate',
      args: ['--keep-size', '--length', String(bytes), '--', path],
      purpose: 'reserving space',
      timeoutMs: 60_000,
      ...(signal === undefined ? {} : { signal }),
    })
    return 'reserved'
  } catch (error) {
    if (error instanceof ImagingError && error.code === 'ToolFailed') return 'unsupported'
    throw error
  }
}
