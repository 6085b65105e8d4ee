/** What the store of volumes takes and answers. */

import type { DiskFormat } from '@berth/imaging'

/** A directory where classes keep volumes. */
export interface StorageOption {
  /** Names the classes `<name>` and `<name>-raw`. */
  name: string
  directory: string
}

/** The storage in the data directory, and its class. */
export const localStorage = 'local'

export interface ImagePlace {
  path: string
  format: DiskFormat
}

/** The images a disk is made of, as `DomainDisk` wants them: what the guest writes to, and below it the nearest first. */
export interface DiskImages extends ImagePlace {
  backing: ImagePlace[]
}

export interface SnapshotOfVolume {
  volume: string
  /** Names the frozen state: `snap-<uid>`. */
  handle: string
}

export interface Placement {
  /** `local` unless given. */
  storage?: string
  /** `qcow2` unless given. */
  format?: DiskFormat
  /**
   * Several machines write to it at once. Such a volume stays one raw image: its snapshots are copies, and only while no machine
   * uses it.
   */
  shared?: boolean
}

/** What `VolumeStore.replace` wants to be filled. */
export interface ReplaceRequest {
  path: string
  format: DiskFormat
  /** Of the volume now. */
  sizeBytes: number
}

/** What a clone is made from: another volume as it is now, a snapshot, an image that nobody changes any more, or one that is made first. */
export type CloneSource =
  | { volume: string }
  | { snapshot: string }
  | { image: { path: string; digest: string } }
  | { base: BaseSource }

/** An image that many volumes lie on, and that is made when the first of them is: qcow2, and never written to again. */
export interface BaseSource {
  /** Of what is in it: whoever gives the same one means the same disk. */
  digest: string
  /** Writes a qcow2 image that lies on no other, of at most the clone's size. */
  fill: (path: string) => Promise<unknown>
}

/** Makes a running machine write to these images from one instant on; each is empty and lies on what it writes to now. */
export type SwitchLive = (overlays: readonly { volume: string; path: string }[]) => Promise<void>

export interface CloneRequest extends Placement {
  from: CloneSource
  /** At least that of the source. */
  sizeBytes: number
  /** Of the machine that writes to the source volume. */
  switchLive?: SwitchLive
  signal?: AbortSignal
  /** Of a copy, 0 to 1; a clone that shares images is made at once. */
  onProgress?: (share: number) => void
}

export interface SnapshotInfo {
  volume: string
  sizeBytes: number
  takenAt: Date
  /** On disk, of what was written between the snapshot before it and this one. */
  bytes: number
}

export interface VolumeUsage {
  sizeBytes: number
  /** On disk, of all images the volume is made of. */
  allocatedBytes: number
  /** On disk, of those that nothing else is made of. */
  exclusiveBytes: number
}

export interface StorageUsage {
  name: string
  directory: string
  totalBytes: number
  /** That an ordinary user can still write. */
  freeBytes: number
  /** Sum of the sizes of all volumes, as their guests see them. */
  provisionedBytes: number
  /** On disk, of all images. */
  allocatedBytes: number
  /** Why nothing can be done in it, and what to do, for a person. */
  trouble?: string
}

export interface VolumeStoreOptions {
  /** The first is where volumes go that name none. */
  storages: readonly StorageOption[]
  /** Images (by path) that running machines have in hand now. */
  inUse?: () => ImagesInUse
  now?: () => Date
  /** Something was removed: images may be merged now. */
  onReleased?: () => void
  /** Has the disk promise that the names in a folder, or what was merged in an image, stay over a power cut; tests have it fail. */
  sync?: (path: string) => Promise<void>
}

/** What machines do with images, by path. */
export type ImagesInUse = ReadonlyMap<string, 'written' | 'read'>
