/**
 * The disks behind PersistentVolumes and their snapshots. A volume's head is the image its guest writes to; below it lie layers that
 * nobody writes to any more and that several heads and snapshots may share. What is named is whole: data is made durable before the
 * name that shows it, and an image is removed after the last name that needs it, so a crash at any line leaves garbage at worst.
 */

import type { DiskFormat } from '@berth/imaging'
import { EngineError } from '../errors.ts'
import type {
  CloneRequest,
  DiskImages,
  Placement,
  SnapshotInfo,
  SnapshotOfVolume,
  StorageOption,
  StorageUsage,
  SwitchLive,
  VolumeStoreOptions,
  VolumeUsage,
} from './volume-types.ts'
import { localStorage } from './volume-types.ts'
import { Storage } from './storage/storage.ts'
import { chainOf } from './chain/chain.ts'
import { Turns } from './chain/turns.ts'
import { createImage, resizeImage } from '@berth/imaging'
import { newImageName } from './storage/layout.ts'

export class VolumeStore {
  readonly #storages: readonly Storage[]
  readonly #options: VolumeStoreOptions
  readonly #turns = new Turns()

  /** Use `openVolumeStore`. */
  constructor(storages: readonly Storage[], options: VolumeStoreOptions) {
    this.#storages = storages
    this.#options = options
  }

  /** @throws {EngineError} VolumeMissing, ImageDamaged */
  async images(volume: string): Promise<DiskImages> {
    const storage = this.#storageOf(volume)
    return chainOf(storage, storage.head(volume))
  }

  /** The volume's own folder, for `PersistentVolume.spec.hostPath`. */
  folder(volume: string): string {
    return this.#storageOf(volume).layout.folder(volume)
  }

  /** Absolute path of the folder in a volume made by `createState`. */
  statePath(volume: string): string {
    return this.#default().layout.state(volume)
  }

  /** True of a volume with a disk. */
  async exists(volume: string): Promise<boolean> {
    return this.#storages.some((storage) => storage.volumes.has(volume))
  }

  /** A volume with an empty folder in it instead of a disk. Does nothing when it is there already. */
  createState(volume: string): Promise<void> {
    return this.#turns.take([volume], () => this.#default().addState(volume))
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
   * @throws {EngineError} StorageUnusable, ImageDamaged; and whatever `fill` throws
   */
  populate(volume: string, placement: Placement, fill: (path: string) => Promise<unknown>): Promise<void> {
    return this.#turns.take([volume], async () => {
      if (await this.exists(volume)) return
      const storage = this.#storage(placement.storage)
      const format = placement.format ?? 'qcow2'
      await storage.withImage(newImageName(format), fill, (head) =>
        storage.addVolume(volume, { head, format, shared: placement.shared === true }),
      )
    })
  }

  /**
   * A volume with what `from` has now. Where storage and format allow, it lies on the source's images and is made at once whatever
   * its size; else it is a copy. Does nothing when the volume is there already.
   * @throws {EngineError} VolumeMissing, VolumeRefused, StorageUnusable
   * @throws {ImagingError} NoSpace, Aborted
   */
  clone(volume: string, request: CloneRequest): Promise<void> {
    return Promise.reject(notYet(volume, request))
  }

  /**
   * Keeps what all of these volumes hold at one instant, all or nothing. Does nothing for handles that are there already.
   * @throws {EngineError} VolumeMissing, VolumeRefused; and whatever `switchLive` throws
   */
  snapshot(snapshots: readonly SnapshotOfVolume[], options: { switchLive?: SwitchLive } = {}): Promise<void> {
    return Promise.reject(notYet('', snapshots, options))
  }

  async snapshotInfo(handle: string): Promise<SnapshotInfo | undefined> {
    throw notYet(handle)
  }

  /**
   * The images of a snapshot, to read only.
   * @throws {EngineError} VolumeMissing
   */
  async snapshotImages(handle: string): Promise<DiskImages> {
    throw notYet(handle)
  }

  /**
   * The volume holds again what it held then; what was written since is gone. No machine may use it.
   * @throws {EngineError} VolumeMissing, VolumeInUse
   */
  async revert(volume: string, handle: string): Promise<void> {
    throw notYet(volume, handle)
  }

  /** Idempotent. Its images are merged with their neighbours later. */
  async deleteSnapshot(handle: string): Promise<void> {
    throw notYet(handle)
  }

  /**
   * Makes the disk larger; does nothing when it is that large.
   * @throws {EngineError} VolumeMissing, VolumeRefused when it would lose its end
   * @throws {ImagingError} NoSpace
   */
  grow(
    volume: string,
    sizeBytes: number,
    { live }: { live?: (sizeBytes: number) => Promise<void> } = {},
  ): Promise<void> {
    return this.#turns.take([volume], async () => {
      if (live !== undefined) return live(sizeBytes)
      const { path, format } = await this.images(volume)
      await resizeImage({ path, format, sizeBytes })
    })
  }

  async usage(volume: string): Promise<VolumeUsage> {
    throw notYet(volume)
  }

  async storages(): Promise<StorageUsage[]> {
    throw notYet('')
  }

  /** Idempotent. Snapshots of it stay. */
  remove(volume: string): Promise<void> {
    return this.#turns.take([volume], async () => {
      for (const storage of this.#storages) await storage.removeVolume(volume)
      this.#options.onReleased?.()
    })
  }

  /** Names of all volumes, those without a disk included. */
  async list(): Promise<string[]> {
    return this.#storages.flatMap((storage) => [...storage.volumes.keys(), ...storage.states])
  }

  #default(): Storage {
    return this.#storage(undefined)
  }

  #storage(name = localStorage): Storage {
    const found = this.#storages.find((storage) => storage.layout.name === name)
    if (found !== undefined) return found
    throw new EngineError('StorageUnusable', `there is no storage "${name}" on this host`, {
      remedy: `Start the engine with it: berth up --storage ${name}=DIRECTORY`,
    })
  }

  #storageOf(volume: string): Storage {
    const found = this.#storages.find((storage) => storage.volumes.has(volume) || storage.states.has(volume))
    if (found !== undefined) return found
    throw new EngineError('VolumeMissing', `there is no volume "${volume}" on this host`)
  }
}

/** @throws {EngineError} StorageUnusable, ImageDamaged */
export async function openVolumeStore(options: VolumeStoreOptions): Promise<VolumeStore> {
  const storages = await Promise.all(options.storages.map((storage: StorageOption) => Storage.open(storage)))
  return new VolumeStore(storages, options)
}

function notYet(what: string, ...rest: unknown[]): EngineError {
  return new EngineError('VolumeRefused', `not built yet (${what}, ${rest.length})`)
}

export type { DiskFormat }
