/** What a disk image says of itself in its first bytes: its format, and how large the disk is. Sources: the formats' specifications. */

export interface ImageHead {
  /** As people call it. */
  format: string
  /** Bytes of the disk; undefined where the head does not say. */
  virtualBytes: number | undefined
}

/** Bytes that are looked at. */
export const headBytes = 512

export function readImageHead(head: Buffer, fileBytes: number): ImageHead {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte)
  if (starts(0x51, 0x46, 0x49, 0xfb)) return { format: 'qcow2', virtualBytes: bytesAt(head, 24, 'big') }
  if (starts(0x4b, 0x44, 0x4d, 0x56)) {
    const sectors = bytesAt(head, 12, 'little')
    return { format: 'vmdk', virtualBytes: sectors === undefined ? undefined : sectors * 512 }
  }
  if (head.subarray(0, 8).toString('latin1') === 'vhdxfile') return { format: 'vhdx', virtualBytes: undefined }
  if (head.subarray(0x40, 0x44).equals(Buffer.from([0x7f, 0x10, 0xda, 0xbe]))) {
    return { format: 'vdi', virtualBytes: bytesAt(head, 0x170, 'little') }
  }
  if (starts(0x1f, 0x8b)) return { format: 'gzip', virtualBytes: undefined }
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return { format: 'xz', virtualBytes: undefined }
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return { format: 'zstd', virtualBytes: undefined }
  return { format: 'raw', virtualBytes: fileBytes }
}

/** An unsigned 64-bit number; undefined where the head ends before, or nothing could be that large. */
function bytesAt(head: Buffer, offset: number, order: 'big' | 'little'): number | undefined {
  if (head.length < offset + 8) return undefined
  const value = order === 'big' ? head.readBigUInt64BE(offset) : head.readBigUInt64LE(offset)
  return value > 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) / 512n ? Number(value) : undefined
}
