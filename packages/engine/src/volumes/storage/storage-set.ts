/** All storages of this host, and who works on what in them. */

import { EngineError } from '../../errors.ts'
import { chainIn } from '../chain/graph.ts'
import { damaged } from '../chain/image-header.ts'
import type { JournalEntry } from '../chain/journal.ts'
import { Turns } from '../chain/turns.ts'
import { volumeKey } from './keys.ts'
import { stuckBy, unknownStorage, unknownVolumes, unpromised, type Stuck } from './stuck.ts'
import { localStorage } from '../volume-types.ts'
import type { FrozenState, SnapshotRecord } from './records.ts'
import type { Storage } from './storage.ts'

export interface Merge {
  /** Work on any of these ends it. */
  keys: ReadonlySet<string>
  stopping: AbortController
}

/** Ends what an entry of the journal says was under way. */
export type SettleEntry = (set: StorageSet, storage: Storage, name: string, entry: JournalEntry) => Promise<void>

export class StorageSet {
  readonly all: readonly Storage[]
  readonly #turns = new Turns()
  readonly #merges = new Set<Merge>()
  /** Entries that could not be ended, by name: what they are about is out of service until they are. */
  readonly #stuck = new Map<string, Stuck>()

  readonly #settleEntry: SettleEntry

  constructor(all: readonly Storage[], settleEntry: SettleEntry) {
    this.all = all
    this.#settleEntry = settleEntry
  }

  /** @throws {EngineError} StorageUnusable */
  named(name = localStorage): Storage {
    const found = this.all.find((storage) => storage.layout.name === name)
    if (found !== undefined) return found
    throw new EngineError('StorageUnusable', `there is no storage "${name}" on this host`, {
      remedy: `Start the engine with it: berth up --storage ${name}=DIRECTORY`,
    })
  }

  /** @throws {EngineError} VolumeMissing */
  of(volume: string): Storage {
    const found = this.all.find(
      (storage) => storage.volumes.has(volume) || storage.states.has(volume) || storage.unknown.volumes.has(volume),
    )
    if (found !== undefined) return found
    throw new EngineError('VolumeMissing', `there is no volume "${volume}" on this host`)
  }

  /** Also when nobody can read what is written about it. */
  hasDisk(volume: string): boolean {
    return this.all.some((storage) => storage.volumes.has(volume) || storage.unknown.volumes.has(volume))
  }

  /** @throws {EngineError} ImageDamaged when it is there, and nobody can read what is written about it */
  findSnapshot(handle: string): { storage: Storage; record: SnapshotRecord } | undefined {
    for (const storage of this.all) {
      const unknown = storage.unknown.snapshots.get(handle)
      if (unknown !== undefined) throw unknown
      const record = storage.snapshots.get(handle)
      if (record !== undefined) return { storage, record }
    }
    return undefined
  }

  /** A volume that keeps a folder instead of a disk. */
  isState(volume: string): boolean {
    return this.all.some((storage) => storage.states.has(volume))
  }

  findFrozenState(handle: string): { storage: Storage; frozen: FrozenState } | undefined {
    for (const storage of this.all) {
      const frozen = storage.frozenStates.get(handle)
      if (frozen !== undefined) return { storage, frozen }
    }
    return undefined
  }

  /** Also one that went, and may be there again after a power cut. */
  findAnyFrozenState(handle: string): { storage: Storage; frozen: FrozenState } | undefined {
    for (const storage of this.all) {
      const frozen = storage.frozenStates.get(handle) ?? storage.leavingStates.get(handle)
      if (frozen !== undefined) return { storage, frozen }
    }
    return undefined
  }

  /** @throws {EngineError} VolumeMissing, VolumeRefused */
  snapshot(handle: string): { storage: Storage; record: SnapshotRecord } {
    const found = this.findSnapshot(handle)
    if (found !== undefined) return found
    if (this.findFrozenState(handle) !== undefined)
      throw new EngineError(
        'VolumeRefused',
        `snapshot "${handle}" holds what a machine keeps beside its disks, no disk`,
      )
    throw new EngineError('VolumeMissing', `there is no snapshot "${handle}" on this host`)
  }

  /** Does the work when nobody else works on any of these; merges, which can be made up for at any time, are ended for it. */
  async alone<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const merge of this.#merges) if (keys.some((key) => merge.keys.has(key))) merge.stopping.abort()
    return this.#turns.take(keys, async () => {
      await this.needInService(keys)
      return work()
    })
  }

  /** @throws {EngineError} why none of these can be worked on now, after another try to mend it */
  async needInService(keys: readonly string[]): Promise<void> {
    await this.settle()
    this.#refuse(this.#outOfService(), keys)
  }

  /** Ends what was left in the middle, where that can be done: by an earlier engine, or by a machine that died during a merge. */
  async settle(): Promise<void> {
    await this.#turns.take(['settle'], async () => {
      for (const storage of this.all) {
        await storage.promises.retry()
        for (const [name, entry] of storage.journal) {
          if (storage.active.has(name)) continue
          try {
            await this.#settleEntry(this, storage, name, entry)
            this.#stuck.delete(name)
          } catch (error) {
            // It stays, and is tried again before the next work; what it has no part in goes on.
            this.#stuck.set(name, stuckBy(storage, entry, error))
          } finally {
            storage.leaveEntry(name)
          }
        }
      }
    })
  }

  /** Why nothing can be done with a volume, for a person; undefined of one that is in service. */
  trouble(volume: string): string | undefined {
    const found = this.#outOfService().find(({ keys }) => keys.has(volumeKey(volume)))
    const error = found?.error ?? this.#lossOf(volume)
    return error === undefined ? undefined : `${error.message}. ${error.remedy ?? ''}`.trim()
  }

  #outOfService(): Stuck[] {
    return [
      ...this.all.flatMap(unknownStorage),
      ...this.#stuck.values(),
      ...this.all.flatMap(unpromised),
      ...this.all.flatMap(unknownVolumes),
    ]
  }

  #lossOf(volume: string): EngineError | undefined {
    const storage = this.all.find(({ volumes }) => volumes.has(volume))
    const lost = storage?.lost()
    if (storage === undefined || lost === undefined || lost.size === 0) return undefined
    const file = chainIn(storage.images, storage.record(volume).head).find((each) => lost.has(each))
    return file === undefined ? undefined : damaged(file)
  }

  /** @throws {EngineError} StorageUnusable when a power cut may still undo what was changed of a volume */
  async needPromised(storage: Storage, volume: string): Promise<void> {
    if (!(await storage.promises.holds(volume))) this.#refuse(unpromised(storage), [volumeKey(volume)])
  }

  #refuse(all: readonly Stuck[], keys: readonly string[]): void {
    const found = all.find((stuck) => keys.some((key) => stuck.keys.has(key)))
    if (found !== undefined) throw found.error
  }

  /** Does work that others may end at any time; not at all when somebody did before its turn came. */
  async mergeAlone(keys: readonly string[], work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const merge = { keys: new Set(keys), stopping: new AbortController() }
    const { signal } = merge.stopping
    this.#merges.add(merge)
    try {
      await this.#turns.take(keys, async () => {
        if (!signal.aborted) await work(signal)
      })
    } finally {
      this.#merges.delete(merge)
    }
  }

  /** @returns when no merge is under way any more */
  async endMerges(): Promise<void> {
    const merges = [...this.#merges]
    for (const { stopping } of merges) stopping.abort()
    await Promise.all(merges.map(({ keys }) => this.#turns.take([...keys], async () => {})))
  }
}
