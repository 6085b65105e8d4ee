/**
 * What can be done to the images of a machine's disks, and to its memory, while it runs. Images are named by their paths, which are
 * absolute and known from `spec.disks`; QEMU is only ever given open files. A disk whose images change is in `spec.disks` as it is from
 * then on, also for a driver that adopts the machine.
 *
 * What all calls reject with (DriverError): NotFound (no such disk, image or bitmap), WrongState (the machine does not run, ends in the
 * middle, or the disk has work in progress), InvalidSpec, Unsupported, NoSpace, Refused, Timeout, Protocol. A call that rejects has
 * changed nothing, unless it says otherwise. Work that its `signal` ends rejects with the signal's reason.
 */

import type { Duplex } from 'node:stream'
import type { DiskImage } from './spec/disks.ts'

export interface WorkProgress {
  /** Bytes; both may grow while the guest writes. */
  doneBytes: number
  totalBytes: number
}

export interface WorkOptions {
  /** Ends the work; what has been reached so far is left as it was before. */
  signal?: AbortSignal
  /** Most bytes a second that are copied; the writing of a memory dump is not held back. */
  bytesPerSecond?: number
  onProgress?(this: void, progress: WorkProgress): void
}

export interface DiskOverlay {
  disk: string
  /** An empty qcow2 image, of the size of the disk, whose header names the disk's present image. */
  path: string
}

export interface StreamOptions extends WorkOptions {
  disk: string
  /** The image that takes in what lies below it: the disk's own or one of its backing. */
  into: string
  /** The image that stays below it; everything is taken in when absent. */
  base?: string
  /** What the header of `into` calls `base`; needed with it. */
  backingName?: string
}

export interface CommitOptions extends WorkOptions {
  disk: string
  /** The image whose content goes down: one of the backing, or the one that the guest writes to, who goes on in `base` then. */
  top: string
  /** The image below that takes it. All images from `top` down to it leave the chain. */
  base: string
  /** What the header of the image above `top` calls `base`; not used when there is none above. */
  backingName: string
  /**
   * Only when `top` is what the guest writes to: gives up, with Timeout, when more than these bytes were copied and the guest is still
   * ahead. No bound when absent: under a guest that writes without any pause it need not end.
   */
  mostBytes?: number
  /**
   * Only when `top` is what the guest writes to. The guest waits for this disk, and `base` on the host's disk reads as `top` does: now the
   * caller writes down that `base` is the disk's image. When it resolves the guest goes on in `base`, and `signal` counts no more; a
   * rejection leaves the disk as it was. A driver that dies in between leaves the guest waiting; the next one asks `isSwitched`.
   */
  beforeSwitch?(this: void): Promise<void>
  /** After `beforeSwitch` had resolved, QEMU refused to switch: the guest goes on in `top`. The call rejects then. */
  afterRefusal?(this: void): Promise<void>
}

export interface MirrorOptions extends WorkOptions {
  disk: string
  /** An image that is there, of the size of the disk and without backing. */
  target: DiskImage
  /**
   * Both are equal, on the host's disk, and the guest waits until this resolves and the disk is switched, which nothing cancels then; a
   * rejection cancels the work, and the disk stays where it was. A driver that dies in between leaves the guest waiting; the next one
   * asks `isMoved`.
   */
  beforeSwitch?(this: void): Promise<void>
  /** After `beforeSwitch` had resolved, QEMU refused to switch: the guest goes on where it was. The call rejects then. */
  afterRefusal?(this: void): Promise<void>
}

export interface DumpOptions extends WorkOptions {
  /** Made, or overwritten; incomplete until the call resolves. */
  path: string
}

export interface BitmapOptions {
  disks: readonly string[]
  /** Letters, digits, dots, underscores and dashes, at most 200. */
  name: string
}

export interface BackupOptions extends WorkOptions {
  /** `path` is a qcow2 image of the size of the disk, without content (its header may name an earlier backup as backing file). */
  disks: readonly { disk: string; path: string }[]
  /** The bitmap of an earlier checkpoint: only what was written since is copied. Everything when absent. */
  since?: string
  /** Name of a bitmap that counts writes from the instant of this backup on. */
  checkpoint?: string
}

export interface BackupResult {
  /** The instant that the images show. */
  takenAt: Date
  disks: {
    disk: string
    /** Bytes that were copied. */
    bytes: number
    /** The size that the guest sees. */
    sizeBytes: number
  }[]
}

/** Disks as they are at one instant, to be read over NBD. */
export interface ShownDisks {
  takenAt: Date
  /** The names of the exports, with the size that the guest sees. */
  disks: { disk: string; sizeBytes: number }[]
  /** The meta context that tells what was written since; with `since` only. */
  changedContext?: string
  /** Fires when the showing has failed, or is ended; then nothing can be read any more. */
  signal: AbortSignal
  /** To the server of all the disks, which has nothing said yet. Its owner closes it. */
  connect(this: void): Promise<Duplex>
}

export interface ShowOptions {
  /** `path` is a qcow2 image of the size of the disk, without content, that takes what the guest overwrites. */
  disks: readonly { disk: string; path: string }[]
  /** The bitmap of an earlier checkpoint: what was written since is told. */
  since?: string
  /** Name of a bitmap that counts writes from the instant on; it stays when `during` has resolved. */
  checkpoint?: string
  /** Ends it as if it had never been. */
  signal?: AbortSignal
  /** The disks can be read, until this resolves. */
  during(this: void, shown: ShownDisks): Promise<void>
}

/** A running machine's disks at work. */
export interface DiskWork {
  /**
   * From one instant on the guest writes to new images, on top of what the disks had until then: all of them or none. The bitmaps of
   * the disks go on in the new images.
   */
  snapshotDisks(overlays: readonly DiskOverlay[]): Promise<void>
  /** An image takes in what lies below it, down to `base`. Durable when resolved: the images in between can be removed. */
  streamDisk(options: StreamOptions): Promise<void>
  /**
   * The content of images goes down into one below them. Durable when resolved. When it was cancelled, `base` may have taken some of it:
   * the chain reads as before, `base` alone does not. Rejects WrongState, too, when QEMU ended in the middle: where `beforeSwitch` had
   * resolved and `afterRefusal` was not called, `base` is the image that is right.
   */
  commitDisk(options: CommitOptions): Promise<void>
  /** Makes a disk larger; the guest is told. @param sizeBytes a multiple of 512, not less than it has */
  resizeDisk(disk: string, sizeBytes: number): Promise<void>
  /**
   * Moves a disk with all its content into another image, under the running guest. Its bitmaps go with it where the target can have any.
   * Rejects WrongState, too, when QEMU ended in the middle: where `beforeSwitch` had resolved and `afterRefusal` was not called, the target
   * is right.
   */
  mirrorDisk(options: MirrorOptions): Promise<void>
  /** Writes the guest's memory to a file, as an ELF core. The guest stands still meanwhile; QEMU knows no way to interrupt it. */
  dumpMemory(options: DumpOptions): Promise<void>
  /** From now on, writes to these disks are counted under this name, over stops and snapshots, until it is removed. qcow2 only. */
  addBitmap(options: BitmapOptions): Promise<void>
  /** Names under which writes to a disk are counted; those of counts that cannot be trusted any more, too. */
  bitmapsOf(disk: string): Promise<string[]>
  /** Not an error where there is none. */
  removeBitmap(options: BitmapOptions): Promise<void>
  /**
   * Copies disks as they are at one instant while the guest goes on. Rejects NotFound when a disk lacks a `since` that can be trusted
   * (after a crash of QEMU or the host, for one): only a backup of everything is right then.
   */
  backupDisks(options: BackupOptions): Promise<BackupResult>
  /**
   * Shows disks as they are at one instant while the guest goes on. One showing at a time; what is to be read must be read before it is
   * over. Rejects NotFound as `backupDisks` does, and NoSpace or Refused when the scratch image cannot take what the guest
   * overwrites; the guest goes on then.
   */
  showDisks(options: ShowOptions): Promise<void>
}
