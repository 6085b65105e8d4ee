/** Reads VirtualBox disk images (VDI 1.1) and refuses differencing ones. */

import type { Reader } from './reader.ts'
import { hostile } from './refuse.ts'

/** @returns the virtual size in bytes */
export async function inspectVdi(reader: Reader): Promise<bigint> {
  const header = await reader.at(0, 512)
  const type = header.readUInt32LE(0x4c)
  if (type !== 1 && type !== 2) throw hostile(reader.path, 'it is a differencing VDI and needs its parent image')
  // Data offset, block size and how many blocks there are: what qemu-img's own check does not hold against the file.
  const needed = header.readUInt32LE(0x158) + header.readUInt32LE(0x178) * header.readUInt32LE(0x184)
  if (needed > reader.size) throw hostile(reader.path, `it is cut off: it has ${reader.size} bytes of ${needed}`)
  return header.readBigUInt64LE(0x170)
}
