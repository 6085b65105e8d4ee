/** What a watcher has not read yet: a bounded queue of frames, pulled as chunks with back-pressure. */

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

export class Backlog implements AsyncIterable<Uint8Array> {
  readonly #limits: BacklogLimits
  readonly #onClose: () => void
  #queue: Pending[] = []
  #head = 0
  #bytes = 0
  /** Events that were there from the start do not count: they are history that is kept anyway. */
  #allowance: BacklogLimits = { events: 0, bytes: 0 }
  #ended = false
  #closed = false
  #wake: (() => void) | undefined

  /** @param onClose called once, when the reader is gone or has read everything up to the end */
  constructor(limits: BacklogLimits, onClose: () => void) {
    this.#limits = limits
    this.#onClose = onClose
  }

  /** From now on the limits count what comes on top of what is queued. */
  startCounting(): void {
    this.#allowance = { events: this.#length, bytes: this.#bytes }
  }

  get #length(): number {
    return this.#queue.length - this.#head
  }

  /** @returns false when the reader is too far behind; nothing was added then */
  push(pending: Pending): boolean {
    if (this.#ended || this.#closed) return true
    const { events, bytes } = this.#allowance
    if (this.#length - events >= this.#limits.events || this.#bytes - bytes + pending.bytes > this.#limits.bytes) {
      return false
    }
    this.#queue.push(pending)
    this.#bytes += pending.bytes
    this.#notify()
    return true
  }

  /** Adds without limits, before counting starts. */
  preload(pending: Pending): void {
    this.#queue.push(pending)
    this.#bytes += pending.bytes
  }

  /** The reader gets what is queued, then the end. */
  end(): void {
    this.#ended = true
    this.#notify()
  }

  /** The reader gets the end at once. */
  cut(): void {
    this.#queue = []
    this.#head = 0
    this.#bytes = 0
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

  #take(): Buffer | undefined {
    const frames: Buffer[] = []
    let size = 0
    while (this.#head < this.#queue.length && size < chunkBytes) {
      const pending = this.#queue[this.#head]
      if (pending === undefined) break
      this.#head += 1
      this.#bytes -= pending.bytes
      const frame = pending.render()
      size += frame.length
      frames.push(frame)
    }
    this.#shrink()
    if (frames.length === 0) return undefined
    return frames.length === 1 ? frames[0] : Buffer.concat(frames)
  }

  /** Frees what was read, in steps that keep reading linear. */
  #shrink(): void {
    this.#allowance.events = Math.min(this.#allowance.events, this.#length)
    this.#allowance.bytes = Math.min(this.#allowance.bytes, this.#bytes)
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
    this.#closed = true
    this.cut()
    this.#onClose()
  }
}
