/**
 * Keeps two machines from writing one disk. QEMU's own image lock would refuse the second with words nobody understands, and
 * simulated machines have none; here the second waits and says for whom.
 */

import type { DomainDisk, DomainSpec, Driver } from '@berth/hypervisor'
import { EngineError } from '../errors.ts'
import type { VolumeStore } from '../volumes/volume-store.ts'

export class DiskLocks {
  readonly #driver: Driver
  /** Being started: not in the driver's list yet, or not for sure. */
  readonly #starting = new Map<string, DomainSpec>()
  /** Being read by the engine itself: how many times, by path. */
  readonly #read = new Map<string, number>()

  readonly #volumes: Pick<VolumeStore, 'holding'>

  constructor(driver: Driver, volumes: Pick<VolumeStore, 'holding'>) {
    this.#driver = driver
    this.#volumes = volumes
  }

  /**
   * Runs `start` while no other machine can take the disks of `spec`, and nobody changes their images.
   * @throws {EngineError} VolumeInUse when another machine has one of them; MissingDependency when the images have just changed
   */
  async during<T>(spec: DomainSpec, start: () => Promise<T>): Promise<T> {
    if (spec.disks.length > 0) for (const other of this.#others(spec)) refuseConflict(spec, other)
    this.#refuseRead(spec)
    this.#starting.set(spec.id, spec)
    try {
      return await this.#volumes.holding(spec.disks, start)
    } finally {
      this.#starting.delete(spec.id)
    }
  }

  /**
   * Keeps everybody from writing these images while the engine reads them: an export, for one.
   * @returns ends that; more than once does no harm
   * @throws {EngineError} VolumeInUse when a machine writes to one of them
   */
  read(paths: readonly string[]): () => void {
    const reader: Use[] = paths.map((path) => ({ path, readOnly: true }))
    for (const other of this.#others({ id: '' })) {
      if (!other.disks.flatMap(usesOf).some((use) => reader.some((mine) => collide(mine, use)))) continue
      const { namespace = '', name = other.title } = other.tags
      throw new EngineError('VolumeInUse', `the disk is in use by VirtualMachineInstance "${namespace}/${name}"`, {
        remedy: 'Stop the machine first.',
      })
    }
    for (const path of paths) this.#read.set(path, (this.#read.get(path) ?? 0) + 1)
    let held = true
    return () => {
      for (const path of held ? paths : []) {
        const left = (this.#read.get(path) ?? 1) - 1
        if (left > 0) this.#read.set(path, left)
        else this.#read.delete(path)
      }
      held = false
    }
  }

  /** Images that the engine reads now, by path. */
  readNow(): Iterable<string> {
    return this.#read.keys()
  }

  #refuseRead({ disks }: DomainSpec): void {
    const disk = disks.find(({ path, readOnly }) => !readOnly && this.#read.has(path))
    if (disk === undefined) return
    throw new EngineError('VolumeInUse', `disk "${disk.name}" is being exported`, {
      remedy: 'This machine starts by itself when the download has ended.',
    })
  }

  *#others({ id }: Pick<DomainSpec, 'id'>): Generator<DomainSpec> {
    for (const domain of this.#driver.list())
      if (domain.id !== id && domain.status.state !== 'stopped') yield domain.spec
    for (const starting of this.#starting.values()) if (starting.id !== id) yield starting
  }
}

function refuseConflict(spec: DomainSpec, other: DomainSpec): void {
  const theirs = other.disks.flatMap(usesOf)
  const disk = spec.disks.find((entry) => usesOf(entry).some((mine) => theirs.some((their) => collide(mine, their))))
  if (disk === undefined) return
  const { namespace = '', name = other.title } = other.tags
  throw new EngineError(
    'VolumeInUse',
    `disk "${disk.name}" is in use by VirtualMachineInstance "${namespace}/${name}"`,
    {
      remedy:
        'This machine starts by itself when that one has ended. Both may use only a disk with `shareable: true` on a raw volume: a ReadWriteMany claim of a class whose format is raw, like local-raw.',
    },
  )
}

interface Use {
  path: string
  readOnly: boolean
  format?: DomainDisk['format']
  shareable?: boolean
}

/** An image that lies below another one is read by whoever has that. */
function usesOf(disk: DomainDisk): Use[] {
  return [disk, ...(disk.backing ?? []).map(({ path }) => ({ path, readOnly: true }))]
}

/**
 * As QEMU sees it: readers share with readers, and who writes shares only where both sides say so. Never a qcow2 image,
 * whose tables each machine would keep in its own memory.
 */
function collide(mine: Use, theirs: Use): boolean {
  if (mine.path !== theirs.path) return false
  const readersOnly = mine.readOnly && theirs.readOnly
  const shared = mine.shareable === true && theirs.shareable === true && mine.format === 'raw'
  return !readersOnly && !shared
}
