/** Work on the disks of a machine that is only a state: the images of the spec change as they would, and nothing is copied. */

import { writeFile } from 'node:fs/promises'
import { DriverError } from '../driver.ts'
import type { BackupOptions, BackupResult, BitmapOptions, DiskWork, WorkOptions } from '../disk-work.ts'
import type * as work from '../disk-work.ts'
import {
  committed,
  imagesOf,
  mirrored,
  ownDisk,
  streamed,
  withDisk,
  withOverlays,
  writtenDisk,
} from '../image-chain.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { checkBitmapName, checkDiskSize } from '../validate/disk-work.ts'

export interface SimulatedDiskWorkOptions {
  /** Throws when the machine does not run. */
  need(this: void): void
  spec(this: void): DomainSpec
  change(this: void, spec: DomainSpec): void
  /** Names of bitmaps by the path of their image: they outlive the machine. */
  bitmaps: Map<string, Set<string>>
  now(this: void): Date
}

/** What an empty core file begins with (ELF, 64 bits, little endian). */
const elf = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])

export class SimulatedDiskWork implements DiskWork {
  readonly #options: SimulatedDiskWorkOptions

  constructor(options: SimulatedDiskWorkOptions) {
    this.#options = options
  }

  async snapshotDisks(overlays: readonly work.DiskOverlay[]): Promise<void> {
    const spec = this.#spec()
    const changed = withOverlays(spec, overlays)
    for (const { disk, path } of overlays)
      this.#options.bitmaps.set(path, new Set(this.#bitmapsOf(ownDisk(spec, disk).path)))
    this.#options.change(changed)
  }

  async streamDisk(options: work.StreamOptions): Promise<void> {
    const { after } = streamed(this.#spec(options), options)
    done(options)
    this.#options.change(withDisk(this.#spec(), after))
  }

  async commitDisk(options: work.CommitOptions): Promise<void> {
    const { before, after } = committed(this.#spec(options), options)
    done(options)
    if (before.path === options.top) {
      await options.beforeSwitch?.()
      this.#options.bitmaps.set(after.path, new Set(this.#bitmapsOf(before.path)))
    }
    this.#options.change(withDisk(this.#spec(), after))
  }

  async resizeDisk(disk: string, sizeBytes: number): Promise<void> {
    checkDiskSize(sizeBytes)
    writtenDisk(this.#spec(), disk)
  }

  async mirrorDisk(options: work.MirrorOptions): Promise<void> {
    const { before, after } = mirrored(this.#spec(options), options)
    done(options)
    await options.beforeSwitch?.()
    if (after.format === 'qcow2') this.#options.bitmaps.set(after.path, new Set(this.#bitmapsOf(before.path)))
    this.#options.change(withDisk(this.#spec(), after))
  }

  async dumpMemory(options: work.DumpOptions): Promise<void> {
    this.#spec(options)
    await writeFile(options.path, elf, { mode: 0o600 })
    done(options)
  }

  async addBitmap({ disks, name }: BitmapOptions): Promise<void> {
    checkBitmapName(name)
    const heads = disks.map((disk) => this.#counted(disk))
    const taken = heads.findIndex((head) => this.#bitmapsOf(head).has(name))
    if (taken !== -1) throw new DriverError('AlreadyExists', `disk ${disks[taken] ?? ''} has a bitmap ${name} already`)
    for (const head of heads) this.#options.bitmaps.set(head, new Set([...this.#bitmapsOf(head), name]))
  }

  async bitmapsOf(disk: string): Promise<string[]> {
    return [...this.#bitmapsOf(ownDisk(this.#spec(), disk).path)]
  }

  async removeBitmap({ disks, name }: BitmapOptions): Promise<void> {
    checkBitmapName(name)
    for (const disk of disks) {
      for (const { path } of imagesOf(ownDisk(this.#spec(), disk))) this.#options.bitmaps.get(path)?.delete(name)
    }
  }

  async backupDisks({ disks, since, checkpoint, ...options }: BackupOptions): Promise<BackupResult> {
    const spec = this.#spec(options)
    for (const { disk } of disks) {
      if (since !== undefined && !this.#bitmapsOf(ownDisk(spec, disk).path).has(since)) {
        throw new DriverError('NotFound', `disk ${disk} of ${spec.id} has no bitmap ${since}`, {
          remedy: 'Make a backup of everything.',
        })
      }
    }
    if (checkpoint !== undefined) await this.addBitmap({ disks: disks.map(({ disk }) => disk), name: checkpoint })
    done(options)
    return { takenAt: this.#options.now(), disks: disks.map(({ disk }) => ({ disk, bytes: 0, sizeBytes: 0 })) }
  }

  async showDisks({ disks, since, checkpoint, signal, during }: work.ShowOptions): Promise<void> {
    const taken = signal === undefined ? {} : { signal }
    const { disks: shown, takenAt } = await this.backupDisks({
      disks,
      ...(since === undefined ? {} : { since }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...taken,
    })
    const { promise: ended, reject } = Promise.withResolvers<never>()
    const end = (): void => reject(signal?.reason)
    signal?.addEventListener('abort', end)
    const connect = async (): Promise<never> => {
      throw new DriverError('Unsupported', `${this.#spec().id} is simulated: its disks cannot be read`)
    }
    try {
      await Promise.race([
        during({ takenAt, disks: shown, signal: signal ?? new AbortController().signal, connect }),
        ended,
      ])
    } catch (error) {
      if (checkpoint !== undefined) await this.removeBitmap({ disks: disks.map(({ disk }) => disk), name: checkpoint })
      throw error
    } finally {
      signal?.removeEventListener('abort', end)
    }
  }

  #spec({ signal }: WorkOptions = {}): DomainSpec {
    this.#options.need()
    signal?.throwIfAborted()
    return this.#options.spec()
  }

  #bitmapsOf(path: string): ReadonlySet<string> {
    return this.#options.bitmaps.get(path) ?? new Set()
  }

  /** The image whose writes can be counted. */
  #counted(name: string): string {
    const { path, format } = ownDisk(this.#spec(), name)
    if (format === 'qcow2') return path
    throw new DriverError('Unsupported', `disk ${name} has a raw image, which cannot keep a bitmap`)
  }
}

function done({ onProgress }: WorkOptions): void {
  onProgress?.({ doneBytes: 0, totalBytes: 0 })
}
