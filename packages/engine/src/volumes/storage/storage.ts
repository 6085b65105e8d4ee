/**
 * What lies in one storage. The folders are read once, at the start; from then on this process is the only one that changes them,
 * and each change is made durable before it is remembered.
 */

import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EngineError } from '../../errors.ts'
import { ifPresent } from '../../host/if-present.ts'
import { filesOfChain } from '../chain/chain.ts'
import { garbageOf, type ImageGraph } from '../chain/graph.ts'
import { readImageHeader, type ImageHeader } from '../chain/image-header.ts'
import { parseJournalEntry, type JournalEntry } from '../chain/journal.ts'
import { syncFile, syncFolder, writeDurably, writeWhole } from './durable.ts'
import type { ImagesInUse } from '../volume-types.ts'
import { openFrozenState, settleState } from './open-states.ts'
import { isImageName, StorageLayout } from './layout.ts'
import { Promises, type Sync } from './promises.ts'
import { isDamage, Unknown, unknownEntry, unknownRecord, unlessDamaged } from './unknown.ts'
import { seenNames } from './seen-names.ts'
import {
  parseSnapshotRecord,
  parseVolumeRecord,
  unreadable,
  type FrozenState,
  type SnapshotRecord,
  type VolumeRecord,
} from './records.ts'

export interface StorageParts {
  inUse: () => ImagesInUse
  /** Stands for the disk's promise that names in a folder, and merged images, stay; tests have it fail. */
  sync?: Sync
}

export class Storage {
  readonly layout: StorageLayout
  readonly volumes = new Map<string, VolumeRecord>()
  /** Volumes that keep a folder instead of a disk. */
  readonly states = new Set<string>()
  /** Snapshots of those. */
  readonly frozenStates = new Map<string, FrozenState>()
  /** Those that went, and of which the disk has not promised yet that they are gone. */
  readonly leavingStates = new Map<string, FrozenState>()
  readonly snapshots = new Map<string, SnapshotRecord>()
  /** As they were when they were made or last looked at: what is written to takes more room by now. */
  readonly images = new Map<string, ImageHeader>()
  /** Images whose header could not be read at the start. */
  readonly #unreadable = new Set<string>()
  readonly journal = new Map<string, JournalEntry>()
  /** Entries that somebody is at; the others were left behind. */
  readonly active = new Set<string>()
  /** Images that work under way relies on, and how often. */
  readonly #pins = new Map<string, number>()
  /** Where volumes that went are until the disk has promised that they are gone. */
  readonly #leaving = new Map<string, string>()
  readonly promises: Promises
  readonly unknown = new Unknown()
  readonly #inUse: () => ImagesInUse

  private constructor(layout: StorageLayout, { inUse, sync }: StorageParts) {
    this.layout = layout
    this.promises = new Promises(sync ?? syncFolder)
    this.#inUse = inUse
  }

  static async open(option: { name: string; directory: string }, parts: StorageParts): Promise<Storage> {
    const storage = new Storage(new StorageLayout(option), parts)
    const { layout } = storage
    await layout.make()
    for (const entry of await readdir(layout.staging)) await rm(join(layout.staging, entry), { recursive: true })
    for (const file of await readdir(layout.images)) if (isImageName(file)) await storage.#find(file)
    for (const volume of await readdir(layout.volumes))
      await unlessDamaged(() => storage.#findVolume(volume), {
        name: volume,
        unknown: storage.unknown.volumes,
        tell: unknownRecord('volume', volume),
      })
    for (const handle of await namesIn(layout.snapshots))
      await unlessDamaged(
        async () => {
          const text = await readFile(layout.snapshotFile(handle), 'utf8')
          storage.snapshots.set(handle, parseSnapshotRecord(handle, text))
        },
        { name: handle, unknown: storage.unknown.snapshots, tell: unknownRecord('snapshot', handle) },
      )
    for (const handle of await readdir(layout.states))
      await unlessDamaged(
        async () => {
          storage.frozenStates.set(handle, await openFrozenState(layout, handle))
        },
        { name: handle, unknown: storage.unknown.snapshots, tell: unknownRecord('snapshot', handle) },
      )
    for (const entry of await namesIn(layout.journal))
      await unlessDamaged(
        async () => {
          const text = await readFile(layout.journalFile(entry), 'utf8')
          storage.journal.set(entry, parseJournalEntry(entry, text))
        },
        { name: entry, unknown: storage.unknown.entries, tell: unknownEntry(layout.name, entry) },
      )
    await storage.promises.makeSeen(seenNames(storage))
    return storage
  }

  /** Reads an image's header again: a merge has changed it, or a guest has filled it. */
  async look(file: string): Promise<ImageHeader> {
    const header = await readImageHeader(this.layout.image(file))
    this.images.set(file, header)
    return header
  }

  async #findVolume(volume: string): Promise<void> {
    const { layout } = this
    const text = await ifPresent(readFile(layout.volumeFile(volume), 'utf8'))
    if (text !== undefined) {
      this.volumes.set(volume, parseVolumeRecord(volume, text))
      return
    }
    await settleState(layout, volume)
    // Its record went: as a volume without a disk it would have no images, and the ones it has would be garbage.
    if ((await ifPresent(readdir(layout.state(volume)))) === undefined) throw unreadable(`volume "${volume}"`)
    this.states.add(volume)
  }

  /** One that a broken disk has taken must not keep everybody's machines from being looked after. */
  async #find(file: string): Promise<void> {
    try {
      await this.look(file)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#unreadable.add(file)
    }
  }

  isUnreadable(file: string): boolean {
    return this.#unreadable.has(file) && !this.images.has(file)
  }

  /**
   * Images that cannot be read, or that something names and that are not there. While there are any nobody knows what they lie on, so
   * nothing is removed or merged: it may be what a volume can be rescued with.
   */
  lost(): Set<string> {
    const { images } = this
    const named = [
      ...[...this.volumes.values()].map(({ head }) => head),
      ...[...this.snapshots.values()].map(({ image }) => image),
      ...[...images.values()].flatMap(({ backing }) => backing ?? []),
    ]
    return new Set([...this.#unreadable, ...named].filter((file) => !images.has(file)))
  }

  /** Whether nobody can say which images are needed: then none is removed, and none becomes one with another. */
  isUncertain(): boolean {
    return this.lost().size > 0 || this.unknown.first !== undefined || this.promises.isUncertain()
  }

  /** Asked before any change: whatever it is, what nobody can read may be about it. @throws {EngineError} StorageUnusable */
  needKnown(): void {
    if (this.unknown.whole !== undefined) throw this.unknown.whole
  }

  /** From the headers as they are now. */
  chain(file: string): Promise<string[]> {
    return filesOfChain(this.layout, file)
  }

  /** What a running machine does with the image. */
  use(file: string): 'written' | 'read' | undefined {
    return this.#inUse().get(this.layout.image(file))
  }

  /** @throws {EngineError} VolumeMissing, ImageDamaged */
  record(volume: string): VolumeRecord {
    const record = this.volumes.get(volume)
    if (record !== undefined) return record
    throw this.unknown.volumes.get(volume) ?? new EngineError('VolumeMissing', `volume "${volume}" has no disk`)
  }

  graph(): ImageGraph {
    const inUse = this.#inUse()
    const journal = [...this.journal.values()].flatMap((entry) =>
      entry.kind === 'switch'
        ? entry.volumes.flatMap(({ before, overlay }) => [before, overlay])
        : [entry.parent, entry.child, ...entry.above],
    )
    return {
      images: this.images,
      heads: new Set([...this.volumes.values()].map(({ head }) => head)),
      snapshots: new Set([...this.snapshots.values()].map(({ image }) => image)),
      pins: new Set([...this.#pins.keys(), ...journal, ...this.promises.images()]),
      isUsed: (file) => inUse.has(this.layout.image(file)),
    }
  }

  /** Removes the images that nothing names any more. @returns how many */
  async collect(): Promise<number> {
    if (this.isUncertain()) return 0
    const garbage = garbageOf(this.graph())
    // Forgotten before the first wait: nobody begins to rely on one of them.
    for (const file of garbage) this.images.delete(file)
    for (const file of garbage) await rm(this.layout.image(file), { force: true })
    return garbage.length
  }

  /** Makes an image under the name, which some record must name when `use` is over; else it is garbage. */
  async withImage(
    file: string,
    fill: (path: string) => Promise<unknown>,
    use: (file: string) => Promise<void>,
  ): Promise<void> {
    this.needKnown()
    // With its ending: whoever fills it may go by that.
    const staging = this.layout.newStaging(`-${file}`)
    try {
      await fill(staging)
      await syncFile(staging)
      await this.pinned([file], async () => {
        await this.#whole(file, () => rename(staging, this.layout.image(file)))
        await use(file)
      })
    } finally {
      await rm(staging, { force: true })
    }
  }

  /** Another name for a file that is not ours, and that nobody changes. @throws ENOENT, EXDEV, EMLINK, EPERM */
  async adoptLink(path: string, file: string): Promise<void> {
    this.needKnown()
    // Whoever wrote it may not have waited for the disk, and a volume is to lie on it.
    await syncFile(path)
    await this.#whole(file, () => link(path, this.layout.image(file)))
  }

  /** Nothing of an image stays that was not known when this ended. */
  async #whole(file: string, name: () => Promise<void>): Promise<void> {
    await name()
    try {
      await this.promises.sync(this.layout.images)
      await this.look(file)
    } catch (error) {
      await rm(this.layout.image(file), { force: true })
      throw error
    }
  }

  /** While `work` runs, these images are neither removed nor merged. */
  async pinned<T>(files: readonly string[], work: () => Promise<T>): Promise<T> {
    const unpin = this.pin(files)
    try {
      return await work()
    } finally {
      unpin()
    }
  }

  /** The same, until the returned function is called. */
  pin(files: readonly string[]): () => void {
    for (const file of files) this.#pins.set(file, (this.#pins.get(file) ?? 0) + 1)
    return () => {
      for (const file of files) {
        const left = (this.#pins.get(file) ?? 1) - 1
        if (left > 0) this.#pins.set(file, left)
        else this.#pins.delete(file)
      }
    }
  }

  /** The folder appears with its record in it, by one rename. */
  async addVolume(volume: string, record: VolumeRecord): Promise<void> {
    await this.#appear(volume, (staging) => writeDurably(join(staging, 'volume.json'), record, this.layout.staging))
    // It is there from here on, whether or not the disk can promise that it stays: its image must not be taken for garbage.
    this.volumes.set(volume, record)
    await this.promises.make({ folder: this.layout.volumes, volume, images: [record.head] })
  }

  /** Writes nothing where it is so and stays so: a full disk must not keep anybody from taking back what never came about. */
  async setHead(volume: string, head: string): Promise<void> {
    const record = this.record(volume)
    if (record.head !== head || this.promises.isOpen(volume)) await this.#rewrite(volume, { ...record, head })
  }

  /** With what a client sent as its head; both are told by the one write. */
  setUploaded(volume: string, head: string): Promise<void> {
    return this.#rewrite(volume, { ...this.record(volume), head, uploaded: true })
  }

  /** The new record counts from the rename on, for this engine and the next; after a power cut it may be the old one. */
  async #rewrite(volume: string, record: VolumeRecord): Promise<void> {
    this.needKnown()
    const { head } = this.record(volume)
    await writeWhole(this.layout.volumeFile(volume), record, this.layout.staging)
    this.volumes.set(volume, record)
    await this.promises.make({ folder: this.layout.folder(volume), volume, images: [head, record.head] })
  }

  /** A volume with a folder; does nothing when it is there. @param fill writes into what will be its folder */
  async addState(volume: string, fill: (staging: string) => Promise<unknown>): Promise<void> {
    if (this.states.has(volume)) return
    await this.#appear(volume, async (staging) => {
      await fill(staging)
      await this.promises.sync(staging)
    })
    this.states.add(volume)
    await this.promises.make({ folder: this.layout.volumes, volume, images: [] })
  }

  async #appear(volume: string, fill: (staging: string) => Promise<unknown>): Promise<void> {
    this.needKnown()
    const staging = this.layout.newStaging()
    await mkdir(staging, { mode: 0o700 })
    try {
      await fill(staging)
      await rename(staging, this.layout.folder(volume))
    } catch (error) {
      await rm(staging, { recursive: true, force: true })
      throw error
    }
  }

  /** Idempotent. Its images stay until nothing needs them. */
  async removeVolume(volume: string): Promise<void> {
    const folder = this.layout.folder(volume)
    if (!this.volumes.has(volume) && !this.states.has(volume)) return
    this.needKnown()
    const staging = this.#leaving.get(volume) ?? this.layout.newStaging()
    this.#leaving.set(volume, staging)
    // Gone already when the disk could not promise it the last time.
    await ifPresent(rename(folder, staging))
    await this.promises.sync(this.layout.volumes)
    this.volumes.delete(volume)
    this.states.delete(volume)
    this.#leaving.delete(volume)
    await rm(staging, { recursive: true, force: true })
  }

  /** New, or with another image of the same content. */
  async setSnapshot(handle: string, record: SnapshotRecord): Promise<void> {
    this.needKnown()
    const before = this.snapshots.get(handle)
    await writeWhole(this.layout.snapshotFile(handle), record, this.layout.staging)
    this.snapshots.set(handle, record)
    const images = [record.image, ...(before === undefined ? [] : [before.image])]
    await this.promises.make({ folder: this.layout.snapshots, volume: record.volume, images })
  }

  async removeSnapshot(handle: string): Promise<void> {
    this.needKnown()
    await rm(this.layout.snapshotFile(handle), { force: true })
    await this.promises.sync(this.layout.snapshots)
    this.snapshots.delete(handle)
  }

  /** Whoever begins it is at it until `leaveEntry`. @returns the entry's name */
  async beginEntry(entry: JournalEntry, name: string = randomUUID()): Promise<string> {
    this.needKnown()
    this.active.add(name)
    try {
      await writeWhole(this.layout.journalFile(name), entry, this.layout.staging)
      await this.promises.sync(this.layout.journal)
    } catch (error) {
      // Nothing of a new one was begun. The next engine might find it, and so this one is to end it, too.
      if (!this.journal.has(name)) {
        this.journal.set(name, entry)
        this.leaveEntry(name)
      }
      throw error
    }
    this.journal.set(name, entry)
    return name
  }

  async endEntry(name: string): Promise<void> {
    await rm(this.layout.journalFile(name), { force: true })
    await this.promises.sync(this.layout.journal)
    this.journal.delete(name)
  }

  /** Done, or to be settled by whoever comes next. */
  leaveEntry(name: string): void {
    this.active.delete(name)
  }
}

/** Of the records in a folder. What ends otherwise is none of ours: somebody has put it there, or aside. */
async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith('.json')).map((file) => basename(file, '.json'))
}
