/** Volume descriptors: the primary one (ECMA-119 section 8.4) and Joliet's supplementary one (8.5). */

import { both16, both32, noVolumeTime, padded, sectorSize, volumeTime } from './fields.ts'
import { ucs2 } from './names.ts'

export interface VolumeDescriptor {
  joliet: boolean
  label: string
  totalSectors: number
  pathTable: { bytes: number; littleEndianSector: number; bigEndianSector: number }
  /** The root directory's record, 34 bytes. */
  rootRecord: Buffer
}

export function volumeDescriptor(volume: VolumeDescriptor): Buffer {
  const { joliet, label, totalSectors, pathTable, rootRecord } = volume
  const space = joliet ? Buffer.from([0, 0x20]) : Buffer.from(' ')
  const text = (value: string, length: number): Buffer =>
    padded(joliet ? ucs2(value).subarray(0, length - (length % 2)) : Buffer.from(value), length, space)
  const tables = Buffer.alloc(16)
  tables.writeUInt32LE(pathTable.littleEndianSector, 0)
  tables.writeUInt32BE(pathTable.bigEndianSector, 8)
  const descriptor = Buffer.concat([
    Buffer.from([joliet ? 2 : 1]),
    Buffer.from('CD001'),
    Buffer.from([1, 0]),
    text('', 32), // system
    text(label, 32),
    Buffer.alloc(8),
    both32(totalSectors),
    // Joliet level 3 is the escape sequence %/E.
    padded(joliet ? Buffer.from('%/E') : Buffer.alloc(0), 32, Buffer.from([0])),
    both16(1), // volumes in the set
    both16(1), // number of this one
    both16(sectorSize),
    both32(pathTable.bytes),
    tables,
    rootRecord,
    text('', 128), // volume set
    text('', 128), // publisher
    text('', 128), // preparer
    text('', 128), // application
    text('', 37), // copyright file
    text('', 37), // abstract file
    text('', 37), // bibliographic file
    volumeTime, // made
    volumeTime, // changed
    noVolumeTime, // expires
    noVolumeTime, // effective
    Buffer.from([1, 0]), // version of the structure
  ])
  return padded(descriptor, sectorSize, Buffer.from([0]))
}

export function terminatorDescriptor(): Buffer {
  return padded(
    Buffer.concat([Buffer.from([255]), Buffer.from('CD001'), Buffer.from([1])]),
    sectorSize,
    Buffer.from([0]),
  )
}
