/** Requests over HTTP/1.1 with TLS. Network modules load with the first request, so that programs which need none start fast. */

import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import type { Transport, TransportRequest, TransportResponse } from './contract.ts'
import { connectionError } from './connection-error.ts'
import { credentialSource, type CredentialOptions } from './credentials.ts'
import { ClientError } from './errors.ts'
import type { Connection } from './kubeconfig.ts'
import type { TlsSettings } from './tls-settings.ts'

export interface HttpTransportOptions extends CredentialOptions {
  /** To reach the server, TLS included; 10 s unless given. */
  connectTimeoutMs?: number
  /** From sending to the answer's first byte; 60 s unless given. */
  answerTimeoutMs?: number
  userAgent?: string
}

/** A cut peer is noticed after a few of these. */
const tcpKeepAliveMs = 15_000

/** The server closed a kept connection just as it was used again; reading may be tried once more, writing may have happened. */
class StaleConnection extends Error {
  constructor(cause: Error) {
    super('stale connection', { cause })
  }
}

/** A transport to the server of a kubeconfig context. `close` ends every open request. */
export function createHttpTransport(connection: Connection, options: HttpTransportOptions = {}): Transport {
  const base = new URL(connection.server)
  const prefix = base.pathname.replace(/\/+$/, '')
  const { connectTimeoutMs = 10_000, answerTimeoutMs = 60_000, userAgent = 'berth' } = options
  const credentials = credentialSource(connection, options)
  const closing = new AbortController()
  let agent: { made: Agent; cert: string | undefined } | undefined

  async function tls(): Promise<TlsSettings> {
    const settings: TlsSettings = { rejectUnauthorized: connection.insecureSkipTlsVerify !== true }
    const { cert, key } = (await credentials.certificate()) ?? connection
    if (connection.ca !== undefined) settings.ca = connection.ca
    if (connection.serverName !== undefined) settings.servername = connection.serverName
    if (cert !== undefined) settings.cert = cert
    if (key !== undefined) settings.key = key
    return settings
  }

  async function headersOf(given: Record<string, string> | undefined): Promise<Record<string, string | string[]>> {
    const groups = connection.impersonate?.groups ?? []
    return {
      'user-agent': userAgent,
      ...given,
      ...(groups.length > 0 ? { 'impersonate-group': groups } : {}),
      ...(await credentials.headers()),
    }
  }

  async function agentFor(settings: TlsSettings): Promise<Agent> {
    if (agent !== undefined && agent.cert === settings.cert) return agent.made
    agent?.made.destroy()
    const common = { keepAlive: true, maxFreeSockets: 16 }
    const made =
      base.protocol === 'https:'
        ? new (await import('node:https')).Agent({ ...common, ...settings })
        : new (await import('node:http')).Agent(common)
    agent = { made, cert: settings.cert }
    return made
  }

  async function send(request: TransportRequest): Promise<IncomingMessage> {
    const settings = await tls()
    const headers = await headersOf(request.headers)
    if (request.body !== undefined) headers['content-length'] = String(Buffer.byteLength(request.body))
    const { request: start } = base.protocol === 'https:' ? await import('node:https') : await import('node:http')
    const signal = request.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, request.signal])
    const outgoing = start({
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port,
      method: request.method,
      path: prefix + request.path,
      headers,
      agent: await agentFor(settings),
      signal,
    })
    outgoing.setSocketKeepAlive(true, tcpKeepAliveMs)
    return answerOf(outgoing, request.body)
  }

  function answerOf(outgoing: ClientRequest, body: Buffer | string | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const late = (what: string, ms: number): NodeJS.Timeout =>
        setTimeout(() => {
          outgoing.destroy(new ClientError('Timeout', `${connection.server} ${what} within ${ms / 1000} s`))
        }, ms)
      const answerTimer = late('did not answer', answerTimeoutMs)
      let connectTimer: NodeJS.Timeout | undefined
      outgoing.once('socket', (socket) => {
        if (!socket.connecting) return
        connectTimer = late('was not reached', connectTimeoutMs)
        socket.once(base.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(connectTimer))
      })
      outgoing.once('response', resolve)
      // Stays attached: after the answer began, the same failure also ends the body, which reports it.
      outgoing.on('error', (error) => reject(outgoing.reusedSocket ? new StaleConnection(error) : error))
      outgoing.once('close', () => clearTimeout(connectTimer))
      for (const end of ['response', 'close']) outgoing.once(end, () => clearTimeout(answerTimer))
      outgoing.end(body)
    })
  }

  function failure(error: unknown, request: { signal?: AbortSignal; method?: string; path: string }): ClientError {
    if (request.signal?.aborted === true || closing.signal.aborted) {
      return new ClientError('Aborted', `${request.method ?? 'GET'} ${request.path} was cancelled`, { cause: error })
    }
    return connectionError(connection.server, error)
  }

  async function* bodyOf(answer: IncomingMessage, request: TransportRequest): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const chunk of answer) yield chunk as Buffer // no encoding is set, so chunks are buffers
    } catch (error) {
      throw failure(error, request)
    }
  }

  async function attempt(request: TransportRequest): Promise<IncomingMessage> {
    try {
      return await send(request)
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw failure(error, request)
      if (request.method !== 'GET' || request.signal?.aborted === true) throw failure(error.cause, request)
    }
    try {
      return await send(request)
    } catch (error) {
      throw failure(error instanceof StaleConnection ? error.cause : error, request)
    }
  }

  return {
    async request(request): Promise<TransportResponse> {
      let answer = await attempt(request)
      if (answer.statusCode === 401 && credentials.rejected()) {
        answer.resume()
        answer = await attempt(request)
      }
      return { code: answer.statusCode ?? 0, headers: answer.headers, body: bodyOf(answer, request) }
    },

    async upgrade(request) {
      const { openWebSocket } = await import('./websocket.ts')
      const signal = request.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, request.signal])
      try {
        return await openWebSocket({
          url: `${connection.server.replace(/^http/, 'ws')}${request.path}`,
          protocol: request.protocol,
          headers: await headersOf(request.headers),
          tls: await tls(),
          handshakeTimeoutMs: connectTimeoutMs,
          signal,
        })
      } catch (error) {
        if (error instanceof Error && error.name === 'StatusError') throw error
        throw failure(error, request)
      }
    },

    async close() {
      closing.abort()
      agent?.made.destroy()
    },
  }
}
