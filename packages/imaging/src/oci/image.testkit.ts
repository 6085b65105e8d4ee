/** For tests: images made in memory. */

import { gzipSync, zstdCompressSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { digestOf } from './digest.ts'
import { mediaTypes, type Descriptor } from './manifest.ts'

export interface TestEntry {
  name: string
  content?: Uint8Array | string
  type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo'
  linkname?: string
}

export interface TestImage {
  manifest: Buffer
  digest: string
  /** Layers and configuration, by digest. */
  blobs: Map<string, Buffer>
}

export async function tarOf(entries: readonly TestEntry[]): Promise<Buffer> {
  const tar = pack()
  for (const { name, content = '', type = 'file', linkname } of entries) {
    const header = { name, type, ...(linkname === undefined ? {} : { linkname }) }
    if (type === 'file') tar.entry(header, Buffer.from(content))
    else tar.entry(header)
  }
  tar.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of tar) chunks.push(chunk as Uint8Array) // a packer yields bytes
  return Buffer.concat(chunks)
}

const compressions = { plain: (tar: Buffer) => tar, gzip: gzipSync, zstd: zstdCompressSync }

/** @param layers entries of each layer, the lowest first */
export async function imageOf(
  layers: readonly (readonly TestEntry[])[],
  compression: keyof typeof compressions = 'gzip',
): Promise<TestImage> {
  const tars = await Promise.all(layers.map((entries) => tarOf(entries)))
  return imageOfLayers(tars.map((tar) => compressions[compression](tar)))
}

export function imageOfLayers(layers: readonly Buffer[], mediaType: string = mediaTypes.ociManifest): TestImage {
  const blobs = new Map<string, Buffer>()
  const keep = (content: Buffer, type: string): Descriptor => {
    const digest = digestOf(content)
    blobs.set(digest, content)
    return { mediaType: type, digest, size: content.length }
  }
  const config = keep(Buffer.from('{"os":"linux"}'), mediaTypes.ociConfig)
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config,
      layers: layers.map((layer) => keep(layer, 'application/vnd.oci.image.layer.v1.tar+gzip')),
    }),
  )
  return { manifest, digest: digestOf(manifest), blobs }
}

/** An archive as `docker save` writes it, of an image with one layer. */
export async function dockerArchive(name: string, layer: readonly TestEntry[]): Promise<Buffer> {
  const id = 'a'.repeat(64)
  const images = [{ Config: `${id}.json`, RepoTags: [name], Layers: [`${id}/layer.tar`] }]
  return tarOf([
    { name: `${id}/layer.tar`, content: await tarOf(layer) },
    { name: `${id}.json`, content: '{}' },
    { name: 'manifest.json', content: JSON.stringify(images) },
  ])
}

/** A disk whose boot sector prints a line on the first serial port and halts (8086 machine code). */
export function bootSector(words: string): Buffer {
  const sector = Buffer.alloc(1024 * 1024)
  // cli; ax = ds = 0; si = message; next: al = [si++]; if 0 halt; out 0x3f8, al; again; hlt; jump to hlt
  const code = 'fa31c08ed8be177cfcac84c07406baf803eeebf5f4ebfd'
  Buffer.from(code, 'hex').copy(sector)
  sector.write(`${words}\r\n\0`, code.length / 2, 'latin1')
  sector.writeUInt16LE(0xaa55, 510)
  return sector
}

/** A disk whose boot sector powers a q35 machine off (8086 machine code). */
export function powerOffSector(): Buffer {
  const sector = Buffer.alloc(1024 * 1024)
  // out 0x604, 0x2000: QEMU's ACPI control register, sleep state 5; cli; hlt; jump to hlt
  Buffer.from('ba0406b80020effaf4ebfd', 'hex').copy(sector)
  sector.writeUInt16LE(0xaa55, 510)
  return sector
}

/** A raw disk: zeros that end in a mark, so that it is no text. */
export function rawDisk(mark: string, bytes = 4096): Buffer {
  const disk = Buffer.alloc(bytes)
  disk.write(mark, bytes - 512)
  return disk
}
