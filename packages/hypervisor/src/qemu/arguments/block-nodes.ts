/** The block graph of a disk (`-blockdev`). Images come in as file descriptors; what an image's header names is never opened. */

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

export function blockNode(disk: DomainDisk, images: ImageChain, readOnly: boolean): Record<string, unknown> {
  const [image, below, ...rest] = images
  const cache = { direct: disk.cache === 'none', 'no-flush': false }
  const file = {
    driver: image.hostDevice ? 'host_device' : 'file',
    filename: image.filename,
    'read-only': readOnly,
    cache,
    aio: disk.io ?? 'threads',
    discard: 'unmap',
  }
  const common = { driver: image.format, 'read-only': readOnly, cache, discard: 'unmap', file }
  if (image.format === 'raw') return common
  // `null` keeps QEMU from opening what the image's header names.
  return { ...common, backing: below === undefined ? null : blockNode(disk, [below, ...rest], true) }
}
