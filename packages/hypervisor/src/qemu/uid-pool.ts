/** Hands out the user ids machines run under, one each, so that one machine's process cannot touch another's. */

import { DriverError } from '../driver.ts'

export interface UidRange {
  base: number
  count: number
}

export const defaultUids: UidRange = { base: 870_000, count: 10_000 }

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

  /** Marks an id that an adopted machine has. */
  claim(uid: number): void {
    this.#used.add(uid)
  }

  release(uid: number | undefined): void {
    if (uid !== undefined) this.#used.delete(uid)
  }
}
