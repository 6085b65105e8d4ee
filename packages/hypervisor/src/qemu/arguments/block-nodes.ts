/** The block graph of a disk (`-blockdev`). Images come in as file descriptors; what an image's header names is never opened. */

import { createHash } from 'node:crypto'
import { imagesOf } from '../../image-chain.ts'
import type { BlockSizes, DomainDisk } from '../../spec/disks.ts'

/** An image that the driver has opened for QEMU. */
export interface OpenImage {
  /** What QEMU opens: `/dev/fdset/N`. */
  filename: string
  format: 'qcow2' | 'raw'
  /** A block device of the host rather than a file. */
  hostDevice: boolean
  /** The block sizes of the device, or of the file system the file is on, where the disk is to have the same. */
  blockSize?: BlockSizes
}

/** The images of one disk: its own first, then what it was made on top of. */
export type ImageChain = [OpenImage, ...OpenImage[]]

/**
 * What the names of all nodes of one disk begin with. The name of a node tells which image it is, so that a driver that takes a machine
 * over knows what QEMU's graph is made of. Hashes, because QEMU's limit on node names is 31.
 */
export function nodePrefix(disk: string): string {
  return `d${hash(disk, 8)}_`
}

/** Name of the node of an image of a disk. That of the node of its file begins with it, too. */
export function imageNode(disk: string, path: string): string {
  return `${nodePrefix(disk)}${hash(path, 16)}`
}

function hash(text: string, letters: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, letters)
}

/** The images of a disk as one graph; `place` is that of the first image in the disk's chain. */
export function blockNode(disk: DomainDisk, images: ImageChain, readOnly: boolean, place = 0): Record<string, unknown> {
  const [image, below, ...rest] = images
  const path = imagesOf(disk)[place]?.path ?? ''
  const node = { ...formatNode(disk, place, readOnly), driver: image.format }
  const file = { ...fileNode(disk, image, readOnly), 'node-name': `${imageNode(disk.name, path)}-f` }
  if (image.format === 'raw') return { ...node, file }
  // `null` keeps QEMU from opening what the image's header names.
  return { ...node, file, backing: below === undefined ? null : blockNode(disk, [below, ...rest], true, place + 1) }
}

/** Without what the node lies on. */
export function formatNode(disk: DomainDisk, place: number, readOnly: boolean): Record<string, unknown> {
  const image = imagesOf(disk)[place]
  return {
    driver: image?.format,
    'node-name': imageNode(disk.name, image?.path ?? ''),
    'read-only': readOnly,
    cache: cacheOf(disk),
    discard: 'unmap',
  }
}

export function fileNode(disk: DomainDisk, image: OpenImage, readOnly: boolean): Record<string, unknown> {
  return {
    driver: image.hostDevice ? 'host_device' : 'file',
    filename: image.filename,
    'read-only': readOnly,
    cache: cacheOf(disk),
    aio: disk.io ?? 'threads',
    discard: 'unmap',
  }
}

function cacheOf({ cache }: DomainDisk): Record<string, boolean> {
  return { direct: cache === 'none', 'no-flush': false }
}
