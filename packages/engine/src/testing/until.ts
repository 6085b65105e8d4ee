/** Waits for a condition instead of a time; says what was seen last when it never comes. */

import { setTimeout as pause } from 'node:timers/promises'

const pollMs = 5
/** Of the time it takes to look: who waits leaves the processors to what is waited for. */
const pauseShare = 3
/** Never waited for when all is well; machines that test may be busy. */
const defaultLimitMs = 90_000

export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (value: Awaited<T>) => boolean,
  limitMs = defaultLimitMs,
): Promise<NonNullable<Awaited<T>>> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const began = performance.now()
    const value = await look()
    // Where `holds` accepts "not there", nobody uses what comes back.
    if (holds(value)) return value as NonNullable<Awaited<T>>
    if (performance.now() > deadline) {
      throw new Error(`not in ${limitMs} ms: ${what}; last seen: ${JSON.stringify(value)?.slice(0, 3000) ?? 'nothing'}`)
    }
    await pause(Math.max(pollMs, pauseShare * (performance.now() - began)))
  }
}
