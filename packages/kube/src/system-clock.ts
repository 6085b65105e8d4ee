/** The real clock, and waiting on any clock. */

import type { Clock } from '@berth/base'

/** Node takes longer ones for none at all. */
const longestMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    let timer: NodeJS.Timeout
    const arm = (left: number): void => {
      timer = left <= longestMs ? setTimeout(callback, left) : setTimeout(() => arm(left - longestMs), longestMs)
    }
    arm(ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms` milliseconds of `clock`, or at once when `signal` aborts. */
export function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal.addEventListener('abort', done, { once: true })
  })
}
