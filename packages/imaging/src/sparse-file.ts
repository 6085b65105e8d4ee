/** Writes a stream into a file whose runs of zeros are holes, and stops before it fills the disk. */

import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { requireReserve } from './free-space.ts'
import { PieceWriter } from './piece-writer.ts'

/** Bytes between two looks at the room that is left. */
const lookEvery = 64 * 1024 * 1024

/**
 * Writes a new file, safe on disk when it returns.
 * @param options.purpose for the error when the disk is nearly full
 * @param options.sync false where a power cut may take the file
 * @throws {ImagingError} NoSpace, and what the stream throws
 */
export async function writeSparse(
  path: string,
  content: AsyncIterable<Uint8Array>,
  { purpose, sync = true }: { purpose: string; sync?: boolean },
): Promise<{ bytes: number }> {
  const file = await open(path, 'wx', 0o600)
  const writer = new PieceWriter(file, 0)
  try {
    let bytes = 0
    let unlooked = lookEvery
    for await (const chunk of content) {
      if (unlooked >= lookEvery) requireReserve(dirname(path), purpose)
      unlooked = unlooked >= lookEvery ? chunk.length : unlooked + chunk.length
      await writer.add(chunk)
      bytes += chunk.length
    }
    await writer.flush()
    await file.truncate(bytes)
    if (sync) await file.sync()
    return { bytes }
  } finally {
    // Nothing writes to a file that is closed: the number may be another one's by then. What fails here has failed above already.
    await writer.flush().catch(() => {})
    await file.close()
  }
}
