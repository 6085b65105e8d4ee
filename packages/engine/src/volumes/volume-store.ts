/**
 * The disks behind PersistentVolumes and their snapshots. A volume's head is the image its guest writes to; below it lie layers that
 * nobody writes to any more and that several heads and snapshots may share. What is named is whole: data is made durable before the
 * name that shows it, and an image is removed after the last name that needs it, so a crash at any line leaves garbage at worst.
 */

import { dirname } from 'node:path'
import { createImage, resizeImage } from '@berth/imaging'
import { EngineError } from '../errors.ts'
import { chainOf } from './chain/chain.ts'
import { cloneVolume, pinnedAlone } from './chain/clone.ts'
import { endCounts } from './chain/counts.ts'
import { nameWritten } from './chain/name-written.ts'
import { isBlank, replaceBlank } from './chain/replace.ts'
import { revertVolume } from './chain/revert.ts'
import { snapshotVolumes } from './chain/snapshot.ts'
import { storageUsage, volumeUsage, volumeUsages } from './chain/usage.ts'
import { holdImages, type HeldDisk } from './chain/hold.ts'
import { addEmptyState, addStateFrom, putStateBack, removeFrozenState } from './storage/frozen-states.ts'
import { newImageName } from './storage/layout.ts'

import { settleEntry } from './chain/settle.ts'
import { imageKey, volumeKey } from './storage/keys.ts'
import { StorageSet } from './storage/storage-set.ts'
import { openStorages } from './storage/open-storages.ts'
import type {
  CloneRequest,
  DiskImages,
  Placement,
  ReplaceRequest,
  SnapshotInfo,
  SnapshotOfVolume,
  StorageUsage,
  SwitchLive,
  VolumeStoreOptions,
  VolumeUsage,
} from './volume-types.ts'

export class VolumeStore {
  /** For the merger, which works on the same images. */
  readonly storageSet: StorageSet
  readonly #now: () => Date
  readonly #onReleased: (() => void) | undefined

  /** Use `openVolumeStore`. */
  constructor(storages: StorageSet, { now = () => new Date(), onReleased }: VolumeStoreOptions) {
    this.storageSet = storages
    this.#now = now
    this.#onReleased = onReleased
  }

  /** @throws {EngineError} VolumeMissing, ImageDamaged */
  async images(volume: string): Promise<DiskImages> {
    const storage = this.storageSet.of(volume)
    return chainOf(storage, storage.record(volume).head)
  }

  /** The volume's own folder, for `PersistentVolume.spec.hostPath`. @throws {EngineError} VolumeMissing */
  folder(volume: string): string {
    return this.storageSet.of(volume).layout.folder(volume)
  }

  /** The storage that a volume lies in. @throws {EngineError} VolumeMissing */
  storageOf(volume: string): string {
    return this.storageSet.of(volume).layout.name
  }

  /** The storage that an image lies in, by its path; undefined when it is no volume's. */
  storageAt(path: string): string | undefined {
    return this.storageSet.all.find(({ layout }) => dirname(path) === layout.images)?.layout.name
  }

  /** Why nothing can be done with it, for a person; undefined of a volume in service. */
  trouble(volume: string): string | undefined {
    return this.storageSet.trouble(volume)
  }

  /** Tries again to end what keeps a volume out of service. @returns why it could not, for a person */
  async mend(volume: string): Promise<string | undefined> {
    if (this.trouble(volume) !== undefined) await this.storageSet.settle()
    return this.trouble(volume)
  }

  /** Absolute path of the folder in a volume made by `createState`. */
  statePath(volume: string): string {
    return this.storageSet.named().layout.state(volume)
  }

  /** True of a volume with a disk that stays, also over a power cut. */
  async exists(volume: string): Promise<boolean> {
    return this.storageSet.hasDisk(volume) && this.storageSet.of(volume).promises.holds(volume)
  }

  /**
   * A volume with a folder in it instead of a disk: empty, or as it is in the snapshot. Does nothing when it is there already.
   * @throws {EngineError} VolumeMissing
   */
  createState(volume: string, handle?: string): Promise<void> {
    const storage = this.storageSet.named()
    return this.storageSet.alone([volumeKey(volume)], () =>
      handle === undefined ? addEmptyState(storage, volume) : addStateFrom(storage, volume, handle),
    )
  }

  /** True of a volume with a folder instead of a disk. */
  isState(volume: string): boolean {
    return this.storageSet.isState(volume)
  }

  /** True of a snapshot of such a volume. */
  isStateSnapshot(handle: string): boolean {
    return this.storageSet.findFrozenState(handle) !== undefined
  }

  /**
   * An empty volume. Does nothing when it is there already.
   * @throws {EngineError} StorageUnusable
   * @throws {ImagingError} NoSpace, InvalidArgument
   */
  create(volume: string, { sizeBytes, ...placement }: Placement & { sizeBytes: number }): Promise<void> {
    return this.populate(volume, placement, (path) =>
      createImage({ path, format: placement.format ?? 'qcow2', sizeBytes }),
    )
  }

  /**
   * Makes a volume from what `fill` writes to the path it is given: an image of the format asked for, that lies on no other. Does
   * nothing when the volume is there already, so that a reconcile which died half-way can simply run again.
   * @param placement.uploaded a client has sent it, which the volume remembers
   * @throws {EngineError} StorageUnusable, ImageDamaged; and whatever `fill` throws
   */
  populate(
    volume: string,
    placement: Placement & { uploaded?: boolean },
    fill: (path: string) => Promise<unknown>,
  ): Promise<void> {
    const { storage: name, format = 'qcow2', shared = false, uploaded = false } = placement
    return this.#change([volumeKey(volume)], async () => {
      if (await this.#isMade(volume)) return
      const storage = this.storageSet.named(name)
      await storage.withImage(newImageName(format), fill, async (head) => {
        if (storage.images.get(head)?.backing !== undefined)
          throw new EngineError('ImageDamaged', `what was to fill volume "${volume}" lies on another image`)
        await storage.addVolume(volume, { head, format, shared, ...(uploaded ? { uploaded } : {}) })
      })
    })
  }

  /**
   * What a client sends for a volume that is there and that nothing was ever written to: `fill` writes an image of the format it is told
   * to its path, of at least the size it is told. The volume holds either nothing or all of it.
   * @throws {EngineError} VolumeMissing, VolumeInUse, VolumeRefused when it is not blank; and whatever `fill` throws
   */
  async replace(volume: string, fill: (request: ReplaceRequest) => Promise<unknown>): Promise<void> {
    // The volume's turn is not held meanwhile: it may take long, and a machine that starts comes first.
    await this.#collecting(() => replaceBlank(this.storageSet, volume, fill))
  }

  /** Whether a client has sent what it holds. @throws {EngineError} VolumeMissing */
  isUploaded(volume: string): boolean {
    return this.storageSet.of(volume).volumes.get(volume)?.uploaded === true
  }

  /** Whether nothing was ever written to it. @throws {EngineError} VolumeMissing, ImageDamaged */
  isBlank(volume: string): Promise<boolean> {
    return isBlank(this.storageSet.of(volume), volume)
  }

  /** Whether several machines may write to its image, which has no layers then; false of a volume that is not there. */
  isShared(volume: string): boolean {
    return this.storageSet.all.some(({ volumes }) => volumes.get(volume)?.shared === true)
  }

  /** Whether a machine has it, or the engine itself reads it. @throws {EngineError} VolumeMissing */
  isInUse(volume: string): boolean {
    const storage = this.storageSet.of(volume)
    return storage.use(storage.record(volume).head) !== undefined
  }

  /**
   * A volume with what `from` has now. Where storage and format allow, it lies on the source's images and is made at once whatever
   * its size; else it is a copy. A source that a machine writes to needs `switchLive`. Does nothing when the volume is there already.
   * @throws {EngineError} VolumeMissing, VolumeRefused, VolumeInUse, StorageUnusable
   * @throws {ImagingError} NoSpace, Aborted
   */
  async clone(volume: string, request: CloneRequest): Promise<void> {
    // Before the turn, too: two volumes that are cloned from each other would wait for each other's turn for good.
    if (await this.#isMade(volume)) return
    await this.#change([volumeKey(volume)], async () => {
      if (!(await this.#isMade(volume))) await cloneVolume(this.storageSet, volume, request, this.#now())
    })
  }

  /**
   * Keeps what all of these volumes hold at one instant, all or nothing. Does nothing for handles that are there already.
   * @param options.switchLive needed when a machine writes to one of them
   * @throws {EngineError} VolumeMissing, VolumeRefused, VolumeInUse; and whatever `switchLive` throws
   */
  snapshot(snapshots: readonly SnapshotOfVolume[], options: { switchLive?: SwitchLive } = {}): Promise<void> {
    return this.#change(
      snapshots.map(({ volume }) => volumeKey(volume)),
      () => snapshotVolumes(this.storageSet, snapshots, { ...options, takenAt: this.#now() }),
    )
  }

  /** @throws {EngineError} StorageUnusable while nobody can promise that it stays */
  async snapshotInfo(handle: string): Promise<SnapshotInfo | undefined> {
    // Part of a group that was cut off is told only when no more of it comes.
    await this.storageSet.settle()
    const state = this.storageSet.findFrozenState(handle)
    if (state !== undefined) {
      const { volume, sizeBytes, takenAt } = state.frozen
      await this.storageSet.needPromised(state.storage, volume)
      return { volume, sizeBytes, takenAt: new Date(takenAt), bytes: sizeBytes }
    }
    const found = this.storageSet.findSnapshot(handle)
    if (found === undefined) return undefined
    const { volume, image, sizeBytes, takenAt } = found.record
    await this.storageSet.needPromised(found.storage, volume)
    const { allocatedBytes } = await found.storage.look(image)
    return { volume, sizeBytes, takenAt: new Date(takenAt), bytes: allocatedBytes }
  }

  /**
   * The images of a snapshot, to read only. They may be merged at any time: who reads them uses `reading`.
   * @throws {EngineError} VolumeMissing, ImageDamaged
   */
  async snapshotImages(handle: string): Promise<DiskImages> {
    const { storage, record } = this.storageSet.snapshot(handle)
    return chainOf(storage, record.image)
  }

  /** While `use` runs, the images of the snapshot stay as they are. @throws {EngineError} VolumeMissing, ImageDamaged */
  async reading<T>(handle: string, use: (images: DiskImages) => Promise<T>): Promise<T> {
    const { storage, record } = this.storageSet.snapshot(handle)
    const result: { value?: T } = {}
    await pinnedAlone(
      this.storageSet,
      { storage, image: record.image },
      async (frozen) => {
        result.value = await use(await chainOf(frozen.storage, frozen.image))
      },
      async () => this.storageSet.snapshot(handle).record.image,
    )
    return result.value as T // set by the line above, or that threw
  }

  /**
   * Starts something that takes these disks in hand, and then appears in `inUse`; until it does, nobody changes their images.
   * @throws {EngineError} MissingDependency when the images are not those of a volume any more: look at `images` again
   */
  holding<T>(disks: readonly HeldDisk[], start: () => Promise<T>): Promise<T> {
    return holdImages(this.storageSet, disks, start)
  }

  /**
   * The volume holds again what it held then; what was written since is gone. No machine may use it.
   * @throws {EngineError} VolumeMissing, VolumeInUse
   */
  revert(volume: string, handle: string): Promise<void> {
    return this.#change([volumeKey(volume)], () =>
      this.isState(volume)
        ? putStateBack(this.storageSet.of(volume), volume, handle)
        : revertVolume(this.storageSet, volume, handle),
    )
  }

  /** Idempotent. Its images are merged with their neighbours later. */
  async deleteSnapshot(handle: string): Promise<void> {
    const state = this.storageSet.findAnyFrozenState(handle)
    if (state !== undefined)
      return this.#change([volumeKey(state.frozen.volume)], () => removeFrozenState(state.storage, handle))
    const found = this.storageSet.findSnapshot(handle)
    if (found === undefined) return
    const { record, storage: at } = found
    // Its volume may have gone, or gone back: a merge that gives the snapshot another image is known by the image alone.
    return this.#change([volumeKey(record.volume), imageKey(at, record.image)], async () => {
      for (const storage of this.storageSet.all) if (storage.snapshots.has(handle)) await storage.removeSnapshot(handle)
    })
  }

  /**
   * Makes the disk larger; does nothing when it is that large.
   * @param options.live tells the machine that writes to it, which then changes the image
   * @throws {EngineError} VolumeMissing, VolumeInUse, VolumeRefused when the disk would lose its end
   * @throws {ImagingError} NoSpace
   */
  grow(
    volume: string,
    sizeBytes: number,
    { live }: { live?: (sizeBytes: number) => Promise<void> } = {},
  ): Promise<void> {
    return this.#change([volumeKey(volume)], async () => {
      const storage = this.storageSet.of(volume)
      const { head } = storage.record(volume)
      const { sizeBytes: has } = await storage.look(head)
      if (sizeBytes === has) return
      if (sizeBytes < has)
        throw new EngineError('VolumeRefused', `volume "${volume}" has ${has} bytes and cannot become smaller`)
      const { path, format, backing } = await this.images(volume)
      if (storage.use(head) === undefined) {
        // QEMU makes no image larger that has a broken one, and adds up none of different sizes.
        await endCounts(path, backing.length === 0 ? 'broken' : 'all')
        await resizeImage({ path, format, sizeBytes })
      } else if (live !== undefined) await live(sizeBytes)
      else throw new EngineError('VolumeInUse', `a running machine uses volume "${volume}"`)
      await storage.look(head)
    })
  }

  /** @throws {EngineError} VolumeMissing */
  usage(volume: string): Promise<VolumeUsage> {
    return volumeUsage(this.storageSet.of(volume), volume)
  }

  /** Of all volumes with a disk, by name; cheaper than one by one. */
  async usages(): Promise<Map<string, VolumeUsage>> {
    const all = await Promise.all(this.storageSet.all.map(volumeUsages))
    return new Map(all.flatMap((usages) => [...usages]))
  }

  storages(): Promise<StorageUsage[]> {
    return Promise.all(this.storageSet.all.map(storageUsage))
  }

  /** Idempotent. Snapshots and clones of it stay. */
  remove(volume: string): Promise<void> {
    return this.#change([volumeKey(volume)], async () => {
      for (const storage of this.storageSet.all) await storage.removeVolume(volume)
    })
  }

  /** Names of all volumes, those without a disk included. */
  async list(): Promise<string[]> {
    return this.storageSet.all.flatMap((storage) => [
      ...storage.volumes.keys(),
      ...storage.states,
      ...storage.unknown.volumes.keys(),
    ])
  }

  /** Handles of all snapshots. */
  async listSnapshots(): Promise<string[]> {
    return this.storageSet.all.flatMap((storage) => [
      ...storage.snapshots.keys(),
      ...storage.frozenStates.keys(),
      ...storage.unknown.snapshots.keys(),
    ])
  }

  async #isMade(volume: string): Promise<boolean> {
    if (!this.storageSet.hasDisk(volume)) return false
    await this.storageSet.needInService([volumeKey(volume)])
    return true
  }

  /** Whatever it was, images may have become garbage by it, or stand alone. */
  #change(keys: readonly string[], work: () => Promise<void>): Promise<void> {
    return this.#collecting(() => this.storageSet.alone(keys, work))
  }

  async #collecting(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } finally {
      for (const storage of this.storageSet.all) await storage.collect()
      this.#onReleased?.()
    }
  }
}

/** @throws {EngineError} StorageUnusable, ImageDamaged */
export async function openVolumeStore(options: VolumeStoreOptions): Promise<VolumeStore> {
  const set = new StorageSet(await openStorages(options), settleEntry)
  await set.settle()
  for (const storage of set.all) {
    await nameWritten(storage)
    await storage.collect()
  }
  return new VolumeStore(set, options)
}
