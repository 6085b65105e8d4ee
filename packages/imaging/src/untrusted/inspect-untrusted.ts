/**
 * Tells what a file of unknown origin is, by our own reading of it, before QEMU ever opens it. Letting QEMU guess is the hole:
 * a raw disk can begin with a qcow2 header that names any file of the host as its backing file.
 */

import { open } from 'node:fs/promises'
import { ImagingError } from '../errors.ts'
import { safeImagePath } from '../image-path.ts'
import type { ImageFormat } from '../qemu-img.ts'
import { inspectQcow2 } from './qcow2.ts'
import { fileReader, type Reader } from './reader.ts'
import { hostile, unknownFormat } from './refuse.ts'
import { inspectVdi } from './vdi.ts'
import { inspectDynamicVhd, inspectVhd, inspectVhdx } from './vhd.ts'
import { inspectVmdk } from './vmdk.ts'

export interface UntrustedImage {
  format: ImageFormat
  /** Size of the disk the guest sees, in bytes. */
  virtualSizeBytes: number
}

/** 64 TiB, as much as QEMU's largest common limit; a claim beyond it is an attack or a mistake. */
const defaultMaxVirtual = 64 * 1024 ** 4

interface Signature {
  offset: number
  bytes: string
  /** What to do with it: a format we read, or why it is refused. */
  is: Exclude<ImageFormat, 'raw'> | { refused: string }
}

const text = (offset: number, bytes: string, refused: string): Signature => ({ offset, bytes, is: { refused } })

const signatures: readonly Signature[] = [
  { offset: 0, bytes: 'QFI\xfb', is: 'qcow2' },
  { offset: 0, bytes: 'KDMV', is: 'vmdk' },
  { offset: 0, bytes: 'vhdxfile', is: 'vhdx' },
  { offset: 0, bytes: 'conectix', is: 'vpc' },
  { offset: 0x40, bytes: '\x7f\x10\xda\xbe', is: 'vdi' },
  text(0, 'COWD', 'VMDK files of ESX hosts (COWD) are not supported'),
  text(0, 'QED\0', 'QED images are not supported'),
  text(0, 'WithoutFreeSpace', 'Parallels images are not supported'),
  text(0, 'WithouFreSpacExt', 'Parallels images are not supported'),
  text(0, 'Bochs Virtual HD Image', 'Bochs images are not supported'),
  text(0, 'LUKS\xba\xbe', 'it is encrypted with LUKS'),
  text(0, '# Disk DescriptorFile', 'it is a VMDK descriptor whose data is in other files'),
  text(0, '\x1f\x8b', 'it is compressed with gzip; unpack it first'),
  text(0, '\xfd7zXZ\0', 'it is compressed with xz; unpack it first'),
  text(0, '\x28\xb5\x2f\xfd', 'it is compressed with zstd; unpack it first'),
  text(0, 'BZh', 'it is compressed with bzip2; unpack it first'),
  text(0, 'PK\x03\x04', 'it is a zip archive'),
  text(0, '7z\xbc\xaf\x27\x1c', 'it is a 7z archive'),
  text(0, '%PDF-', 'it is a PDF document'),
  text(0, '\x7fELF', 'it is a program'),
  text(257, 'ustar', 'it is a tar archive'),
]

/**
 * Detects the format and refuses images that are not self-contained, encrypted, damaged, too large or no disk images.
 * @throws {ImagingError} HostileImage, UnknownFormat, TooLarge, NotFound, InvalidArgument, Io
 */
export async function inspectUntrusted(
  image: string,
  { maxVirtualBytes = defaultMaxVirtual }: { maxVirtualBytes?: number } = {},
): Promise<UntrustedImage> {
  const path = safeImagePath(image)
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new ImagingError('NotFound', `there is no image at ${path}`, { cause })
    throw new ImagingError('Io', `cannot open ${path}: ${cause.message}`, { cause })
  })
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw unknownFormat(path, 'it is not a file')
    if (stat.size === 0) throw unknownFormat(path, 'it is empty')
    const { format, size } = await inspect(fileReader(path, file, stat.size))
    if (size > BigInt(maxVirtualBytes)) {
      throw new ImagingError('TooLarge', `${path} says its disk has ${size} bytes; the limit is ${maxVirtualBytes}`)
    }
    if (size === 0n) throw hostile(path, 'its disk has no size')
    return { format, virtualSizeBytes: Number(size) }
  } finally {
    await file.close()
  }
}

async function inspect(reader: Reader): Promise<{ format: ImageFormat; size: bigint }> {
  const { path, size } = reader
  const head = await reader.at(0, 1024)
  const found = signatures.find(({ offset, bytes }) => head.toString('latin1', offset, offset + bytes.length) === bytes)
  if (found && typeof found.is === 'object') throw unknownFormat(path, found.is.refused)
  switch (found?.is) {
    case 'qcow2':
      return { format: 'qcow2', size: await inspectQcow2(reader) }
    case 'vmdk':
      return { format: 'vmdk', size: await inspectVmdk(reader) }
    case 'vhdx':
      return { format: 'vhdx', size: await inspectVhdx(reader) }
    case 'vpc':
      return { format: 'vpc', size: await inspectDynamicVhd(reader, head) }
    case 'vdi':
      return { format: 'vdi', size: await inspectVdi(reader) }
    case undefined:
      break
  }
  // A fixed VHD is a raw disk with a footer, and only there.
  const tail = await reader.at(Math.max(0, size - 512), 512)
  if (tail.toString('latin1', 0, 8) === 'conectix') return { format: 'vpc', size: inspectVhd(path, tail) }
  if (tail.toString('latin1', 0, 4) === 'koly') throw unknownFormat(path, 'it is an Apple disk image')
  if (looksLikeText(head.subarray(0, Math.min(512, size)))) {
    throw unknownFormat(path, 'it is a text or a web page (did the download address answer with an error page?)')
  }
  return { format: 'raw', size: BigInt(Math.ceil(size / 512) * 512) }
}

/** Disks begin with a boot sector, a partition table or zeros; only text has nothing but printable bytes. */
function looksLikeText(head: Buffer): boolean {
  return head.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte !== 127))
}
