/** Writes a stream into a file whose runs of zeros are holes, and stops before it fills the disk. */

import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
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
): Promise<{ bytes: number; crc32: number }> {
  const file = await open(path, 'wx', 0o600)
  const writer = new PieceWriter(file, 0)
  try {
    let bytes = 0
    let checksum = 0
    let unlooked = lookEvery
    for await (const chunk of content) {
      checksum = crc32(chunk, checksum)
      if (unlooked >= lookEvery) requireReserve(dirname(path), purpose)
      unlooked = unlooked >= lookEvery ? chunk.length : unlooked + chunk.length
      await writer.add(chunk)
      bytes += chunk.length
    }
    await writer.flush()
    await file.truncate(bytes)
    if (sync) await file.sync()
    return { bytes, crc32: checksum }
  } finally {
    // Nothing writes to a file that is closed: the number may be another one's by then. What fails here has failed above already.
    await writer.flush().catch(() => {})
    await file.close()
  }
}
