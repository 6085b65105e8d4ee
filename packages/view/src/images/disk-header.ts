/**
 * How large a disk is that lies in a file, read from the file's own header, in a browser too. It only proposes a size: whoever takes the
 * file looks at it anew, and refuses what does not fit. Sources: QEMU's docs/interop/qcow2.txt; VMware's Virtual Disk Format 1.1;
 * Microsoft's VHD specification 1.0 and MS-VHDX; VirtualBox' VDICore.h.
 */

import type { ByteSource } from '../ovf/byte-source.ts'

export type DiskFormat = 'qcow2' | 'vmdk' | 'vdi' | 'vhd' | 'vhdx' | 'iso' | 'raw' | 'packed' | 'package' | 'descriptor'

export interface DiskHeader {
  format: DiskFormat
  /** Undefined where the header does not tell: what is packed has to be unpacked first. */
  bytes?: number
}

/** Names of files that may hold a disk, or a machine. */
export const diskFileEndings = [
  'qcow2',
  'qcow',
  'img',
  'raw',
  'iso',
  'vmdk',
  'vhd',
  'vhdx',
  'vdi',
  'gz',
  'xz',
  'zst',
  'ova',
  'ovf',
] as const

export function mayBeDisk(name: string): boolean {
  const ending = name.toLowerCase().split('.').at(-1) ?? ''
  return diskFileEndings.some((known) => known === ending)
}

const KiB = 1024
const sector = 512

export async function readDiskHeader(source: ByteSource): Promise<DiskHeader> {
  if (/\.ova$/i.test(source.name)) return { format: 'package' }
  if (/\.ovf$/i.test(source.name)) return { format: 'descriptor' }
  const head = await source.read(0, Math.min(source.size, KiB))
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const begins = (...bytes: number[]): boolean => bytes.every((byte, at) => head[at] === byte)
  if (begins(0x1f, 0x8b) || begins(0xfd, 0x37, 0x7a, 0x58, 0x5a) || begins(0x28, 0xb5, 0x2f, 0xfd))
    return { format: 'packed' }
  if (begins(0x51, 0x46, 0x49, 0xfb) && head.length >= 32) return sized('qcow2', view.getBigUint64(24))
  if (begins(0x4b, 0x44, 0x4d, 0x56) && head.length >= 20) {
    return sized('vmdk', view.getBigUint64(12, true) * BigInt(sector))
  }
  if (head.length >= 0x178 && view.getUint32(0x40, true) === 0xbe_da_10_7f)
    return sized('vdi', view.getBigUint64(0x170, true))
  if (textAt(head, 0, 8) === 'vhdxfile') return { format: 'vhdx', ...(await vhdxBytes(source)) }
  if (textAt(head, 0, 8) === 'conectix' && head.length >= 56) return sized('vhd', view.getBigUint64(48))
  if (/\.vhd$/i.test(source.name) && source.size > sector) {
    const foot = await source.read(source.size - sector, sector)
    if (textAt(foot, 0, 8) === 'conectix') {
      return sized('vhd', new DataView(foot.buffer, foot.byteOffset, foot.byteLength).getBigUint64(48))
    }
  }
  return { format: /\.iso$/i.test(source.name) ? 'iso' : 'raw', bytes: source.size }
}

function sized(format: DiskFormat, bytes: bigint): DiskHeader {
  // More is no disk but a damaged header.
  return bytes > 0n && bytes <= BigInt(Number.MAX_SAFE_INTEGER) ? { format, bytes: Number(bytes) } : { format }
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}

const regionTable = 192 * KiB
const tableBytes = 64 * KiB
/** First bytes, as stored, of the metadata region's id and of the item that holds the disk's size. */
const metadataRegion = 0x8b_7c_a2_06
const sizeItem = 0x2f_a5_42_24

async function vhdxBytes(source: ByteSource): Promise<{ bytes?: number }> {
  const regions = await tableAt(source, regionTable)
  if (regions === undefined || textAt(new Uint8Array(regions.buffer, regions.byteOffset, 4), 0, 4) !== 'regi') return {}
  const region = entryOf(regions, { count: regions.getUint32(8, true), first: 16, id: metadataRegion })
  if (region === undefined) return {}
  const base = Number(regions.getBigUint64(region + 16, true))
  const items = await tableAt(source, base)
  if (items === undefined) return {}
  const item = entryOf(items, { count: items.getUint16(10, true), first: 32, id: sizeItem })
  if (item === undefined) return {}
  const at = base + items.getUint32(item + 16, true)
  if (at + 8 > source.size) return {}
  const value = await source.read(at, 8)
  const { bytes } = sized('vhdx', new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0, true))
  return bytes === undefined ? {} : { bytes }
}

async function tableAt(source: ByteSource, at: number): Promise<DataView | undefined> {
  if (!Number.isSafeInteger(at) || at + tableBytes > source.size) return undefined
  const bytes = await source.read(at, tableBytes)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Both tables have entries of 32 bytes that begin with an id. */
function entryOf(
  table: DataView,
  { count, first, id }: { count: number; first: number; id: number },
): number | undefined {
  for (let index = 0; index < Math.min(count, 2047); index += 1) {
    const at = first + index * 32
    if (at + 32 > table.byteLength) return undefined
    if (table.getUint32(at) === reversed(id)) return at
  }
  return undefined
}

/** GUIDs have their first part little-endian. */
function reversed(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
}
