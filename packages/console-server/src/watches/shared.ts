/** Things that many use at once: made for the first, ended some time after the last has let go. */

import type { Clock } from '@berth/base'

export interface Shared<Value> {
  /** The value of that key, made when there is none. Every take needs one `release`; a second call of it does nothing. */
  take(key: string, make: () => Value): { value: Value; release: () => void }
  /** Ends everything, in use or not. */
  close(): Promise<void>
}

interface Entry<Value> {
  value: Value
  users: number
  cancelEnd: () => void
}

/**
 * @param options.lingerMs how long an unused value waits for its next user
 * @param options.maxUnused of them wait; beyond it those end first that nobody has used for the longest
 */
export function createShared<Value>(options: {
  clock: Clock
  lingerMs: number
  maxUnused?: number
  end: (value: Value) => Promise<void> | void
}): Shared<Value> {
  const { clock, lingerMs, maxUnused = Infinity, end } = options
  const entries = new Map<string, Entry<Value>>()
  /** Keys, in the order in which they were let go. */
  const unused = new Set<string>()
  const ending = new Set<Promise<void>>()

  function finish(key: string, entry: Entry<Value>): void {
    entries.delete(key)
    unused.delete(key)
    entry.cancelEnd()
    const done = Promise.resolve(end(entry.value)).finally(() => ending.delete(done))
    ending.add(done)
  }

  return {
    take(key, make) {
      const known = entries.get(key)
      const entry = known ?? { value: make(), users: 0, cancelEnd: () => {} }
      if (known === undefined) entries.set(key, entry)
      entry.users += 1
      entry.cancelEnd()
      unused.delete(key)
      let held = true
      return {
        value: entry.value,
        release() {
          if (!held) return
          held = false
          entry.users -= 1
          if (entry.users > 0 || entries.get(key) !== entry) return
          entry.cancelEnd = clock.after(lingerMs, () => finish(key, entry))
          unused.add(key)
          const [oldest] = unused
          const old = oldest === undefined ? undefined : entries.get(oldest)
          if (unused.size > maxUnused && oldest !== undefined && old !== undefined) finish(oldest, old)
        },
      }
    },
    async close() {
      for (const [key, entry] of entries) finish(key, entry)
      await Promise.all(ending)
    },
  }
}
