/** Samples one source every few seconds while somebody watches, into a small ring for each machine. */

import { messageOf, type Clock, type Logger } from '@berth/base'
import type { MetricsSample } from '@berth/view'
import { sampleBetween, type Reading, type Timed } from './reading.ts'

/** Ten minutes at five seconds. */
const ringLength = 120
/** Rings of a small host are kept for all its machines, so that a page opens with the minutes before it. */
const keepAllBelow = 200
/** A source that is slow to answer is asked the less: it has better things to do. */
const restFactor = 10
const patienceMs = 10_000

export interface Ring {
  samples: MetricsSample[]
  last: Timed
}

export interface Sampler {
  readonly intervalMs: number
  readonly inUse: boolean
  ring(key: string): Ring | undefined
  /** Of every machine of the last round. */
  readonly latest: ReadonlyMap<string, Timed & { cpu?: number }>
  /** Why the last round failed. */
  readonly failure: string | undefined
  /** After every round. `wants`: the ring of this machine is kept. */
  use(options: { wants?: string; onRound: () => void }): () => void
}

export type SamplerOptions = {
  intervalMs: number
  clock: Clock
  logger: Logger
  /** Nobody watches any more. */
  onIdle: () => void
} & (
  | { read: (signal: AbortSignal) => Promise<ReadonlyMap<string, Reading>> }
  /** A source that remembers by itself. */
  | { readRings: (signal: AbortSignal) => Promise<ReadonlyMap<string, Ring>> }
)

export function createSampler(options: SamplerOptions): Sampler {
  const { intervalMs, clock, logger } = options
  const rings = new Map<string, Ring>()
  const users = new Set<{ wants?: string; onRound: () => void }>()
  let latest = new Map<string, Timed & { cpu?: number }>()
  let failure: string | undefined
  let running = false
  let cancel = (): void => {}

  async function round(): Promise<void> {
    running = true
    const started = clock.now().getTime()
    const patience = new AbortController()
    const cancelPatience = clock.after(patienceMs, () => patience.abort())
    try {
      if ('read' in options) keep(await options.read(patience.signal), clock.now().getTime())
      else replace(await options.readRings(patience.signal))
      failure = undefined
    } catch (error) {
      failure = messageOf(error)
      logger.debug({ error: failure }, 'metrics could not be read')
    } finally {
      cancelPatience()
    }
    running = false
    for (const { onRound } of users) onRound()
    if (users.size === 0) return
    const took = clock.now().getTime() - started
    cancel = clock.after(Math.max(intervalMs - took, took * restFactor), () => void round())
  }

  function keep(readings: ReadonlyMap<string, Reading>, time: number): void {
    const wanted = new Set([...users].flatMap(({ wants }) => wants ?? []))
    const all = readings.size < keepAllBelow
    const next = new Map<string, Timed & { cpu?: number }>()
    for (const [key, reading] of readings) {
      const now = { time, reading }
      const sample = sampleBetween(latest.get(key), now)
      next.set(key, { ...now, ...(sample.cpu === undefined ? {} : { cpu: sample.cpu }) })
      if (!all && !wanted.has(key)) continue
      const before = rings.get(key)?.samples ?? []
      rings.set(key, { samples: [...before, sample].slice(-ringLength), last: now })
    }
    for (const key of rings.keys()) if (!next.has(key)) rings.delete(key)
    latest = next
  }

  function replace(read: ReadonlyMap<string, Ring>): void {
    rings.clear()
    for (const [key, ring] of read) rings.set(key, ring)
  }

  return {
    intervalMs,
    get inUse() {
      return users.size > 0
    },
    ring: (key) => rings.get(key),
    get latest() {
      return latest
    },
    get failure() {
      return failure
    },
    use(user) {
      users.add(user)
      if (!running && users.size === 1) void round()
      let used = true
      return () => {
        if (!used) return
        used = false
        users.delete(user)
        if (users.size > 0) return
        cancel()
        options.onIdle()
      }
    },
  }
}
