/** A clock that tests move by hand. */

import type { Clock } from '@berth/base'

export interface ManualClock extends Clock {
  /** Moves time on, running what falls due, in order. Lets promises settle between callbacks. */
  advance(ms: number): Promise<void>
}

export function manualClock(startMs = Date.parse('2026-01-01T00:00:00Z')): ManualClock {
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
        await settle()
        const [next] = [...waiting].filter((entry) => entry.due <= end).sort((a, b) => a.due - b.due)
        if (next === undefined) break
        waiting.delete(next)
        nowMs = Math.max(nowMs, next.due)
        next.callback()
      }
      nowMs = end
      await settle()
    },
  }
}

/** Lets everything that is ready run, sockets of this process included. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
