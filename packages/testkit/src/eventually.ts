/** Waiting for a condition: looks often, ends as soon as it holds, and says what was seen last when it never does. */

import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '@berth/base'

/** Of the time it takes to look: who waits leaves the processors to what is waited for. */
const pauseShare = 3

export interface EventuallyOptions {
  /** What is waited for, for the message of a failure. */
  what?: string
  /** Milliseconds; 60000 unless given. Generous on purpose: a busy machine only makes a test slower, never red. */
  timeoutMs?: number
  /** Milliseconds between two looks, at least; 50 unless given. */
  everyMs?: number
}

/**
 * Calls `condition` until it returns something (anything but undefined and false) without throwing, and returns that.
 * Assertions may be made inside: the last one that failed is the cause of the error.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const { what = 'a condition', timeoutMs = 60_000, everyMs = 50 } = options
  const deadline = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    const began = performance.now()
    try {
      const found = await condition()
      if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>
      last = undefined
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) {
      const why = last === undefined ? '' : `: ${messageOf(last)}`
      throw new Error(`waited ${timeoutMs / 1000} s for ${what}${why}`, { cause: last })
    }
    await pause(Math.max(everyMs, pauseShare * (performance.now() - began)))
  }
}
