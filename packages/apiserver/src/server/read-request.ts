/** A request from the wire in the form the handler takes. */

import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { StatusError } from '@berth/meta'
import type { ApiRequest } from '../transport.ts'
import { tooManyRequests, type ByteBudget } from './byte-budget.ts'
import type { ServerLimits } from './limits.ts'

export type IncomingRequest = IncomingMessage | Http2ServerRequest

export interface ReadingParts {
  limits: ServerLimits
  /** Of all bodies being read or served. */
  bodies: ByteBudget
  /** Aborts when the request is over, however it ends. */
  signal: AbortSignal
  upgrade: boolean
}

/** @throws {StatusError} 431 for too many headers */
export function readRequest(
  incoming: IncomingRequest,
  { limits, bodies, signal, upgrade }: ReadingParts,
): Omit<ApiRequest, 'user'> {
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  if (incoming.rawHeaders.length / 2 > limits.headerCount) throw tooManyHeaders(limits.headerCount)
  // Gone with a client that hung up at once; its request still counts as one from outside.
  const address = incoming.socket.remoteAddress ?? ''
  let body: Promise<Buffer> | undefined
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: headersOf(incoming),
    // An IPv4 peer of an IPv6 socket is written as what it is.
    remoteAddress: address.replace(/^::ffff:(?=[0-9.]+$)/, ''),
    streamsLists: true,
    body: () => (body ??= readBody(incoming, { limits, bodies, signal })),
    upgrade,
    signal,
  }
}

function tooManyHeaders(limit: number): StatusError {
  return new StatusError('BadRequest', `the request has more than ${limit} headers`, { httpCode: 431 })
}

function headersOf(incoming: IncomingRequest): Record<string, string | undefined> {
  // Without a prototype, so that no header name finds an inherited member.
  const headers: Record<string, string | undefined> = Object.create(null) as Record<string, string | undefined>
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (name.startsWith(':')) continue
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  headers['host'] ??= incoming.headers[':authority'] as string | undefined
  return headers
}

export function bodyTooLarge(limit: number): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${limit}`)
}

/** Packed bodies could grow without bound when unpacked; kube-apiserver takes none either. */
function checkEncoding(incoming: IncomingRequest): void {
  const encoding = incoming.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity' || encoding === '') return
  throw new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - content-encoding ${JSON.stringify(encoding)} is not accepted, send it unpacked`,
  )
}

async function readBody(
  incoming: IncomingRequest,
  { limits, bodies, signal }: Omit<ReadingParts, 'upgrade'>,
): Promise<Buffer> {
  checkEncoding(incoming)
  const announced = Number(incoming.headers['content-length'] ?? 0)
  if (announced > limits.bodyBytes) throw bodyTooLarge(limits.bodyBytes)
  const held = bodies.hold()
  // What was read stays in memory as long as the request is served.
  if (signal.aborted) held.release()
  signal.addEventListener('abort', () => held.release(), { once: true })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const timer = setTimeout(
      () => settle(new StatusError('Timeout', 'the body of the request did not arrive in time', { httpCode: 408 })),
      limits.receiveMs,
    )
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size > limits.bodyBytes) settle(bodyTooLarge(limits.bodyBytes))
      else if (!held.grow(chunk.length)) settle(tooManyRequests())
      else chunks.push(chunk)
    }
    const onEnd = (): void => settle(undefined)
    const onGone = (): void => settle(new StatusError('BadRequest', 'the body of the request ended early'))
    function settle(error: StatusError | undefined): void {
      clearTimeout(timer)
      incoming.off('data', onData).off('end', onEnd).off('aborted', onGone).off('close', onGone)
      if (error === undefined) resolve(Buffer.concat(chunks, size))
      else reject(error)
    }
    incoming.on('data', onData).on('end', onEnd).on('aborted', onGone).on('close', onGone)
  })
}
