/** Writes an answer to the wire, never faster than the client reads. */

import type { Http2ServerResponse } from 'node:http2'
import type { ApiAnswer } from '../transport.ts'

export interface SendOptions {
  /** The listener is going: connections are not to be used again. */
  closing: AbortSignal
  http1: boolean
  /** Milliseconds a client may read nothing. */
  stallMs: number
}

/** Pieces of a big body, so that one list does not fill the send buffers at once. */
const sliceBytes = 256 * 1024

export async function sendAnswer(
  response: Http2ServerResponse,
  answer: Exclude<ApiAnswer, { kind: 'upgrade' }>,
  { closing, http1, stallMs }: SendOptions,
): Promise<void> {
  if (response.destroyed || response.writableEnded) return
  response.statusCode = answer.code
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  // After a refused body the rest of it must not be taken for the next request; HTTP/2 has no such header.
  if (http1 && (closing.aborted || answer.code === 413 || answer.code === 408))
    response.setHeader('connection', 'close')
  if (answer.kind === 'stream') return sendStream(response, answer.body, stallMs)
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
  if (!response.hasHeader('content-length') && answer.code !== 204 && answer.code !== 304) {
    response.setHeader('content-length', body.length)
  }
  // Headers and body in one packet where they fit: most answers are this small.
  if (body.length <= sliceBytes) endWith(response, body, stallMs)
  else await sendStream(response, slices(body), stallMs)
}

/** The last of an answer, which the client must take in time as well. */
function endWith(response: Http2ServerResponse, body: Buffer | undefined, stallMs: number): void {
  if (body === undefined) response.end()
  else response.end(body)
  response.once('close', cutLater(response, stallMs))
}

async function* slices(body: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += sliceBytes) yield body.subarray(at, at + sliceBytes)
}

/** Ends a connection whose client reads nothing; the returned function calls it off. */
function cutLater(response: Http2ServerResponse, ms: number): () => void {
  const timer = setTimeout(() => response.destroy(), ms)
  return () => clearTimeout(timer)
}

async function sendStream(
  response: Http2ServerResponse,
  body: AsyncIterable<Uint8Array>,
  stallMs: number,
): Promise<void> {
  const iterator = body[Symbol.asyncIterator]()
  const orGone = closeGuard(response)
  // Clients of a watch wait for the headers before anything happens.
  flushHeaders(response)
  try {
    for (;;) {
      const next = await orGone(iterator.next())
      if (next === 'gone') return
      if (next.done === true) break
      if (!response.write(next.value) && (await orGone(drained(response, stallMs))) === 'gone') return
    }
    endWith(response, undefined, stallMs)
  } catch {
    // The source failed after the headers went out: only a cut connection can tell the client.
    response.destroy()
  } finally {
    void iterator.return?.()
  }
}

/**
 * Waits for a promise or the end of the connection. Not `Promise.race` with one promise for the end: a watch waits a million
 * times, and each wait would stay attached to it.
 */
function closeGuard(response: Http2ServerResponse): <T>(work: Promise<T>) => Promise<T | 'gone'> {
  let gone = response.destroyed
  let wake: (() => void) | undefined
  response.once('close', () => {
    gone = true
    wake?.()
  })
  return (work) =>
    new Promise((resolve, reject) => {
      if (gone) resolve('gone')
      wake = () => resolve('gone')
      work.then(resolve, reject)
    })
}

/** Both kinds of response have it; the HTTP/2 type does not say so. */
function flushHeaders(response: Http2ServerResponse & { flushHeaders?: () => void }): void {
  response.flushHeaders?.()
}

function drained(response: Http2ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = cutLater(response, stallMs)
    response.once('close', cancel)
    response.once('drain', () => {
      cancel()
      response.off('close', cancel)
      resolve()
    })
  })
}
