/** A disk, or a part of it, as the bytes a guest would read. */

import type { DiskReader } from '../disk-reader/open-disk-reader.ts'

/** Bytes of one piece. */
const pieceBytes = 1024 ** 2
const zeros = Buffer.alloc(pieceBytes)

/** @param range bytes `from` (included) to `to` (excluded) */
export async function* rawBytes(reader: DiskReader, range: { from: number; to: number }): AsyncGenerator<Buffer> {
  for await (const { offset, length, zero } of reader.extents(range.from, range.to - range.from)) {
    for (let done = 0; done < length; done += pieceBytes) {
      const bytes = Math.min(pieceBytes, length - done)
      yield zero ? zeros.subarray(0, bytes) : await reader.read(offset + done, bytes)
    }
  }
}
