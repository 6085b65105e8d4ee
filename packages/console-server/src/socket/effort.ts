/**
 * What one person's windows make this server do: their work is counted, and who asks for more than a share of a processor waits, so that
 * nobody's lists stand still because of somebody else's.
 */

/** So much at once costs no wait: a page that opens with a long list. Milliseconds of a processor. */
const burstMs = 2000
/** Of one processor, in the long run. */
const share = 0.5

export class Effort {
  readonly #now: () => number
  readonly #used: () => number
  #debtMs = 0
  #asOfMs: number

  /**
   * @param options.now milliseconds of a clock that only goes forward
   * @param options.used milliseconds of the processor that this thread has used: on a busy host the time that passes says little
   */
  constructor(options: { now: () => number; used: () => number } = threadClock) {
    this.#now = options.now
    this.#used = options.used
    this.#asOfMs = this.#now()
  }

  /** Does the work and counts what it takes. */
  spend<Result>(work: () => Result): Result {
    const before = this.#used()
    try {
      return work()
    } finally {
      this.charge(this.#used() - before)
    }
  }

  /** Counts work that is done elsewhere, or later. */
  charge(ms: number): void {
    this.#pass()
    this.#debtMs += ms
  }

  /** Milliseconds until there is room for more work; 0 when there is now. */
  waitMs(): number {
    this.#pass()
    return Math.max(0, (this.#debtMs - burstMs) / share)
  }

  #pass(): void {
    const now = this.#now()
    this.#debtMs = Math.max(0, this.#debtMs - (now - this.#asOfMs) * share)
    this.#asOfMs = now
  }
}

const threadClock = {
  now: () => performance.now(),
  used: () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  },
}
