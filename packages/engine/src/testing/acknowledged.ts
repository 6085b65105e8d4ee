/** What clients were promised: the state each object must have after a crash. */

import { StatusError } from '@berth/meta'

/** One object as one client knows it. Its states are texts, `absent` when it is not there. */
export class Promised {
  readonly name: string
  #known = 'absent'
  /** Asked for, and never answered: it may have happened. */
  #maybe: string | undefined

  constructor(name: string) {
    this.name = name
  }

  get known(): string {
    return this.#known
  }

  /**
   * Records a write around its request. A refusal changes nothing; any other failure leaves the outcome open and is thrown on.
   * @returns whether it was accepted
   */
  async write(next: string, request: () => Promise<unknown>): Promise<boolean> {
    this.#maybe = next
    try {
      await request()
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      this.#maybe = undefined
      return false
    }
    this.#known = next
    this.#maybe = undefined
    return true
  }

  /** Compares with what is there after a crash, and goes on from that. @throws when a promise was broken */
  check(found: string): void {
    if (found !== this.#known && found !== this.#maybe) {
      throw new Error(`${this.name} was acknowledged as ${this.#known} (asked: ${this.#maybe ?? '-'}), and is ${found}`)
    }
    this.#known = found
    this.#maybe = undefined
  }
}
