/**
 * The files behind PersistentVolumes: `<volumes>/<pv name>/disk.qcow2`, or `state/` for what a machine keeps beside its disks. A volume appears at its final place in one rename, complete
 * and synced, or not at all; what a crash leaves behind is under `.staging-*` and is removed at the next start.
 */

import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDns1123Subdomain } from '@berth/meta'
import { createImage, resizeImage } from '@berth/imaging'
import { EngineError } from '../errors.ts'
import { ifPresent } from '../host/if-present.ts'

export const diskFile = 'disk.qcow2'
/** In a volume that keeps files of the engine's instead of a disk. */
const stateFolder = 'state'
const stagingPrefix = '.staging-'

export class VolumeStore {
  readonly #root: string
  /** Work on one volume runs one after the other: a cancelled import may still be winding up when the volume is removed. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(root: string) {
    this.#root = root
  }

  /** Absolute path of a volume's disk. The name is checked, since it becomes a path. */
  diskPath(volume: string): string {
    return join(this.#folder(volume), diskFile)
  }

  /** Absolute path of the folder in a volume made by `createState`. */
  statePath(volume: string): string {
    return join(this.#folder(volume), stateFolder)
  }

  async exists(volume: string): Promise<boolean> {
    return (await ifPresent(stat(this.diskPath(volume)))) !== undefined
  }

  /** A volume with an empty folder in it. Does nothing when it is there already. */
  createState(volume: string): Promise<void> {
    return this.#inTurn(volume, async () => {
      if ((await ifPresent(stat(this.statePath(volume)))) !== undefined) return
      const staging = this.stagingFolder(volume)
      await rm(staging, { recursive: true, force: true })
      await mkdir(join(staging, stateFolder), { recursive: true, mode: 0o700 })
      await rename(staging, this.#folder(volume))
      await syncFolder(this.#root)
    })
  }

  /** An empty volume of `sizeBytes`. Does nothing when it is there already. */
  async createBlank(volume: string, sizeBytes: number): Promise<void> {
    await this.populate(volume, (path) => createImage({ path, format: 'qcow2', sizeBytes }))
  }

  /**
   * Makes a volume from what `fill` writes to the path it is given (a qcow2 image). Does nothing when the volume is there already,
   * so that a reconcile which died half-way can simply run again.
   */
  populate(volume: string, fill: (path: string) => Promise<unknown>): Promise<void> {
    return this.#inTurn(volume, () => this.#populate(volume, fill))
  }

  async #populate(volume: string, fill: (path: string) => Promise<unknown>): Promise<void> {
    if (await this.exists(volume)) return
    const staging = this.stagingFolder(volume)
    await rm(staging, { recursive: true, force: true })
    await mkdir(staging, { recursive: true, mode: 0o700 })
    try {
      const path = join(staging, diskFile)
      await fill(path)
      await syncFile(path)
      await rename(staging, this.#folder(volume))
      await syncFolder(this.#root)
    } catch (error) {
      await rm(staging, { recursive: true, force: true })
      throw error
    }
  }

  /** Where `populate` works. */
  stagingFolder(volume: string): string {
    return join(this.#root, stagingPrefix + this.#checked(volume))
  }

  grow(volume: string, sizeBytes: number): Promise<void> {
    return this.#inTurn(volume, () => resizeImage({ path: this.diskPath(volume), format: 'qcow2', sizeBytes }))
  }

  /** Idempotent. */
  remove(volume: string): Promise<void> {
    return this.#inTurn(volume, async () => {
      await rm(this.#folder(volume), { recursive: true, force: true })
      await rm(this.stagingFolder(volume), { recursive: true, force: true })
    })
  }

  /** Names of all complete volumes. */
  async list(): Promise<string[]> {
    return (await readdir(this.#root)).filter((name) => !name.startsWith(stagingPrefix))
  }

  /** At a start, before anything is populated: removes what a crash left half-made. */
  async removeHalfMade(): Promise<void> {
    for (const name of await readdir(this.#root)) {
      if (name.startsWith(stagingPrefix)) await rm(join(this.#root, name), { recursive: true, force: true })
    }
  }

  async #inTurn(volume: string, work: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(volume) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#turns.set(volume, mine)
    try {
      await mine
    } finally {
      if (this.#turns.get(volume) === mine) this.#turns.delete(volume)
    }
  }

  #folder(volume: string): string {
    return join(this.#root, this.#checked(volume))
  }

  #checked(volume: string): string {
    if (isDns1123Subdomain(volume).length > 0) {
      throw new EngineError('InvalidName', `"${volume}" cannot be the name of a volume`, {
        remedy: 'Volume names are lower-case letters, digits, dashes and dots.',
      })
    }
    return volume
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
