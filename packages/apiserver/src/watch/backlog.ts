/** What a watcher has not read yet: a bounded queue of frames, pulled as chunks with back-pressure. */

import type { BacklogBudget } from './backlog-budget.ts'

/** Bytes joined into one chunk, so that a burst of small events is few writes. */
const chunkBytes = 64 * 1024

/** A frame that is put together when it is read; a long replay then holds references, not copies. */
export interface Pending {
  bytes: number
  render(): Buffer
}

export interface BacklogLimits {
  events: number
  bytes: number
}

export interface BacklogOptions {
  limits: BacklogLimits
  /** Shared by all watchers of a server. */
  budget: BacklogBudget
  /** False gives every frame a chunk of its own (a WebSocket message is one event). */
  joined?: boolean
  /** Called once, when the reader is gone or has read everything up to the end. */
  onClose(): void
  /** Called when the budget has no room and this backlog is the one to go. */
  onExcess(): void
}

export class Backlog implements AsyncIterable<Uint8Array> {
  readonly #options: BacklogOptions
  #queue: Pending[] = []
  #head = 0
  #bytes = 0
  /** Events that were there from the start do not count: they are history that is kept anyway. */
  #allowance: BacklogLimits = { events: 0, bytes: 0 }
  #ended = false
  #closed = false
  #wake: (() => void) | undefined

  constructor(options: BacklogOptions) {
    this.#options = options
    options.budget.add(this)
  }

  /** From now on the limits count what comes on top of what is queued. */
  startCounting(): void {
    this.#allowance.events = this.#length
  }

  get #length(): number {
    return this.#queue.length - this.#head
  }

  /** The reader is gone, or has had everything. */
  get closed(): boolean {
    return this.#closed
  }

  /** Bytes of live events that wait to be read. */
  get excess(): number {
    return this.#bytes - this.#allowance.bytes
  }

  /** @returns false when the reader is too far behind; nothing was added then */
  push(pending: Pending): boolean {
    if (this.#ended || this.#closed) return true
    const { limits, budget } = this.#options
    if (this.#length - this.#allowance.events >= limits.events) return false
    if (this.excess + pending.bytes > limits.bytes) return false
    this.#queue.push(pending)
    this.#count(pending.bytes)
    budget.check()
    this.#notify()
    return true
  }

  /** Adds without limits, before counting starts. */
  preload(pending: Pending): void {
    if (this.#ended || this.#closed) return
    this.#queue.push(pending)
    this.#bytes += pending.bytes
    this.#allowance.bytes += pending.bytes
    this.#notify()
  }

  /** Told by the budget: this backlog is the largest of all that are too large together. */
  shed(): void {
    this.#options.onExcess()
  }

  /** The reader gets what is queued, then the end. */
  end(): void {
    this.#ended = true
    this.#notify()
  }

  /** What is queued is dropped; the reader gets `last`, then the end. */
  cut(last?: Pending): void {
    if (this.#ended && this.#length === 0) return
    this.#count(-this.excess)
    this.#queue = last === undefined ? [] : [last]
    this.#head = 0
    this.#bytes = last?.bytes ?? 0
    this.#allowance = { events: this.#queue.length, bytes: this.#bytes }
    this.end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#take()
        if (chunk !== undefined) yield chunk
        else if (this.#ended) return
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      this.close()
    }
  }

  /** Live bytes go up or down, here and in the budget. */
  #count(bytes: number): void {
    this.#bytes += bytes
    this.#options.budget.count(bytes)
  }

  #take(): Buffer | undefined {
    const frames: Buffer[] = []
    const enough = this.#options.joined === false ? 1 : chunkBytes
    let size = 0
    while (this.#head < this.#queue.length && size < enough) {
      const pending = this.#queue[this.#head]
      if (pending === undefined) break
      this.#head += 1
      this.#taken(pending.bytes)
      const frame = pending.render()
      size += frame.length
      frames.push(frame)
    }
    this.#shrink()
    if (frames.length === 0) return undefined
    return frames.length === 1 ? frames[0] : Buffer.concat(frames)
  }

  /** What was there from the start is read first. */
  #taken(bytes: number): void {
    const before = this.excess
    this.#bytes -= bytes
    this.#allowance.events = Math.min(this.#allowance.events, this.#length)
    this.#allowance.bytes = Math.max(0, this.#allowance.bytes - bytes)
    this.#options.budget.count(this.excess - before)
  }

  /** Frees what was read, in steps that keep reading linear. */
  #shrink(): void {
    if (this.#head < 1024 && this.#head < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }

  #notify(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  /** For a reader that is gone, also when it never began to read. */
  close(): void {
    if (this.#closed) return
    this.cut()
    this.#closed = true
    this.#options.budget.remove(this)
    this.#options.onClose()
  }
}
