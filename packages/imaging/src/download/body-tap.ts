/**
 * Takes the body of an HTTP answer from its connection past Node's parser. The parser makes two new buffers for every few kilobytes; of an
 * image of gigabytes that keeps the garbage collector busy with everything else the engine has in memory. Here all of it comes in one buffer
 * that is used again and again. What is no body of a length known beforehand (chunks, or until the end) goes through the parser.
 */

import type { IncomingMessage } from 'node:http'
import type { OnReadOpts, Socket } from 'node:net'

/** Gets a piece, whose memory is used again when it returns. @returns what to wait for before the next one */
export type TakePiece = (piece: Uint8Array) => Promise<void> | undefined

const bufferBytes = 256 * 1024

/** For one connection, which is used for one answer. */
export class BodyTap {
  #socket: Socket | undefined
  /** Undefined while the parser gets it all. @returns false to have no more for now */
  #sink: ((piece: Uint8Array) => boolean) | undefined

  /** For whoever makes the connection. */
  readonly onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(bufferBytes),
    callback: (bytes, buffer) => this.#arrived(buffer.subarray(0, bytes)),
  }

  attach(socket: Socket): void {
    this.#socket = socket
  }

  /**
   * Whether the parser has got, and the answer's reader has taken, all that has come: then the rest may go past both. Holds until the
   * caller waits for something.
   */
  isDrained(response: IncomingMessage): boolean {
    return this.#socket?.readableLength === 0 && response.readableLength === 0 && !response.destroyed
  }

  /**
   * Gives the last `left` bytes of the body to `take`. The connection is of no use afterwards.
   * @throws what the answer fails with, or `take`
   */
  pour(response: IncomingMessage, left: number, take: TakePiece): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let missing = left
    this.#sink = (piece) => {
      const own = piece.subarray(0, missing)
      if (own.length === 0) return false
      missing -= own.length
      let room: Promise<void> | undefined
      try {
        room = take(own)
      } catch (error) {
        missing = 0
        reject(error)
        return false
      }
      if (missing === 0) {
        if (room === undefined) resolve()
        else room.then(resolve, reject)
        return false
      }
      room?.then(() => this.#socket?.resume(), reject)
      return room === undefined
    }
    // Stays: an answer that breaks later must not end the process.
    response.on('error', reject)
    response.once('close', () => reject(new Error('the connection was closed')))
    this.#socket?.resume()
    return promise
  }

  #arrived(piece: Uint8Array): boolean {
    if (this.#sink !== undefined) return this.#sink(piece)
    return this.#socket?.push(Buffer.from(piece)) ?? false
  }
}

/** Bytes of the body as the header tells them; undefined of one that only its end tells. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return length === undefined || coding !== undefined ? undefined : Number(length)
}

/** Gives all of the answer's body to `take`, piece by piece. @throws what the answer fails with, or `take` */
export async function readBody(
  { response, tap }: { response: IncomingMessage; tap?: BodyTap },
  take: TakePiece,
): Promise<void> {
  let left = lengthOf(response)
  // What comes first may have gone through the parser together with the header.
  for await (const data of response.iterator({ destroyOnReturn: false })) {
    const piece = data as Buffer // no encoding is set, so the stream yields buffers
    await take(piece)
    if (left === undefined || tap === undefined) continue
    left -= piece.length
    if (left > 0 && tap.isDrained(response)) return tap.pour(response, left, take)
  }
}
