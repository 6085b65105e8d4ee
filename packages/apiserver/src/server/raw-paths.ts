/**
 * Paths that are served beside the API: bodies without an end, answers of any length, credentials of their own. Whoever brings one
 * decides who may come in and how long a client may take; the listener keeps its bounds on URLs, headers and connections, and on
 * clients that do not read what they asked for.
 */

import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Readable } from 'node:stream'
import type { Logger } from '@berth/base'
import type { ApiAnswer } from '../transport.ts'
import { failureAnswer } from './failure.ts'
import { readRequest, type ReadingParts } from './read-request.ts'
import { sendAnswer, type SendOptions } from './send-answer.ts'
import { uriTooLong } from './uri-too-long.ts'

export interface RawRequest {
  method: string
  /** Without the query, still percent-encoded. */
  path: string
  query: URLSearchParams
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>
  remoteAddress: string
  /** Nobody bounds it: neither its length nor its time. */
  body: Readable
  /** Aborts when the client is gone, and when the answer is over. */
  signal: AbortSignal
}

export interface RawAnswer {
  code: number
  headers: Record<string, string>
  /** Pulled as fast as the client reads. */
  body: Buffer | string | AsyncIterable<Uint8Array>
}

export interface RawPath {
  /** `/v1beta1/upload`: this path, and everything below it. */
  path: string
  /** A rejection is answered as the API answers one: a StatusError with its code, anything else with 500 and a line in the log. */
  serve(request: RawRequest): Promise<RawAnswer>
}

/** The longest path wins. */
export function rawPathOf(paths: readonly RawPath[], url: string): RawPath | undefined {
  const [path = ''] = url.split('?', 1)
  return paths
    .filter((raw) => path === raw.path || path.startsWith(`${raw.path}/`))
    .toSorted((a, b) => b.path.length - a.path.length)[0]
}

export interface RawExchange {
  incoming: Http2ServerRequest
  response: Http2ServerResponse
  reading: ReadingParts
  send: SendOptions
  logger: Logger
}

/** Never rejects. */
export async function serveRaw(raw: RawPath, exchange: RawExchange): Promise<void> {
  const { incoming, response, send, logger } = exchange
  let answer: Answer
  try {
    answer = formOf(await raw.serve(requestOf(exchange)))
  } catch (error) {
    // The path that was found, not the one that was asked for: a name in it may be a secret.
    const request = { method: incoming.method, path: raw.path }
    const failed = failureAnswer(error, { logger, errorId: () => crypto.randomUUID(), request })
    answer = failed.kind === 'upgrade' ? { kind: 'full', code: 500, headers: {}, body: '' } : failed
  }
  if (answer.kind === 'full' && !incoming.complete && !response.destroyed) await answerEarly(exchange, answer)
  else await sendAnswer(response, answer, send)
}

type Answer = Exclude<ApiAnswer, { kind: 'upgrade' }>

/** @throws {StatusError} 414, 431 */
function requestOf({ incoming, reading }: RawExchange): RawRequest {
  const { urlBytes } = reading.limits
  if (incoming.url.length > urlBytes) throw uriTooLong(urlBytes)
  const { method, path, query, headers, remoteAddress = '', signal } = readRequest(incoming, reading)
  return { method, path, query, headers, remoteAddress, signal, body: incoming }
}

function formOf({ body, ...rest }: RawAnswer): Answer {
  return typeof body === 'string' || Buffer.isBuffer(body)
    ? { kind: 'full', ...rest, body }
    : { kind: 'stream', ...rest, body }
}

/** How long, in milliseconds, and how many bytes of a body nobody wants are read, so that its sender gets to see the answer. */
const lingerMs = 10_000
const lingerBytes = 1024 ** 3

/**
 * The client still sends. Cutting the connection now would reset it, and most clients would report that instead of the answer: so
 * the whole answer goes out, its length known, and the connection ends when the client has stopped.
 */
async function answerEarly(
  { incoming, response, send }: RawExchange,
  answer: Extract<Answer, { kind: 'full' }>,
): Promise<void> {
  response.statusCode = answer.code
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  const body = Buffer.from(answer.body)
  response.setHeader('content-length', body.length)
  if (send.http1) response.setHeader('connection', 'close')
  response.write(body)
  await new Promise<void>((resolve) => {
    let read = 0
    const timer = setTimeout(resolve, lingerMs)
    incoming.on('data', (chunk: Buffer) => {
      read += chunk.length
      if (read > lingerBytes) resolve()
    })
    for (const event of ['end', 'close', 'error']) incoming.once(event, () => resolve())
    response.once('close', () => resolve())
    response.once('close', () => clearTimeout(timer))
    incoming.resume()
  })
  response.end()
}
