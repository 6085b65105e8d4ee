/**
 * Keys waiting for work. A key is in it once however often it is added, is never handed out to two workers at a time, and
 * comes back when it was added while being worked on.
 */

import { backoffDelay, type BackoffPolicy, type Clock } from '@berth/base'
import { systemClock } from './system-clock.ts'

export interface WorkQueueOptions {
  clock?: Clock
  random?: () => number
  /** Delay of `retry` by the key's own failures. */
  backoff?: BackoffPolicy
  /** All keys' retries together; no limit unless given. */
  retryRate?: { perSecond: number; burst: number }
}

export interface WorkQueue {
  add(key: string): void
  /** Adds the key after `ms`; of several delays the earliest counts. */
  addAfter(key: string, ms: number): void
  /** Adds the key after its back-off, one failure more. @returns the delay in milliseconds */
  retry(key: string): number
  /** Forgets the key's failures. */
  forget(key: string): void
  /** Waits for a key; undefined when the queue was closed. Call `done` with it afterwards. */
  take(): Promise<string | undefined>
  done(key: string): void
  /** Keys ready and not yet taken. */
  readonly size: number
  close(): void
}

const defaultBackoff: BackoffPolicy = { initialMs: 100, maxMs: 60_000, factor: 2, jitter: 0.2 }

export function createWorkQueue(options: WorkQueueOptions = {}): WorkQueue {
  const { clock = systemClock, random = Math.random, backoff = defaultBackoff } = options
  /** Insertion order is the order of service. */
  const ready = new Set<string>()
  const working = new Set<string>()
  /** Added while being worked on. */
  const again = new Set<string>()
  const delayed = new Map<string, { due: number; cancel(): void }>()
  const failures = new Map<string, number>()
  const takers: ((key: string | undefined) => void)[] = []
  const retryDelay = createRate(options.retryRate, clock)
  let closed = false

  function add(key: string): void {
    if (closed) return
    if (working.has(key)) {
      again.add(key)
      return
    }
    const taker = ready.has(key) ? undefined : takers.shift()
    if (taker === undefined) {
      ready.add(key)
      return
    }
    working.add(key)
    taker(key)
  }

  function addAfter(key: string, ms: number): void {
    if (closed) return
    if (ms <= 0) return add(key)
    const due = clock.now().getTime() + ms
    const waiting = delayed.get(key)
    if (waiting !== undefined && waiting.due <= due) return
    waiting?.cancel()
    const cancel = clock.after(ms, () => {
      delayed.delete(key)
      add(key)
    })
    delayed.set(key, { due, cancel })
  }

  return {
    add,
    addAfter,
    retry(key) {
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      const delay = Math.max(backoffDelay(backoff, count, random()), retryDelay())
      addAfter(key, delay)
      return delay
    },
    forget(key) {
      failures.delete(key)
    },
    take() {
      if (closed) return Promise.resolve(undefined)
      const [key] = ready
      if (key === undefined) return new Promise((resolve) => takers.push(resolve))
      ready.delete(key)
      working.add(key)
      return Promise.resolve(key)
    },
    done(key) {
      working.delete(key)
      if (again.delete(key)) add(key)
    },
    get size() {
      return ready.size
    },
    close() {
      closed = true
      for (const delay of delayed.values()) delay.cancel()
      delayed.clear()
      ready.clear()
      for (const taker of takers.splice(0)) taker(undefined)
    },
  }
}

/** A token bucket: milliseconds until the caller's turn. */
function createRate(rate: { perSecond: number; burst: number } | undefined, clock: Clock): () => number {
  if (rate === undefined) return () => 0
  /** Moment at which the bucket is, or will be, full. */
  let fullAt = 0
  const perToken = 1000 / rate.perSecond
  return () => {
    const now = clock.now().getTime()
    fullAt = Math.max(fullAt, now) + perToken
    return Math.max(0, Math.ceil(fullAt - now - rate.burst * perToken))
  }
}
