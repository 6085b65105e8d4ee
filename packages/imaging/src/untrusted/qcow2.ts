/** Reads a qcow2 header as QEMU's docs/interop/qcow2.txt describes it, and refuses what reaches outside the file. */

import type { Reader } from './reader.ts'
import { hostile } from './refuse.ts'

const incompatible = { dirty: 1n, corrupt: 2n, externalData: 4n, compressionType: 8n, extendedL2: 16n } as const
const known = Object.values(incompatible).reduce((all, bit) => all | bit, 0n)
const externalDataName = 0x44415441

/** The largest level-1 table QEMU opens, in bytes. */
const maxLevel1Bytes = 32 * 1024 * 1024

/** @returns the virtual size in bytes */
export async function inspectQcow2(reader: Reader): Promise<bigint> {
  const { path } = reader
  const header = await reader.at(0, 112)
  const version = header.readUInt32BE(4)
  if (version !== 2 && version !== 3) throw hostile(path, `qcow version ${version} is not supported`)
  if (header.readBigUInt64BE(8) !== 0n || header.readUInt32BE(16) !== 0) {
    throw hostile(path, `it has a backing file (${await backingName(reader, header)})`)
  }
  const crypt = header.readUInt32BE(32)
  if (crypt !== 0) throw hostile(path, 'it is encrypted')
  const clusterBits = header.readUInt32BE(20)
  if (clusterBits < 9 || clusterBits > 21) throw hostile(path, `its cluster size is 2^${clusterBits}`)
  const size = header.readBigUInt64BE(24)
  const level1Entries = header.readUInt32BE(36)
  if (level1Entries * 8 > maxLevel1Bytes) throw hostile(path, `its level-1 table has ${level1Entries} entries`)
  // One level-1 entry maps a level-2 table: a cluster of 8-byte entries (16 bytes with subclusters).
  const perEntry = 1n << BigInt(2 * clusterBits - 3)
  if (size > BigInt(level1Entries) * perEntry) throw hostile(path, 'its tables are too small for its size')
  for (const [what, at] of [
    ['level-1 table', 40],
    ['reference count table', 48],
  ] as const) {
    if (header.readBigUInt64BE(at) >= BigInt(reader.size)) throw hostile(path, `its ${what} is outside the file`)
  }
  if (header.readUInt32BE(60) > 65536) throw hostile(path, 'it has too many internal snapshots')
  if (version === 3) await inspectFeatures(reader, header)
  return size
}

async function backingName(reader: Reader, header: Buffer): Promise<string> {
  const length = Math.min(header.readUInt32BE(16), 1023)
  const name = await reader.at(Number(header.readBigUInt64BE(8)), length)
  return JSON.stringify(name.toString('latin1').slice(0, 200))
}

async function inspectFeatures(reader: Reader, header: Buffer): Promise<void> {
  const { path } = reader
  const features = header.readBigUInt64BE(72)
  if (features & incompatible.externalData) throw hostile(path, 'its data is in an external file')
  if (features & incompatible.corrupt) throw hostile(path, 'it is marked as corrupt')
  if (features & ~known) throw hostile(path, 'it needs features that are not known')
  const headerLength = header.readUInt32BE(100)
  if (headerLength < 104 || headerLength > 65536) throw hostile(path, `its header has ${headerLength} bytes`)
  // The extension can name the external file even when the feature bit is off; QEMU would ignore it, we do not.
  const extensions = await reader.at(headerLength, 65536)
  for (let at = 0; at + 8 <= extensions.length;) {
    const type = extensions.readUInt32BE(at)
    if (type === 0) return
    if (type === externalDataName) throw hostile(path, 'it names an external data file')
    at += 8 + Math.ceil(extensions.readUInt32BE(at + 4) / 8) * 8
  }
}
