/** Writes a stream into a file whose runs of zeros are holes, and stops before it fills the disk. */

import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { requireReserve } from './free-space.ts'

const zeros = Buffer.alloc(256 * 1024)
/** Bytes between two looks at the room that is left. */
const lookEvery = 64 * 1024 * 1024

/**
 * Writes a new file, safe on disk when it returns.
 * @param purpose for the error when the disk is nearly full
 * @throws {ImagingError} NoSpace, and what the stream throws
 */
export async function writeSparse(
  path: string,
  content: AsyncIterable<Uint8Array>,
  purpose: string,
): Promise<{ bytes: number; crc32: number }> {
  const file = await open(path, 'wx', 0o600)
  try {
    let bytes = 0
    let checksum = 0
    let unlooked = lookEvery
    for await (const chunk of content) {
      checksum = crc32(chunk, checksum)
      if (chunk.length > zeros.length || zeros.compare(chunk, 0, chunk.length, 0, chunk.length) !== 0) {
        if (unlooked >= lookEvery) requireReserve(dirname(path), purpose)
        unlooked = unlooked >= lookEvery ? chunk.length : unlooked + chunk.length
        await writeAll(file, chunk, bytes)
      }
      bytes += chunk.length
    }
    await file.truncate(bytes)
    await file.sync()
    return { bytes, crc32: checksum }
  } finally {
    await file.close()
  }
}

/** A write may take fewer bytes than it was given: on a disk that is just getting full, before the one that fails. */
async function writeAll(
  file: { write(data: Uint8Array, offset: number, length: number, at: number): Promise<{ bytesWritten: number }> },
  data: Uint8Array,
  at: number,
): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await file.write(data, done, data.length - done, at + done)
    done += bytesWritten
  }
}
