/** What a descriptor lists before its machines, and their items refer to. */

import type { OvfDiskFormat, OvfFile } from './ovf-machine.ts'

export interface ReferredDisk {
  id: string
  capacityBytes: number
  populatedBytes?: number
  file?: OvfFile
  format: OvfDiskFormat
}

/** What items of machines refer to. */
export interface OvfReferences {
  files: ReadonlyMap<string, OvfFile>
  disks: ReadonlyMap<string, ReferredDisk>
}
