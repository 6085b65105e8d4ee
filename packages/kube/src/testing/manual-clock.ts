/** A clock that tests move by hand. */

import type { Clock } from '@berth/base'

export interface ManualClock extends Clock {
  /** Moves time on, running what falls due, in order. Lets promises settle between callbacks. */
  advance(ms: number): Promise<void>
}

export interface ManualClockOptions {
  startMs?: number
  /** Whether something is under way that takes real time: the clock stands while it is. */
  isBusy?: () => boolean
}

export function manualClock(options: ManualClockOptions = {}): ManualClock {
  const { startMs = Date.parse('2026-01-01T00:00:00Z'), isBusy = () => false } = options
  let nowMs = startMs
  const waiting = new Set<{ due: number; callback: () => void }>()
  return {
    now: () => new Date(nowMs),
    after(ms, callback) {
      const entry = { due: nowMs + ms, callback }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    async advance(ms) {
      const end = nowMs + ms
      for (;;) {
        await settle(isBusy)
        const [next] = [...waiting].filter((entry) => entry.due <= end).sort((a, b) => a.due - b.due)
        if (next === undefined) break
        waiting.delete(next)
        nowMs = Math.max(nowMs, next.due)
        next.callback()
      }
      nowMs = end
      await settle(isBusy)
    },
  }
}

/** Lets everything that is ready run. */
async function settle(isBusy: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    if (isBusy()) turn = 0
  }
}
