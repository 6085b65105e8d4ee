/**
 * A disk packed with gzip, as a row of members (RFC 1952 allows any number): each piece is packed for itself, and empty pieces, which
 * most disks are full of, were packed once for all.
 */

import { promisify } from 'node:util'
import { constants, gzip, gzipSync } from 'node:zlib'
import type { DiskReader, Extent } from '../disk-reader/open-disk-reader.ts'

const pack = promisify(gzip)
/** Bytes of a member's content: large enough that its head is nothing. */
const pieceBytes = 4 * 1024 ** 2
/** More takes several times the time for a tenth of the size. */
const options = { level: constants.Z_BEST_SPEED }
let emptyPiece: Buffer | undefined

export async function* gzipBytes(reader: DiskReader): AsyncGenerator<Buffer> {
  for await (const { offset, length, zero } of pieces(reader)) {
    if (zero && length === pieceBytes) yield (emptyPiece ??= gzipSync(Buffer.alloc(pieceBytes)))
    else yield await pack(zero ? Buffer.alloc(length) : await reader.read(offset, length), options)
  }
}

/** The whole disk in pieces; one is empty when all of it is. */
async function* pieces(reader: DiskReader): AsyncGenerator<Extent> {
  let piece: Extent = { offset: 0, length: 0, zero: true }
  for await (const extent of reader.extents(0, reader.sizeBytes)) {
    for (let done = 0; done < extent.length;) {
      const taken = Math.min(extent.length - done, pieceBytes - piece.length)
      piece = { ...piece, length: piece.length + taken, zero: piece.zero && extent.zero }
      done += taken
      if (piece.length < pieceBytes) continue
      yield piece
      piece = { offset: piece.offset + piece.length, length: 0, zero: true }
    }
  }
  if (piece.length > 0) yield piece
}
