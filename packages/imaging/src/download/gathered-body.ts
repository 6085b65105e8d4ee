/**
 * The body of a request in few large pieces. A TLS connection brings 16 KiB at a time, each in memory of its own. What every piece costs on
 * its way through the layers above is then more than what its bytes do; and because such memory lies outside of the garbage collector's
 * heap, half a gigabyte of it makes the collector walk ten times through everything else that the engine keeps. So pieces are gathered in
 * two buffers that are used in turn, and their own memory is given back at once.
 */

import { finished, type Readable } from 'node:stream'

const bufferBytes = 256 * 1024

/**
 * @param body of an HTTP request, which nobody else reads: its pieces are of no use to others afterwards. It is not destroyed, and what is
 *   left of it stays in it when its reader ends before it does.
 * @returns what has come since, as soon as there is something. The memory of a piece is used again when the next one is asked for.
 */
export function gatheredBody(body: Readable): AsyncIterableIterator<Uint8Array, undefined, undefined> {
  return new GatheredBody(body)
}

type Piece = IteratorResult<Uint8Array, undefined>

class GatheredBody implements AsyncIterableIterator<Uint8Array, undefined, undefined> {
  readonly #body: Readable
  #filling = Buffer.allocUnsafeSlow(bufferBytes)
  /** What the reader has at the moment. */
  #lent = Buffer.allocUnsafeSlow(bufferBytes)
  #bytes = 0
  /** For what there is no room yet; the body is paused then. */
  #rest: { chunk: Buffer; from: number } | undefined
  #ended: { error?: Error } | undefined
  /** Undefined before the first piece was asked for. */
  #detach: (() => void) | undefined
  #wake: (() => void) | undefined
  #waking: NodeJS.Immediate | undefined

  constructor(body: Readable) {
    this.#body = body
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws what the body fails with, or that it was closed before its end */
  async next(): Promise<Piece> {
    this.#detach ??= this.#attach()
    if (this.#bytes === 0 && this.#ended === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#bytes > 0) return { done: false, value: this.#take() }
    if (this.#ended?.error !== undefined) throw this.#ended.error
    return { done: true, value: undefined }
  }

  /** Also while somebody waits for a piece, who gets none then. */
  return(): Promise<Piece> {
    this.#bytes = 0
    this.#rest = undefined
    this.#body.pause()
    this.#end({})
    return Promise.resolve({ done: true, value: undefined })
  }

  #attach(): () => void {
    const arrived = (chunk: Buffer): void => {
      this.#add({ chunk, from: 0 })
      // More may have come together with it. What one turn of the loop brings is one piece.
      if (this.#rest === undefined) this.#waking ??= setImmediate(() => this.#wakeUp())
      else this.#wakeUp()
    }
    // Leaves a listener for errors behind: a body that breaks later must not end the process.
    finished(this.#body, { writable: false }, (error) => this.#end(error instanceof Error ? { error } : {}))
    this.#body.on('data', arrived)
    return () => void this.#body.off('data', arrived)
  }

  #add({ chunk, from }: { chunk: Buffer; from: number }): void {
    const copied = chunk.copy(this.#filling, this.#bytes, from)
    this.#bytes += copied
    if (from + copied < chunk.length) {
      this.#rest = { chunk, from: from + copied }
      this.#body.pause()
    } else {
      this.#rest = undefined
      giveBack(chunk)
    }
  }

  #take(): Uint8Array {
    const piece = this.#filling.subarray(0, this.#bytes)
    ;[this.#filling, this.#lent] = [this.#lent, this.#filling]
    this.#bytes = 0
    if (this.#rest !== undefined) {
      this.#add(this.#rest)
      if (this.#rest === undefined) this.#body.resume()
    }
    return piece
  }

  #end(how: { error?: Error }): void {
    this.#ended ??= how
    this.#detach?.()
    this.#detach = () => {}
    this.#wakeUp()
  }

  #wakeUp(): void {
    clearImmediate(this.#waking)
    this.#waking = undefined
    this.#wake?.()
    this.#wake = undefined
  }
}

/** Frees the memory of a piece that has all of it to itself; others are the garbage collector's. */
function giveBack({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
