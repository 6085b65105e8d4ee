/** A package of a machine that has arrived: its descriptor read and, where there is a manifest, checked. Nothing is unpacked. */

import { createHash } from 'node:crypto'
import type { FileBytes } from '@berth/imaging'
import { openOva, OvfError, type Ova } from '@berth/view'

export type OpenPackage = Ova

/** @throws {OvfError} Unreadable, Hostile, TooLarge, Unsupported */
export async function openPackage(file: FileBytes, name: string): Promise<OpenPackage> {
  const ova = await openOva({ name, size: file.size, read: file.read })
  const { descriptor, descriptorChecksum } = ova
  if (descriptorChecksum !== undefined) {
    const bytes = await file.read(descriptor.offset, descriptor.size)
    const { algorithm, hex } = descriptorChecksum
    if (createHash(algorithm).update(bytes).digest('hex') !== hex) {
      throw new OvfError(
        'Unreadable',
        `${descriptor.name} is not what the manifest of the package says: it was changed or is damaged`,
      )
    }
  }
  return ova
}
