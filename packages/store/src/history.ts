/** The kept events: what a watch replays and what a listing of the past is rebuilt from. Bounded by count and by bytes. */

import type { StoreEvent } from '@berth/apiserver'

/** An event that also knows the revision of the state before it, so that the past can be listed with its revisions. */
export interface HistoryEvent extends StoreEvent {
  readonly previousRevision: number | undefined
}

export interface HistoryLimits {
  /** Most events kept. */
  count: number
  /** Most bytes of values kept. */
  bytes: number
}

export function historyLimits(options: { historyLimit?: number; historyBytes?: number }): HistoryLimits {
  return { count: options.historyLimit ?? 20_000, bytes: options.historyBytes ?? 64 * 1024 * 1024 }
}

/** What an event costs beside its value: the objects that hold it. An estimate, so that tiny values are bounded too. */
const eventOverhead = 200

export class History {
  readonly #limits: HistoryLimits
  readonly #all = new Queue()
  readonly #byCollection = new Map<string, Queue>()
  #bytes = 0
  #compacted: number

  constructor(limits: HistoryLimits, compacted: number) {
    this.#limits = limits
    this.#compacted = compacted
  }

  /** Every event after this revision is kept. */
  get compacted(): number {
    return this.#compacted
  }

  /** Adds the newest event and returns those that fell out, oldest first. */
  add(event: HistoryEvent): HistoryEvent[] {
    this.#all.push(event)
    let events = this.#byCollection.get(event.collection)
    if (events === undefined) this.#byCollection.set(event.collection, (events = new Queue()))
    events.push(event)
    this.#bytes += event.value.length + eventOverhead
    const dropped: HistoryEvent[] = []
    while (this.#all.length > this.#limits.count || this.#bytes > this.#limits.bytes) {
      const oldest = this.#all.shift()
      if (oldest === undefined) break
      // Events leave in the order they came, so the oldest of all is the oldest of its collection.
      this.#byCollection.get(oldest.collection)?.shift()
      this.#bytes -= oldest.value.length + eventOverhead
      this.#compacted = oldest.revision
      dropped.push(oldest)
    }
    return dropped
  }

  /** Kept events of a collection after a revision, oldest first. */
  after(collection: string, revision: number): HistoryEvent[] {
    return this.#byCollection.get(collection)?.after(revision) ?? []
  }
}

/** A first-in first-out list over an array whose used-up front is cut off now and then. */
class Queue {
  #events: (HistoryEvent | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#events.length - this.#head
  }

  push(event: HistoryEvent): void {
    this.#events.push(event)
  }

  shift(): HistoryEvent | undefined {
    const event = this.#events[this.#head]
    if (event === undefined) return undefined
    this.#events[this.#head] = undefined
    this.#head += 1
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
    return event
  }

  after(revision: number): HistoryEvent[] {
    let low = this.#head
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#events[middle]?.revision ?? 0) > revision) high = middle
      else low = middle + 1
    }
    return this.#events.slice(low).filter((event) => event !== undefined)
  }
}
