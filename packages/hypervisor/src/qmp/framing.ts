/** Cuts a byte stream into JSON lines, with bounds on the length of a line and on its nesting. */

import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'

export interface FramingLimits {
  /** Most bytes of one line. */
  maxBytes: number
  /** Deepest nesting of objects and lists. */
  maxDepth: number
}

/** The largest reply in use is that about the images of disks: each says what it lies on, nested, down to the last. */
export const qmpLimits: FramingLimits = { maxBytes: 16 * 1024 * 1024, maxDepth: 512 }

const newline = 0x0a

/** Takes chunks as they come, gives back the values of the lines that are whole. Empty lines are skipped. */
export class JsonLines {
  readonly #limits: FramingLimits
  #pending: Buffer[] = []
  #pendingBytes = 0

  constructor(limits: FramingLimits = qmpLimits) {
    this.#limits = limits
  }

  /** @throws {DriverError} Protocol when a line is too long, too deep or not JSON; the stream is of no use afterwards */
  push(chunk: Buffer): unknown[] {
    const values: unknown[] = []
    let from = 0
    for (;;) {
      const end = chunk.indexOf(newline, from)
      const part = chunk.subarray(from, end === -1 ? chunk.length : end)
      this.#pendingBytes += part.length
      if (this.#pendingBytes > this.#limits.maxBytes) {
        this.clear()
        throw new DriverError('Protocol', `a message is longer than ${this.#limits.maxBytes} bytes`)
      }
      this.#pending.push(part)
      if (end === -1) return values
      const line = Buffer.concat(this.#pending).toString('utf8').trim()
      this.clear()
      from = end + 1
      if (line !== '') values.push(parseBounded(line, this.#limits.maxDepth))
    }
  }

  /** Forgets a line that is not whole yet. */
  clear(): void {
    this.#pending = []
    this.#pendingBytes = 0
  }
}

/**
 * JSON.parse that refuses deep nesting before it parses.
 * @throws {DriverError} Protocol
 */
export function parseBounded(text: string, maxDepth: number): unknown {
  if (depthOf(text, maxDepth) > maxDepth) {
    throw new DriverError('Protocol', `a message is nested deeper than ${maxDepth} levels`)
  }
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (error) {
    throw new DriverError('Protocol', `a message is not JSON: ${messageOf(error).slice(0, 200)}`, { cause: error })
  }
}

/** Nesting of brackets outside strings; stops counting past `limit`. */
function depthOf(text: string, limit: number): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index)
    if (inString) {
      if (char === 0x5c) index += 1
      else if (char === 0x22) inString = false
    } else if (char === 0x22) inString = true
    else if (char === 0x7b || char === 0x5b) {
      depth += 1
      if (depth > deepest) deepest = depth
      if (deepest > limit) return deepest
    } else if (char === 0x7d || char === 0x5d) depth -= 1
  }
  return deepest
}
