/**
 * The waiting requests of one priority level. Each flow is dealt a hand of queues and uses the shortest (shuffle sharding), so a
 * flow that floods fills its own few; queues take turns by the seats they were given (start-time fair queuing).
 */

import { createHash } from 'node:crypto'
import type { Queuing } from './configuration.ts'

export interface Waiting {
  readonly seats: number
}

interface Queue<T> {
  items: T[]
  seats: number
  /** Seats it was given so far, on the level's own clock. */
  virtual: number
}

export class FairQueues<T extends Waiting> {
  readonly #queuing: Queuing
  readonly #queues: Queue<T>[]
  readonly #places = new Map<T, Queue<T>>()
  /** Virtual time of the request that was let in last. */
  #now = 0

  constructor(queuing: Queuing) {
    this.#queuing = queuing
    this.#queues = Array.from({ length: queuing.queues }, () => ({ items: [], seats: 0, virtual: 0 }))
  }

  get length(): number {
    return this.#places.size
  }

  /** @returns false when the shortest queue of the flow's hand is full */
  add(flow: string, item: T): boolean {
    let best: Queue<T> | undefined
    for (const index of deal(flow, this.#queuing)) {
      const queue = this.#queues[index]
      if (queue !== undefined && (best === undefined || queue.seats < best.seats)) best = queue
    }
    if (best === undefined || best.items.length >= this.#queuing.queueLengthLimit) return false
    // A queue that was empty has not saved up turns.
    if (best.items.length === 0) best.virtual = Math.max(best.virtual, this.#now)
    best.items.push(item)
    best.seats += item.seats
    this.#places.set(item, best)
    return true
  }

  /** Whose turn it is. */
  next(): T | undefined {
    return this.#first()?.items[0]
  }

  /** Takes the request whose turn it is. */
  take(): T | undefined {
    const queue = this.#first()
    const item = queue?.items.shift()
    if (queue === undefined || item === undefined) return undefined
    this.#now = queue.virtual
    queue.virtual += item.seats
    queue.seats -= item.seats
    this.#places.delete(item)
    return item
  }

  /** For a request that does not want to wait any longer. */
  remove(item: T): boolean {
    const queue = this.#places.get(item)
    if (queue === undefined) return false
    this.#places.delete(item)
    queue.items.splice(queue.items.indexOf(item), 1)
    queue.seats -= item.seats
    return true
  }

  #first(): Queue<T> | undefined {
    if (this.#places.size === 0) return undefined
    let first: Queue<T> | undefined
    for (const queue of this.#queues) {
      if (queue.items.length > 0 && (first === undefined || queue.virtual < first.virtual)) first = queue
    }
    return first
  }
}

/** Distinct queue numbers of a flow, the same every time: its name's hash, read as a shuffled deck of which only a hand is dealt. */
export function deal(flow: string, { queues, handSize }: Queuing): number[] {
  let hash = createHash('sha256').update(flow).digest().readBigUInt64BE()
  const hand: number[] = []
  for (let dealt = 0; dealt < Math.min(handSize, queues); dealt += 1) {
    const left = BigInt(queues - dealt)
    let card = Number(hash % left)
    hash /= left
    // The numbers stand for the cards still in the deck: step over those that are dealt.
    for (const taken of hand.toSorted((a, b) => a - b)) if (taken <= card) card += 1
    hand.push(card)
  }
  return hand
}
