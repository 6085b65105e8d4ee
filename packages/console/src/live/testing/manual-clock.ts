/** A clock that goes when the test says so. */

import type { Clock } from '@berth/base'

export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1)
  #timers: { at: number; callback: () => void }[] = []

  now(): Date {
    return new Date(this.#now)
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter(({ at }) => at <= this.#now)
    this.#timers = this.#timers.filter(({ at }) => at > this.#now)
    for (const { callback } of due) callback()
  }
}
