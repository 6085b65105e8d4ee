/** Work on disks that this driver refuses. */

import { DriverError } from '../../driver.ts'
import { DelegatedDiskWork } from '../../delegated-disk-work.ts'
import type { DiskWork } from '../../disk-work.ts'

const refuse = async (): Promise<never> => {
  throw new DriverError('Unsupported', 'disks cannot be worked on while their machine runs')
}

export class RefusedDiskWork extends DelegatedDiskWork {
  protected override readonly diskWork: DiskWork = {
    snapshotDisks: refuse,
    streamDisk: refuse,
    commitDisk: refuse,
    resizeDisk: refuse,
    mirrorDisk: refuse,
    dumpMemory: refuse,
    addBitmap: refuse,
    removeBitmap: refuse,
    backupDisks: refuse,
  }
}
