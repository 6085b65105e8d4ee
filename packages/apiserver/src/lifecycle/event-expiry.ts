/** Forgets events an hour after their last change, and the oldest when there are too many. */

import type { Clock } from '@berth/base'
import { isTime, parseTime } from '@berth/meta'
import { objectAt, textAt } from '../core/fields.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { isGone, pathOf, type InternalApi } from './internal-api.ts'
import type { KeyQueue } from './key-queue.ts'
import type { ObjectChange } from './object-feed.ts'

export interface EventExpiryOptions {
  api: InternalApi
  clock: Clock
  /** One hour unless given, as kube-apiserver's `--event-ttl`. */
  lifetimeMs?: number
  /** 10,000 unless given. */
  maxEvents?: number
}

/** Events that are due together go together. */
const sweepMs = 1000

export class EventExpiry {
  readonly #options: Required<EventExpiryOptions>
  /** When each event changed last, in milliseconds; oldest first. */
  readonly #changed = new Map<string, number>()
  #definition: ResourceDefinition | undefined
  #timer: (() => void) | undefined

  constructor(options: EventExpiryOptions) {
    this.#options = { lifetimeMs: 3_600_000, maxEvents: 10_000, ...options }
  }

  observe(change: ObjectChange, queue: Pick<KeyQueue, 'add'>): void {
    const { definition, key, removed, initial } = change
    if (definition.group !== '' || definition.resource !== 'events') return
    this.#definition = definition
    this.#changed.delete(key)
    if (removed) return
    const now = this.#options.clock.now().getTime()
    this.#changed.set(key, initial ? Math.min(now, lastTime(change.object) ?? now) : now)
    if (!initial) this.#trim(queue)
  }

  /** After the events found at the start, which come in no order of time. */
  start(queue: Pick<KeyQueue, 'add'>): void {
    const sorted = [...this.#changed].sort(([, a], [, b]) => a - b)
    this.#changed.clear()
    for (const [key, at] of sorted) this.#changed.set(key, at)
    this.#trim(queue)
  }

  async reconcile(key: string): Promise<void> {
    const [namespace, name] = key.split('/')
    if (this.#definition === undefined || !this.#changed.has(key)) return
    try {
      await this.#options.api.call({ method: 'DELETE', path: pathOf(this.#definition, namespace, name) })
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  stop(): void {
    this.#timer?.()
    this.#timer = undefined
  }

  #trim(queue: Pick<KeyQueue, 'add'>): void {
    const surplus = this.#changed.size - this.#options.maxEvents
    if (surplus > 0) for (const oldest of first(this.#changed.keys(), surplus)) queue.add(oldest)
    this.#schedule(queue)
  }

  #schedule(queue: Pick<KeyQueue, 'add'>): void {
    const [oldest] = this.#changed.values()
    if (this.#timer !== undefined || oldest === undefined) return
    const due = oldest + this.#options.lifetimeMs - this.#options.clock.now().getTime()
    this.#timer = this.#options.clock.after(Math.max(sweepMs, due), () => {
      this.#timer = undefined
      const before = this.#options.clock.now().getTime() - this.#options.lifetimeMs
      for (const [key, at] of this.#changed) {
        if (at > before) break
        queue.add(key)
      }
      this.#schedule(queue)
    })
  }
}

/** When the event says it was seen last, in milliseconds. */
function lastTime(event: ApiObject): number | undefined {
  const times = [
    textAt(objectAt(event, 'series'), 'lastObservedTime'),
    textAt(event, 'lastTimestamp'),
    textAt(event, 'eventTime'),
    event.metadata.creationTimestamp ?? '',
  ]
  const found = times.find(isTime)
  return found === undefined ? undefined : parseTime(found).getTime()
}

function* first<T>(values: Iterable<T>, count: number): Generator<T> {
  let left = count
  for (const value of values) {
    if (left <= 0) return
    left -= 1
    yield value
  }
}
