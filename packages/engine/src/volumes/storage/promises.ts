/**
 * Changes of names that this engine sees, and the next one would, but that a power cut may undo: the disk has not promised them yet. Until
 * it has, images that are named before or after stay, and a volume whose change a broken disk could not promise is out of service. The
 * next engine asks for all it sees, as one that was killed may have asked for nothing: what is removed, merged or written because of a
 * name must not be on the disk before the name is. Some file systems (Btrfs) keep no order between folders by themselves.
 */

import { ifPresent } from '../../host/if-present.ts'

export interface NameChange {
  /** In which a file or folder has got its name. */
  folder: string
  /** undefined of a folder whose names may just have gone. */
  volume?: string
  /** That the volume, or its snapshot, names before or after. */
  images: readonly string[]
}

const askedAtOnce = 32

export type Sync = (path: string) => Promise<void>

export class Promises {
  /** For what is simply done again when it fails. */
  readonly sync: Sync
  /** With the reason, where the disk could not. */
  readonly #open = new Map<NameChange, unknown>()
  /** Those of an earlier engine: what was named before them is not known. */
  readonly #seen = new Set<NameChange>()

  constructor(sync: Sync) {
    this.sync = sync
  }

  /** Called when the change is made. Rejects when the disk cannot promise it: it is to be kept all the same, and tried again. */
  async make(change: NameChange): Promise<void> {
    this.#open.set(change, undefined)
    const failure = await this.#ask(change.folder)
    if (failure !== undefined) throw failure.error
  }

  /** What an engine sees at its start, whoever made it. Never rejects: `failed` tells what the disk could not promise. */
  async makeSeen(changes: readonly NameChange[]): Promise<void> {
    for (const change of changes) {
      this.#open.set(change, undefined)
      this.#seen.add(change)
    }
    const folders = [...new Set(changes.map(({ folder }) => folder))]
    // Several at once, as a disk flushes for all who wait; not all, as each is an open file.
    for (let at = 0; at < folders.length; at += askedAtOnce)
      await Promise.all(folders.slice(at, at + askedAtOnce).map((folder) => this.#ask(folder)))
  }

  /** Whether something of this volume is not promised yet. Asks nobody. */
  isOpen(volume: string): boolean {
    return [...this.#open.keys()].some((change) => change.volume === volume)
  }

  /** Whether a power cut may bring back names that nobody knows. */
  isUncertain(): boolean {
    return this.#seen.size > 0
  }

  /** What either may be named after a power cut. */
  images(): string[] {
    return [...this.#open.keys()].flatMap(({ images }) => images)
  }

  /** Those that the disk could not promise, and why. */
  failed(): { change: NameChange; error: unknown }[] {
    return [...this.#open].flatMap(([change, error]) => (error === undefined ? [] : [{ change, error }]))
  }

  /** Asks the disk again for what it could not promise; what it still cannot is in `failed`. */
  async retry(): Promise<void> {
    for (const folder of new Set(this.failed().map(({ change }) => change.folder))) await this.#ask(folder)
  }

  /** Whether all that was changed of this volume stays, also over a power cut; waits for a change under way. */
  async holds(volume: string): Promise<boolean> {
    const mine = (): NameChange[] => [...this.#open.keys()].filter((change) => change.volume === volume)
    for (const folder of new Set(mine().map((change) => change.folder))) await this.#ask(folder)
    return mine().length === 0
  }

  /** Asks the disk for all that was changed in a folder. @returns why it could not promise that, which is kept with the changes, too */
  async #ask(folder: string): Promise<{ error: unknown } | undefined> {
    // What is changed while the disk is asked may not be in its answer.
    const asked = [...this.#open.keys()].filter((change) => change.folder === folder)
    try {
      // A folder that has gone has nothing left to be promised.
      await ifPresent(this.sync(folder))
    } catch (error) {
      for (const change of asked) if (this.#open.has(change)) this.#open.set(change, error)
      return { error }
    }
    for (const change of asked) {
      this.#open.delete(change)
      this.#seen.delete(change)
    }
    return undefined
  }
}
