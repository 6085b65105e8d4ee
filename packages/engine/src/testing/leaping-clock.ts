/** Real time that a test can leap forward: timers run by themselves, and those that a leap passes run at once. */

import type { Clock } from '@berth/base'

interface Timer {
  due: number
  callback: () => void
  handle: NodeJS.Timeout
}

export class LeapingClock implements Clock {
  #ahead = 0
  readonly #timers = new Set<Timer>()

  now(): Date {
    return new Date(Date.now() + this.#ahead)
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { due: this.now().getTime() + ms, callback, handle: setTimeout(() => this.#fire(timer), ms) }
    this.#timers.add(timer)
    return () => this.#drop(timer)
  }

  /** Everything due within the next `ms` milliseconds happens now, in its order. */
  leap(ms: number): void {
    this.#ahead += ms
    const now = this.now().getTime()
    for (const timer of [...this.#timers].sort((a, b) => a.due - b.due)) {
      if (timer.due <= now) {
        // One that an earlier one cancelled is not to run.
        if (this.#timers.has(timer)) this.#fire(timer)
        continue
      }
      clearTimeout(timer.handle)
      timer.handle = setTimeout(() => this.#fire(timer), timer.due - now)
    }
  }

  #fire(timer: Timer): void {
    this.#drop(timer)
    timer.callback()
  }

  #drop(timer: Timer): void {
    clearTimeout(timer.handle)
    this.#timers.delete(timer)
  }
}
