/** Work that is done again after changes: not with every one of them, and never twice at once. */

import type { Clock } from '@berth/base'

export interface Debounced {
  /** There is something new; the work is done soon. */
  poke: () => void
  stop: () => void
}

/**
 * @param options.afterMs quiet that is waited for after the first poke
 * @param options.againMs the least time between the end of one run and the beginning of the next
 */
export function debounced(options: {
  clock: Clock
  afterMs: number
  againMs: number
  work: () => Promise<void>
}): Debounced {
  const { clock, afterMs, againMs, work } = options
  let cancel: (() => void) | undefined
  let running = false
  let wanted = false
  let stopped = false

  function schedule(ms: number): void {
    cancel ??= clock.after(ms, () => void run())
  }

  async function run(): Promise<void> {
    running = true
    wanted = false
    try {
      await work()
    } finally {
      running = false
      cancel = undefined
      if (wanted && !stopped) schedule(againMs)
    }
  }

  return {
    poke() {
      if (stopped) return
      wanted = true
      if (!running) schedule(afterMs)
    },
    stop() {
      stopped = true
      cancel?.()
    },
  }
}
