/** A machine whose disks are worked on by a part of its own. */

import type * as work from './disk-work.ts'

export abstract class DelegatedDiskWork implements work.DiskWork {
  protected abstract readonly diskWork: work.DiskWork

  async snapshotDisks(overlays: readonly work.DiskOverlay[]): Promise<void> {
    await this.diskWork.snapshotDisks(overlays)
  }

  async streamDisk(options: work.StreamOptions): Promise<void> {
    await this.diskWork.streamDisk(options)
  }

  async commitDisk(options: work.CommitOptions): Promise<void> {
    await this.diskWork.commitDisk(options)
  }

  async resizeDisk(disk: string, sizeBytes: number): Promise<void> {
    await this.diskWork.resizeDisk(disk, sizeBytes)
  }

  async mirrorDisk(options: work.MirrorOptions): Promise<void> {
    await this.diskWork.mirrorDisk(options)
  }

  async dumpMemory(options: work.DumpOptions): Promise<void> {
    await this.diskWork.dumpMemory(options)
  }

  async addBitmap(options: work.BitmapOptions): Promise<void> {
    await this.diskWork.addBitmap(options)
  }

  async bitmapsOf(disk: string): Promise<string[]> {
    return this.diskWork.bitmapsOf(disk)
  }

  async removeBitmap(options: work.BitmapOptions): Promise<void> {
    await this.diskWork.removeBitmap(options)
  }

  async backupDisks(options: work.BackupOptions): Promise<work.BackupResult> {
    return this.diskWork.backupDisks(options)
  }

  async showDisks(options: work.ShowOptions): Promise<void> {
    await this.diskWork.showDisks(options)
  }
}
