/** ISO 9660's number and text fields (ECMA-119 section 7). */

/** Little-endian, then big-endian (7.3.3). */
export function both32(value: number): Buffer {
  const field = Buffer.alloc(8)
  field.writeUInt32LE(value, 0)
  field.writeUInt32BE(value, 4)
  return field
}

/** 7.2.3 */
export function both16(value: number): Buffer {
  const field = Buffer.alloc(4)
  field.writeUInt16LE(value, 0)
  field.writeUInt16BE(value, 2)
  return field
}

/** Text cut or padded to `length` bytes. */
export function padded(text: Buffer, length: number, fill: Buffer): Buffer {
  return Buffer.concat([text.subarray(0, length), Buffer.alloc(Math.max(0, length - text.length), fill)])
}

/** 1980-01-01 00:00 UTC in a directory record (9.1.5): images must not differ by the time they are made. */
export const recordTime = Buffer.from([80, 1, 1, 0, 0, 0, 0])

/** The same in a volume descriptor (8.4.26.1). */
export const volumeTime = Buffer.concat([Buffer.from('1980010100000000'), Buffer.from([0])])

/** "Not specified" in a volume descriptor. */
export const noVolumeTime = Buffer.concat([Buffer.from('0'.repeat(16)), Buffer.from([0])])

export const sectorSize = 2048

export function sectorsFor(bytes: number): number {
  return Math.ceil(bytes / sectorSize)
}
