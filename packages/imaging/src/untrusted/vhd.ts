/** Reads VHD and VHDX images and refuses differencing ones, which need a parent file. */

import type { Reader } from './reader.ts'
import { hostile } from './refuse.ts'

/** VHD ("Virtual Hard Disk Image Format Specification"): `footer` is the 512-byte structure that begins with `conectix`. */
export function inspectVhd(path: string, footer: Buffer): bigint {
  const type = footer.readUInt32BE(60)
  if (type === 4) throw hostile(path, 'it is a differencing VHD and needs its parent image')
  if (type !== 2 && type !== 3) throw hostile(path, `VHD type ${type} is not known`)
  return footer.readBigUInt64BE(48)
}

/** The footer comes first as a copy, and again at the end: without that one the file is cut off. */
export async function inspectDynamicVhd(reader: Reader, copy: Buffer): Promise<bigint> {
  const size = inspectVhd(reader.path, copy)
  const tail = await reader.at(Math.max(0, reader.size - 512), 512)
  if (tail.toString('latin1', 0, 8) !== 'conectix') throw hostile(reader.path, 'it is cut off: its footer is missing')
  return size
}

// GUIDs of [MS-VHDX] sections 2.2.3.2 and 2.6.2, in the byte order of the file.
const metadataRegion = '06a27c8b90479a4bb8fe575f050f886e'
const fileParameters = '3767a1ca36fa434db3b633f0aa44e76b'
const virtualDiskSize = '2442a52f1bcd7648b2115dbed83bf4b8'
const regionTables = [192 * 1024, 256 * 1024]
const maxEntries = 2047

/** @returns the virtual size in bytes */
export async function inspectVhdx(reader: Reader): Promise<bigint> {
  const { path } = reader
  for (const start of regionTables) {
    const table = await reader.at(start, 64 * 1024)
    if (table.toString('latin1', 0, 4) !== 'regi') continue
    const count = Math.min(table.readUInt32LE(8), maxEntries)
    for (let index = 0; index < count; index++) {
      const at = 16 + index * 32
      if (at + 32 > table.length) break
      if (table.toString('hex', at, at + 16) !== metadataRegion) continue
      return inspectMetadata(reader, Number(table.readBigUInt64LE(at + 16)))
    }
  }
  throw hostile(path, 'its region table names no metadata')
}

async function inspectMetadata(reader: Reader, start: number): Promise<bigint> {
  const { path } = reader
  const table = await reader.at(start, 64 * 1024)
  if (table.toString('latin1', 0, 8) !== 'metadata') throw hostile(path, 'its metadata table is damaged')
  let size: bigint | undefined
  const count = Math.min(table.readUInt16LE(10), maxEntries)
  for (let index = 0; index < count; index++) {
    const at = 32 + index * 32
    if (at + 32 > table.length) break
    const item = table.toString('hex', at, at + 16)
    const value = await reader.at(start + table.readUInt32LE(at + 16), 8)
    if (item === virtualDiskSize) size = value.readBigUInt64LE(0)
    // Bit 1 of the flags: "HasParent".
    if (item === fileParameters && (value.readUInt32LE(4) & 2) !== 0) {
      throw hostile(path, 'it is a differencing VHDX and needs its parent image')
    }
  }
  if (size === undefined) throw hostile(path, 'its metadata gives no size')
  return size
}
