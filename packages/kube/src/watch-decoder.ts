/** Splits a watch's byte stream into its JSON lines, whatever the chunks' boundaries. */

import { ClientError } from './errors.ts'

/** An object is at most about 1.5 MiB in a Kubernetes store; managedFields and the envelope come on top. */
export const defaultMaxLineBytes = 16 * 1024 * 1024

const newline = 0x0a

/**
 * Parsed JSON values, one per non-empty line. A last line without a newline counts only when it is complete JSON: a cut
 * connection must not look like an event.
 * @throws {ClientError} Protocol for a line that is too long or not JSON
 */
export async function* decodeLines(
  chunks: AsyncIterable<Uint8Array>,
  options: { maxLineBytes?: number } = {},
): AsyncGenerator<unknown, void, undefined> {
  const max = options.maxLineBytes ?? defaultMaxLineBytes
  /** Pieces of the unfinished line; joined once, so that a line in many chunks stays linear. */
  let pieces: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = take(chunk.subarray(start, end))
      start = end + 1
      if (line !== '') yield parseLine(line)
    }
    if (start < chunk.byteLength) keep(chunk.subarray(start))
  }
  const rest = take(new Uint8Array(0))
  if (rest === '') return
  let value: unknown
  try {
    value = JSON.parse(rest)
  } catch (cause) {
    throw new ClientError('Protocol', 'the watch ended in the middle of a line', { cause })
  }
  yield value

  function keep(piece: Uint8Array): void {
    size += piece.byteLength
    if (size > max) throw tooLong(max)
    pieces.push(piece)
  }

  function take(last: Uint8Array): string {
    if (size + last.byteLength > max) throw tooLong(max)
    const whole = pieces.length === 0 ? Buffer.from(last.buffer, last.byteOffset, last.byteLength) : join(last)
    pieces = []
    size = 0
    return whole.toString('utf8').trim()
  }

  function join(last: Uint8Array): Buffer {
    return Buffer.concat([...pieces, last], size + last.byteLength)
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new ClientError('Protocol', `a line of the watch is not JSON: ${line.slice(0, 80)}`, { cause })
  }
}

function tooLong(max: number): ClientError {
  return new ClientError('Protocol', `a line of the watch is longer than ${max} bytes`)
}
