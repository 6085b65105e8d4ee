/**
 * Looks at an image's header before QEMU does. A qcow2 header can name other files that QEMU would open; whoever made the image
 * chose them, so none is opened that the spec does not list. Source of the layout: QEMU's docs/interop/qcow2.txt.
 */

import type { FileHandle } from 'node:fs/promises'
import { DriverError } from '../driver.ts'
import type { DomainDisk } from '../spec/disks.ts'

const magic = 0x514649fb
const header = { backingOffset: 8, backingSize: 16, incompatible: 72, size: 104 }
/** Bit 2 of the incompatible features: the data lie in another file. */
const externalData = 1n << 2n

/** @throws {DriverError} InvalidSpec, Unsupported */
export async function guardImage(handle: FileHandle, disk: DomainDisk, listed: boolean): Promise<void> {
  const buffer = Buffer.alloc(header.size)
  const { bytesRead } = await handle.read(buffer, 0, header.size, 0)
  if (bytesRead < header.backingSize + 4 || buffer.readUInt32BE(0) !== magic) {
    throw new DriverError('InvalidSpec', `the image of disk ${disk.name} is not in qcow2 format: ${disk.path}`)
  }
  const version = buffer.readUInt32BE(4)
  if (version >= 3 && (buffer.readBigUInt64BE(header.incompatible) & externalData) !== 0n) {
    throw new DriverError(
      'Unsupported',
      `the image of disk ${disk.name} keeps its data in another file: ${disk.path}`,
      {
        remedy: 'Convert it with "qemu-img convert -O qcow2".',
      },
    )
  }
  const backed = buffer.readBigUInt64BE(header.backingOffset) !== 0n
  if (backed && !listed) {
    throw new DriverError('InvalidSpec', `the image of disk ${disk.name} names a backing file: ${disk.path}`, {
      remedy: 'Flatten it with "qemu-img convert -O qcow2", or list the backing file in the spec.',
    })
  }
}
