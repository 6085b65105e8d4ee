/** Takes the kernel proper, an ELF file, out of a bzImage. Layout: the Linux x86 boot protocol, "The Real-Mode Kernel Header". */

import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { unpackXz } from './unpack-xz.ts'

const header = { setupSectors: 0x1f1, magic: 0x202, payloadOffset: 0x248, payloadLength: 0x24c, end: 0x250 }
const sector = 512
const maxOutputLength = 256 * 1024 * 1024
/** A note of the name `Xen` and the type 18: the address at which a machine without a boot sector enters (4 or 8 bytes). */
const entryNotes = [4, 8].map((size) => Buffer.from([4, 0, 0, 0, size, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0]))

/** @returns undefined for a kernel that is packed in a way we do not know, or that cannot be entered as an ELF file */
export async function unpackKernel(bzImage: Buffer, signal?: AbortSignal): Promise<Buffer | undefined> {
  if (bzImage.length < header.end || bzImage.toString('latin1', header.magic, header.magic + 4) !== 'HdrS') return
  const start = ((bzImage[header.setupSectors] ?? 0) + 1) * sector + bzImage.readUInt32LE(header.payloadOffset)
  // The last four bytes are the length of what is unpacked.
  const payload = bzImage.subarray(start, start + bzImage.readUInt32LE(header.payloadLength) - 4)
  const elf = await unpack(payload, signal)
  return elf !== undefined && entryNotes.some((note) => elf.includes(note)) ? elf : undefined
}

async function unpack(payload: Buffer, signal?: AbortSignal): Promise<Buffer | undefined> {
  const magic = payload.toString('hex', 0, 4)
  if (magic === '28b52ffd') return zstdDecompressSync(payload, { maxOutputLength })
  if (magic.startsWith('1f8b')) return gunzipSync(payload, { maxOutputLength })
  if (magic !== 'fd377a58') return undefined
  return unpackXz({ content: payload, purpose: 'unpacking the kernel', signal })
}
