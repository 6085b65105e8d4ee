/** Hands out the user ids machines run under, one each, so that one machine's process cannot touch another's. */

import { createHash } from 'node:crypto'
import { DriverError } from '../driver.ts'

export interface UidRange {
  base: number
  count: number
}

const count = 10_000
/** Above what users, subordinate ids and containers are given (systemd's UIDS-GIDS), below the end of 31 bits. */
const first = 1_900_000_000
const ranges = 24_000

/** What a container with 16-bit user ids has left, below its last ordinary ones. */
const smallBase = 50_000

/**
 * The ids of the machines of one state directory. Two engines on one host have two directories, and with these two ranges, so that
 * their machines do not share users. In a container that has fewer ids, all share one small range.
 * @param directory absolute, links resolved
 * @param uidMap content of /proc/self/uid_map: lines of first id inside, first id outside, length
 */
export function uidsOf(directory: string, uidMap: string): UidRange {
  const digest = createHash('sha256').update(directory).digest()
  const base = first + (digest.readUInt32BE(0) % ranges) * count
  const isMapped = uidMap
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .some(([inside = 0, , length = 0]) => inside <= base && base + count <= inside + length)
  return { base: isMapped ? base : smallBase, count }
}

export class UidPool {
  readonly #range: UidRange
  readonly #used = new Set<number>()

  constructor(range: UidRange) {
    this.#range = range
  }

  /** @throws {DriverError} Unsupported when all are taken */
  take(): number {
    const { base, count } = this.#range
    for (let uid = base; uid < base + count; uid += 1) {
      if (this.#used.has(uid)) continue
      this.#used.add(uid)
      return uid
    }
    throw new DriverError('Unsupported', `all ${count} user ids for machines are in use`, {
      remedy: 'Widen the range of user ids, or remove machines.',
    })
  }

  /** Whether only a machine of this pool can run as this user, and none that is known does. Ids of a small range may be others' too. */
  isStray(uid: number): boolean {
    const { base, count } = this.#range
    return base >= first && uid >= base && uid < base + count && !this.#used.has(uid)
  }

  /** Marks an id that an adopted machine has. */
  claim(uid: number): void {
    this.#used.add(uid)
  }

  release(uid: number | undefined): void {
    if (uid !== undefined) this.#used.delete(uid)
  }
}
