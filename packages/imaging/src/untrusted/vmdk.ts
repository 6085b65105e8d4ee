/** Reads VMDK images that are one file ("Virtual Disk Format 5.0", VMware) and refuses those that name others. */

import type { Reader } from './reader.ts'
import { hostile } from './refuse.ts'

const maxDescriptorSectors = 128
const selfContained: readonly string[] = ['monolithicSparse', 'streamOptimized']

/** @returns the virtual size in bytes */
export async function inspectVmdk(reader: Reader): Promise<bigint> {
  const { path } = reader
  const header = await reader.at(0, 512)
  const capacity = header.readBigUInt64LE(12)
  const descriptorSector = header.readBigUInt64LE(28)
  const descriptorSectors = header.readBigUInt64LE(36)
  // A capacity of zero makes QEMU read the descriptor as if it were a file of its own, with any extents it likes.
  if (capacity === 0n) throw hostile(path, 'its extent is empty')
  if (descriptorSector === 0n || descriptorSectors === 0n) throw hostile(path, 'it has no descriptor')
  if (descriptorSectors > BigInt(maxDescriptorSectors)) throw hostile(path, 'its descriptor is too large')
  const bytes = await reader.at(Number(descriptorSector) * 512, Number(descriptorSectors) * 512)
  const end = bytes.indexOf(0)
  checkDescriptor(path, bytes.toString('latin1', 0, end < 0 ? bytes.length : end))
  return capacity * 512n
}

function checkDescriptor(path: string, text: string): void {
  const type = /^\s*createType\s*=\s*"([^"]*)"/im.exec(text)?.[1]
  if (type === undefined || !selfContained.includes(type)) {
    throw hostile(path, `its type is ${JSON.stringify(type ?? 'unknown')}, which keeps data in other files`)
  }
  if (/^\s*parentFileNameHint\s*=/im.test(text)) throw hostile(path, 'it has a parent image')
  const parent = /^\s*parentCID\s*=\s*(\w+)/im.exec(text)?.[1]
  if (parent !== undefined && parent.toLowerCase() !== 'ffffffff') throw hostile(path, 'it has a parent image')
  const extents = text.split('\n').filter((line) => /^\s*(?:RW|RDONLY|NOACCESS)\s/i.test(line))
  if (extents.length !== 1 || !/^\s*RW\s+\d+\s+SPARSE\s/i.test(extents[0] ?? '')) {
    throw hostile(path, 'its descriptor names extents in other files')
  }
}
