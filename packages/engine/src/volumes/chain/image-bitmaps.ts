/**
 * Which counts of written blocks an image of ours keeps: QEMU calls them bitmaps, and backups of what has changed rest on them.
 * https://www.qemu.org/docs/master/interop/qcow2.html, "Bitmaps extension"
 */

import { open, type FileHandle } from 'node:fs/promises'
import { formatOf } from '../storage/layout.ts'
import { damaged, readAt } from './image-header.ts'

export interface ImageBitmap {
  name: string
  /** Not closed in order, so nobody knows what it missed. */
  isBroken: boolean
}

const extensionType = 0x23_85_28_75
/** Bit 0 of the features that a program which does not know them clears: without it the bitmaps are stale. */
const bitmapsFeature = 1n
/** Much more than any disk of ours has. */
const mostDirectoryBytes = 1024 ** 2

/** Not of an image that a running machine has open: what it counts is in its memory. @throws {EngineError} ImageDamaged */
export async function readImageBitmaps(path: string): Promise<ImageBitmap[]> {
  if (formatOf(path) === 'raw') return []
  const file = await open(path, 'r')
  try {
    const header = await readAt(file, { at: 0, bytes: 104, path })
    const isOld = header.readUInt32BE(4) < 3
    if (isOld || (header.readBigUInt64BE(88) & bitmapsFeature) === 0n) return []
    const directory = await findDirectory(file, { header, path })
    return directory === undefined ? [] : entriesOf(directory, path)
  } finally {
    await file.close()
  }
}

/** Extensions follow the header, each with its type and length, up to one of type 0. */
async function findDirectory(
  file: FileHandle,
  { header, path }: { header: Buffer; path: string },
): Promise<Buffer | undefined> {
  const clusterBytes = 2 ** header.readUInt32BE(20)
  for (let at = header.readUInt32BE(100); at + 8 <= clusterBytes;) {
    const extension = await readAt(file, { at, bytes: 8, path })
    const type = extension.readUInt32BE(0)
    const bytes = extension.readUInt32BE(4)
    if (type === 0) return undefined
    if (type === extensionType) {
      const fields = await readAt(file, { at: at + 8, bytes: 24, path })
      const directoryBytes = Number(fields.readBigUInt64BE(8))
      if (directoryBytes > mostDirectoryBytes) throw damaged(path)
      return readAt(file, { at: Number(fields.readBigUInt64BE(16)), bytes: directoryBytes, path })
    }
    at += 8 + padded(bytes)
  }
  return undefined
}

function entriesOf(directory: Buffer, path: string): ImageBitmap[] {
  const entries: ImageBitmap[] = []
  for (let at = 0; at < directory.length;) {
    if (at + 24 > directory.length) throw damaged(path)
    const flags = directory.readUInt32BE(at + 12)
    const nameBytes = directory.readUInt16BE(at + 18)
    const nameAt = at + 24 + directory.readUInt32BE(at + 20)
    if (nameAt + nameBytes > directory.length) throw damaged(path)
    // Bit 0 of the flags: in use.
    entries.push({ name: directory.toString('utf8', nameAt, nameAt + nameBytes), isBroken: (flags & 1) !== 0 })
    at = nameAt + nameBytes
    at += padded(at) - at
  }
  return entries
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
