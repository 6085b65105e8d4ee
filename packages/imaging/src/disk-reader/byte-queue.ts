/** Takes exact numbers of bytes from a stream. */

import type { Readable } from 'node:stream'
import { ImagingError } from '../errors.ts'

export class ByteQueue {
  readonly #chunks: AsyncIterator<unknown>
  #held: Buffer = Buffer.alloc(0)

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  /** @throws {ImagingError} ToolFailed when the stream ends before */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [this.#held]
    let bytes = this.#held.length
    while (bytes < length) {
      const next = await this.#chunks.next().catch((cause: unknown) => {
        throw endedEarly(cause)
      })
      if (next.done === true) throw endedEarly(undefined)
      const chunk = next.value as Buffer // a socket without an encoding gives bytes
      parts.push(chunk)
      bytes += chunk.length
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts, bytes)
    this.#held = all.subarray(length)
    return all.subarray(0, length)
  }
}

function endedEarly(cause: unknown): ImagingError {
  return new ImagingError('ToolFailed', 'the program that reads a disk ended early', { cause })
}
