/**
 * Keeps two machines from writing one disk. QEMU's own image lock would refuse the second with words nobody understands, and
 * simulated machines have none; here the second waits and says for whom.
 */

import type { DomainDisk, DomainSpec, Driver } from '@berth/hypervisor'
import { EngineError } from '../errors.ts'

export class DiskLocks {
  readonly #driver: Driver
  /** Being started: not in the driver's list yet, or not for sure. */
  readonly #starting = new Map<string, DomainSpec>()

  constructor(driver: Driver) {
    this.#driver = driver
  }

  /**
   * Runs `start` while no other machine can take the disks of `spec`.
   * @throws {EngineError} VolumeInUse when another machine has one of them
   */
  async during<T>(spec: DomainSpec, start: () => Promise<T>): Promise<T> {
    if (spec.disks.length > 0) for (const other of this.#others(spec)) refuseConflict(spec, other)
    this.#starting.set(spec.id, spec)
    try {
      return await start()
    } finally {
      this.#starting.delete(spec.id)
    }
  }

  *#others({ id }: DomainSpec): Generator<DomainSpec> {
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
        'This machine starts by itself when that one has ended. Only disks with `shareable: true` may be used by both.',
    },
  )
}

interface Use {
  path: string
  readOnly: boolean
  shareable?: boolean
}

/** An image that lies below another one is read by whoever has that. */
function usesOf(disk: DomainDisk): Use[] {
  return [disk, ...(disk.backing ?? []).map(({ path }) => ({ path, readOnly: true }))]
}

/** As QEMU sees it: readers share with readers, and who writes shares only where both sides say so. */
function collide(mine: Use, theirs: Use): boolean {
  if (mine.path !== theirs.path) return false
  const readersOnly = mine.readOnly && theirs.readOnly
  const shared = mine.shareable === true && theirs.shareable === true
  return !readersOnly && !shared
}
