/**
 * What the header of one of our own images says. Read here and not through qemu-img, because chains are read at every start of a
 * machine and whenever something is cloned or removed. https://www.qemu.org/docs/master/interop/qcow2.html
 */

import { open, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { EngineError } from '../../errors.ts'
import { formatOf } from '../storage/layout.ts'

export interface ImageHeader {
  /** As written: the name of another image. */
  backing?: string
  /** As the guest sees it. */
  sizeBytes: number
  /** Nothing was ever written to it: it reads as what it lies on. */
  isEmpty: boolean
  /** What it takes on the host's disk. */
  allocatedBytes: number
  /** Other names of the same file: somebody else's, too. */
  links: number
}

const magic = 0x51_46_49_fb
/** qcow2 allows 1023. */
const mostBackingBytes = 1023
/** 32 MiB, as QEMU allows. */
const mostTableBytes = 32 * 1024 ** 2

/** @throws {EngineError} ImageDamaged */
export async function readImageHeader(path: string): Promise<ImageHeader> {
  const file = await open(path, 'r')
  try {
    const { size, blocks, nlink } = await file.stat()
    const common = { allocatedBytes: blocks * 512, links: nlink }
    if (formatOf(path) === 'raw') return { ...common, sizeBytes: size, isEmpty: false }
    const header = await readAt(file, { at: 0, bytes: 72, path })
    if (header.readUInt32BE(0) !== magic) throw damaged(path)
    const backingAt = Number(header.readBigUInt64BE(8))
    const backingBytes = header.readUInt32BE(16)
    if (backingBytes > mostBackingBytes) throw damaged(path)
    const backing =
      backingAt === 0 ? undefined : (await readAt(file, { at: backingAt, bytes: backingBytes, path })).toString('utf8')
    return {
      ...common,
      ...(backing === undefined || backing === '' ? {} : { backing }),
      sizeBytes: Number(header.readBigUInt64BE(24)),
      isEmpty: await hasEmptyTable(file, header, path),
    }
  } finally {
    await file.close()
  }
}

/** The first level of the mapping has an entry for whatever was written. */
async function hasEmptyTable(file: FileHandle, header: Buffer, path: string): Promise<boolean> {
  const bytes = header.readUInt32BE(36) * 8
  if (bytes > mostTableBytes) throw damaged(path)
  if (bytes === 0) return true
  const table = await readAt(file, { at: Number(header.readBigUInt64BE(40)), bytes, path })
  return table.every((byte) => byte === 0)
}

export async function readAt(
  file: FileHandle,
  { at, bytes, path }: { at: number; bytes: number; path: string },
): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at)
  if (bytesRead !== bytes) throw damaged(path)
  return buffer
}

export function damaged(path: string): EngineError {
  return new EngineError('ImageDamaged', `image ${basename(path)} of a volume is not the disk image it should be`, {
    remedy: 'Restore the volume from a backup.',
  })
}
