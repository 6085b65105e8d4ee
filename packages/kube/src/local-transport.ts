/** Calls an API server in the same process: no socket, no serialization beyond what the server does anyway. */

import type { Duplex } from 'node:stream'
import { readText, statusErrorOf } from './answer.ts'
import type { Transport, TransportRequest, TransportResponse } from './contract.ts'
import { ClientError } from './errors.ts'
import { streamPair } from './stream-pair.ts'

/** Who the calls come from; structurally the API server's UserInfo. */
export interface LocalUser {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Structurally the API server's request; declared here because a client must not import a server. */
export interface LocalRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string | undefined>
  body(): Promise<Buffer>
  user: LocalUser
  upgrade: boolean
  signal: AbortSignal
}

export type LocalAnswer =
  | { kind: 'full'; code: number; headers: Record<string, string | string[]>; body: Buffer | string }
  | { kind: 'stream'; code: number; headers: Record<string, string | string[]>; body: AsyncIterable<Uint8Array> }
  | { kind: 'upgrade'; protocol: string; keepAliveMs?: number; open(channel: Duplex): void }

export interface LocalTransportOptions {
  handle(request: LocalRequest): Promise<LocalAnswer>
  user: LocalUser
}

/** A transport that calls `handle` as `user`; the server's authorization and limits still apply. */
export function createLocalTransport(options: LocalTransportOptions): Transport {
  const closing = new AbortController()
  // What fields it writes are recorded under: `system:serviceaccount:ns:gardener` is the gardener.
  const agent = options.user.name.slice(options.user.name.lastIndexOf(':') + 1)

  function send(request: TransportRequest, upgrade: boolean): { answer: Promise<LocalAnswer>; signal: AbortSignal } {
    const signal = request.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, request.signal])
    if (signal.aborted) throw aborted(request)
    const mark = request.path.indexOf('?')
    const body = request.body ?? ''
    const answer = options.handle({
      method: request.method,
      path: mark < 0 ? request.path : request.path.slice(0, mark),
      query: new URLSearchParams(mark < 0 ? '' : request.path.slice(mark + 1)),
      headers: { 'user-agent': agent, ...lowerCaseNames(request.headers ?? {}) },
      body: async () => (typeof body === 'string' ? Buffer.from(body) : body),
      user: options.user,
      upgrade,
      signal,
    })
    return { answer, signal }
  }

  return {
    async request(request) {
      const { answer, signal } = send(request, false)
      const result = await answer
      if (signal.aborted) throw aborted(request)
      return plainAnswer(result, request, signal)
    },

    async upgrade({ path, protocol, headers, signal }) {
      const request: TransportRequest = { method: 'GET', path, headers: upgradeHeaders(protocol, headers) }
      if (signal !== undefined) request.signal = signal
      const sent = send(request, true)
      const answer = await sent.answer
      if (answer.kind !== 'upgrade') {
        throw statusErrorOf(answer.code, await readText(plainAnswer(answer, request, sent.signal)))
      }
      const { ours, theirs } = streamPair()
      sent.signal.addEventListener('abort', () => ours.destroy(), { once: true })
      answer.open(theirs)
      return ours
    },

    async close() {
      closing.abort()
    },
  }
}

function plainAnswer(answer: LocalAnswer, request: TransportRequest, signal: AbortSignal): TransportResponse {
  if (answer.kind === 'upgrade') {
    throw new ClientError('Protocol', `${request.method} ${request.path} can only be opened as a stream`)
  }
  const { code, headers } = answer
  if (answer.kind === 'stream') return { code, headers, body: untilAborted(answer.body, signal, request) }
  const whole = answer.body
  return { code, headers, whole, body: once(whole) }
}

async function* once(body: Buffer | string): AsyncGenerator<Uint8Array, void, undefined> {
  if (body.length > 0) yield typeof body === 'string' ? Buffer.from(body) : body
}

/** The same chunks, ended with an error when `signal` aborts, whatever the server's iterator is doing then. */
async function* untilAborted(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  request: TransportRequest,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = body[Symbol.asyncIterator]()
  // One promise per step: racing all steps against one long-lived promise would keep every step in memory.
  let fail: (error: unknown) => void = () => {}
  const onAbort = (): void => fail(aborted(request))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for (;;) {
      if (signal.aborted) throw aborted(request)
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        fail = reject
        iterator.next().then(resolve, reject)
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    // Not awaited: an iterator stuck in a wait would never come back.
    iterator.return?.().catch(() => {})
  }
}

function upgradeHeaders(protocol: string, headers: Record<string, string> = {}): Record<string, string> {
  return { ...headers, upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-protocol': protocol }
}

function lowerCaseNames(headers: Record<string, string>): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) result[name.toLowerCase()] = value
  return result
}

function aborted(request: TransportRequest): ClientError {
  return new ClientError('Aborted', `${request.method} ${request.path} was cancelled`)
}
