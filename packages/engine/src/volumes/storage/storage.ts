/**
 * What lies in one storage. The folders are read once, at the start; from then on this process is the only one that changes them,
 * and each change is made durable before it is remembered.
 */

import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskFormat } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import { readImageHeader, type ImageHeader } from '../chain/image-header.ts'
import { ifPresent } from '../../host/if-present.ts'
import { renameDurably, syncFile, syncFolder, writeDurably } from './durable.ts'
import { isImageName, StorageLayout } from './layout.ts'
import { parseSnapshotRecord, parseVolumeRecord, type SnapshotRecord, type VolumeRecord } from './records.ts'

export class Storage {
  readonly layout: StorageLayout
  readonly volumes = new Map<string, VolumeRecord>()
  /** Volumes that keep a folder instead of a disk. */
  readonly states = new Set<string>()
  readonly snapshots = new Map<string, SnapshotRecord>()
  /** Headers of all images; what a machine writes to is larger by now. */
  readonly images = new Map<string, ImageHeader>()
  /** Images that work under way relies on, and how often. */
  readonly #pins = new Map<string, number>()

  private constructor(layout: StorageLayout) {
    this.layout = layout
  }

  static async open(option: { name: string; directory: string }): Promise<Storage> {
    const storage = new Storage(new StorageLayout(option))
    const { layout } = storage
    await layout.make()
    for (const entry of await readdir(layout.staging)) await rm(join(layout.staging, entry), { recursive: true })
    for (const file of await readdir(layout.images))
      if (isImageName(file)) storage.images.set(file, await readImageHeader(layout.image(file)))
    for (const volume of await readdir(layout.volumes)) {
      const text = await ifPresent(readFile(layout.volumeFile(volume), 'utf8'))
      if (text === undefined) storage.states.add(volume)
      else storage.volumes.set(volume, parseVolumeRecord(volume, text))
    }
    for (const name of await readdir(layout.snapshots)) {
      const handle = name.replace(/\.json$/, '')
      const text = await readFile(layout.snapshotFile(handle), 'utf8')
      storage.snapshots.set(handle, parseSnapshotRecord(handle, text))
    }
    return storage
  }

  head(volume: string): string {
    const record = this.volumes.get(volume)
    if (record !== undefined) return record.head
    throw new EngineError('VolumeMissing', `volume "${volume}" has no disk`)
  }

  /** @throws {EngineError} VolumeMissing */
  record(volume: string): VolumeRecord {
    return { ...this.volumes.get(volume), head: this.head(volume) } as VolumeRecord
  }

  /**
   * Makes an image and hands its name on, under which it must be known by some record when `use` is over: else nobody needs it.
   */
  async withImage(
    file: string,
    fill: (path: string) => Promise<unknown>,
    use: (file: string) => Promise<void>,
  ): Promise<void> {
    const staging = this.layout.newStaging(`-${file}`)
    try {
      await fill(staging)
      await this.pinned([file], async () => {
        await this.adopt(staging, file)
        await use(file)
      })
    } finally {
      await rm(staging, { force: true })
    }
  }

  /** A whole image from the staging folder gets its name. */
  async adopt(staging: string, file: string): Promise<void> {
    await syncFile(staging)
    await renameDurably(staging, this.layout.image(file))
    this.images.set(file, await readImageHeader(this.layout.image(file)))
  }

  /** While `work` runs, these images are neither removed nor merged. */
  async pinned<T>(files: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const file of files) this.#pins.set(file, (this.#pins.get(file) ?? 0) + 1)
    try {
      return await work()
    } finally {
      for (const file of files) {
        const left = (this.#pins.get(file) ?? 1) - 1
        if (left > 0) this.#pins.set(file, left)
        else this.#pins.delete(file)
      }
    }
  }

  pins(): ReadonlySet<string> {
    return new Set(this.#pins.keys())
  }

  /** The folder appears with its record in it, by one rename. */
  async addVolume(volume: string, record: VolumeRecord): Promise<void> {
    const staging = this.layout.newStaging()
    await mkdir(staging, { mode: 0o700 })
    await writeDurably(join(staging, 'volume.json'), record, this.layout.staging)
    await renameDurably(staging, this.layout.folder(volume))
    this.volumes.set(volume, record)
  }

  async changeVolume(volume: string, change: Partial<VolumeRecord>): Promise<void> {
    const record = { ...this.record(volume), ...change }
    await writeDurably(this.layout.volumeFile(volume), record, this.layout.staging)
    this.volumes.set(volume, record)
  }

  async addState(volume: string): Promise<void> {
    if (this.states.has(volume)) return
    const staging = this.layout.newStaging()
    await mkdir(join(staging, 'state'), { recursive: true, mode: 0o700 })
    await renameDurably(staging, this.layout.folder(volume))
    this.states.add(volume)
  }

  /** Idempotent. Its images stay until nothing needs them. */
  async removeVolume(volume: string): Promise<void> {
    const folder = this.layout.folder(volume)
    if (!this.volumes.has(volume) && !this.states.has(volume)) return
    const staging = this.layout.newStaging()
    await rename(folder, staging)
    await syncFolder(this.layout.volumes)
    this.volumes.delete(volume)
    this.states.delete(volume)
    await rm(staging, { recursive: true, force: true })
  }

  async addSnapshot(handle: string, record: SnapshotRecord): Promise<void> {
    await writeDurably(this.layout.snapshotFile(handle), record, this.layout.staging)
    this.snapshots.set(handle, record)
  }

  async removeSnapshot(handle: string): Promise<void> {
    await rm(this.layout.snapshotFile(handle), { force: true })
    await syncFolder(this.layout.snapshots)
    this.snapshots.delete(handle)
  }
}

export type { DiskFormat }
