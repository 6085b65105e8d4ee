/** Cuts the long texts out of a stream of JSON while it comes in: an agent sends up to 16 MiB of what a command wrote, in one line. */

import { DriverError } from '../driver.ts'

const quote = 0x22
const backslash = 0x5c
/** The longest escape (`\u00e9`), which is kept whole or not at all. */
const escapeBytes = 6

export class LongTexts {
  readonly #maxText: number
  readonly #maxBytes: number
  #taken = 0
  /** Bytes kept of the text that is being read; undefined between texts. */
  #kept: number | undefined
  #escaped = false

  /**
   * @param limits.maxText bytes that stay of each text
   * @param limits.maxBytes of the whole stream, before anything is cut
   */
  constructor({ maxText, maxBytes }: { maxText: number; maxBytes: number }) {
    this.#maxText = maxText
    this.#maxBytes = maxBytes
  }

  /** @throws {DriverError} Protocol when the stream is too long */
  push(chunk: Buffer): Buffer {
    this.#taken += chunk.length
    if (this.#taken > this.#maxBytes) throw new DriverError('Protocol', `more than ${this.#maxBytes} bytes`)
    const parts: Buffer[] = []
    const quotes = nextOf(chunk, quote)
    const backslashes = nextOf(chunk, backslash)
    for (let at = 0; at < chunk.length;) {
      let end: number
      if (this.#kept === undefined) {
        end = Math.min(quotes(at) + 1, chunk.length)
        parts.push(chunk.subarray(at, end))
        if (chunk[end - 1] === quote) this.#kept = 0
      } else if (this.#escaped) {
        end = at + 1
        this.#escaped = false
        this.#keep(parts, chunk.subarray(at, end))
      } else if (chunk[at] === quote) {
        end = at + 1
        this.#kept = undefined
        parts.push(chunk.subarray(at, end))
      } else if (chunk[at] === backslash) {
        end = at + 1
        this.#escaped = true
        if (this.#maxText - this.#kept < escapeBytes) this.#kept = this.#maxText
        this.#keep(parts, chunk.subarray(at, end))
      } else {
        end = Math.min(quotes(at), backslashes(at))
        this.#keep(parts, chunk.subarray(at, end))
      }
      at = end
    }
    return Buffer.concat(parts)
  }

  #keep(parts: Buffer[], bytes: Buffer): void {
    const kept = this.#kept ?? 0
    const more = bytes.subarray(0, Math.max(0, this.#maxText - kept))
    if (more.length > 0) parts.push(more)
    // What is not kept leaves no room either: a later byte must not close the gap.
    this.#kept = more.length < bytes.length ? this.#maxText : kept + more.length
  }
}

/** Where a byte comes next, or the chunk's length; each byte is looked at once, however often this is asked. */
function nextOf(chunk: Buffer, byte: number): (from: number) => number {
  let found = -1
  return (from) => {
    if (found < from) {
      const index = chunk.indexOf(byte, from)
      found = index === -1 ? chunk.length : index
    }
    return found
  }
}
