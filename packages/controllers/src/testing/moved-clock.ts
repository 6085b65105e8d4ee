/** A clock that tests move. */

import type { Clock } from '@berth/base'

export class MovedClock implements Clock {
  #nowMs = Date.parse('2026-01-01T00:00:00Z')
  readonly #timers = new Set<{ due: number; callback: () => void }>()

  now(): Date {
    return new Date(this.#nowMs)
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#nowMs + Math.max(0, ms), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Runs what falls due within `ms`, in order; `settle` lets each have its effect before time goes on. */
  async advance(ms: number, settle: () => Promise<void>): Promise<void> {
    const end = this.#nowMs + ms
    await settle()
    for (;;) {
      const next = [...this.#timers].filter(({ due }) => due <= end).toSorted((a, b) => a.due - b.due)[0]
      if (next === undefined) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.due)
      next.callback()
      await settle()
    }
    this.#nowMs = end
    await settle()
  }
}
