/** A request from the wire in the form the handler takes. */

import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { StatusError } from '@berth/meta'
import type { ApiRequest } from '../transport.ts'
import type { ServerLimits } from './limits.ts'

export type IncomingRequest = IncomingMessage | Http2ServerRequest

export function readRequest(
  incoming: IncomingRequest,
  { limits, signal, upgrade }: { limits: ServerLimits; signal: AbortSignal; upgrade: boolean },
): Omit<ApiRequest, 'user'> {
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  let body: Promise<Buffer> | undefined
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: headersOf(incoming),
    streamsLists: true,
    body: () => (body ??= readBody(incoming, limits)),
    upgrade,
    signal,
  }
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

function readBody(incoming: IncomingRequest, limits: ServerLimits): Promise<Buffer> {
  const announced = Number(incoming.headers['content-length'] ?? 0)
  if (announced > limits.bodyBytes) return Promise.reject(bodyTooLarge(limits.bodyBytes))
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
