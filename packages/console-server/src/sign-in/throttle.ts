/**
 * Slows down who guesses: failures are counted per account and per address, and after a few each one doubles the time to wait. A try is
 * counted before it is checked and taken back when it was right, so that many at once gain nothing.
 */

import type { Clock } from '@berth/base'
import { ConsoleError } from '../errors.ts'

export interface ThrottleRule {
  /** Failures that cost nothing: people mistype. */
  free: number
  /** What a try that was right takes back: all failures, or only itself. */
  forgives: 'all' | 'itself'
  /** The longest wait, in milliseconds. For accounts it is short, as anybody can make somebody else wait. */
  maxWaitMs: number
}

export const perAccount: ThrottleRule = { free: 10, forgives: 'all', maxWaitMs: 60_000 }
/** Who guesses other people's passwords must not begin anew with each sign-in of their own. */
export const perAddress: ThrottleRule = { free: 20, forgives: 'itself', maxWaitMs: 15 * 60_000 }

const firstWaitMs = 1000
/** Without a failure for this long, all is forgotten. */
const memoryMs = 60 * 60_000
/** Of each kind; the one that failed longest ago goes first. */
const maxEntries = 10_000

interface Entry {
  failures: number
  lastMs: number
}

export interface Attempt {
  /** It was right, and is no failure. */
  succeeded(): void
}

export class Throttle {
  private readonly clock: Clock
  private readonly rule: ThrottleRule
  private readonly entries = new Map<string, Entry>()

  constructor(clock: Clock, rule: ThrottleRule) {
    this.clock = clock
    this.rule = rule
  }

  /** Milliseconds to wait before the next try of this key; 0 when it may try now. */
  waitMs(key: string): number {
    const entry = this.entries.get(key)
    if (entry === undefined) return 0
    const passed = this.clock.now().getTime() - entry.lastMs
    if (passed > memoryMs) return 0
    const over = entry.failures - this.rule.free
    if (over < 0) return 0
    const wait = Math.min(this.rule.maxWaitMs, firstWaitMs * 2 ** Math.min(over, 30))
    return Math.max(0, wait - passed)
  }

  private forgive(key: string): void {
    const entry = this.entries.get(key)
    if (entry === undefined) return
    if (this.rule.forgives === 'all' || entry.failures <= 1) this.entries.delete(key)
    else entry.failures -= 1
  }

  /** Counts a failure in advance. */
  begin(key: string): Attempt {
    const nowMs = this.clock.now().getTime()
    const known = this.entries.get(key)
    const failures = known === undefined || nowMs - known.lastMs > memoryMs ? 0 : known.failures
    // Moved to the end: the map is in the order of the last failure.
    this.entries.delete(key)
    this.entries.set(key, { failures: failures + 1, lastMs: nowMs })
    if (this.entries.size > maxEntries) {
      const [oldest] = this.entries.keys()
      if (oldest !== undefined) this.entries.delete(oldest)
    }
    return { succeeded: () => this.forgive(key) }
  }
}

/**
 * @returns the attempt under all of the keys
 * @throws {ConsoleError} TooManyRequests with the seconds to wait
 */
export function beginAttempt(tries: readonly { throttle: Throttle; key: string }[]): Attempt {
  const waitMs = Math.max(0, ...tries.map(({ throttle, key }) => throttle.waitMs(key)))
  if (waitMs > 0) {
    const retryAfterSeconds = Math.ceil(waitMs / 1000)
    throw new ConsoleError('TooManyRequests', `too many tries to sign in; try again in ${retryAfterSeconds} s`, {
      retryAfterSeconds,
    })
  }
  const attempts = tries.map(({ throttle, key }) => throttle.begin(key))
  return {
    succeeded() {
      for (const attempt of attempts) attempt.succeeded()
    },
  }
}
