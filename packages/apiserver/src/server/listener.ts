/** HTTP/1.1 and HTTP/2 over TLS on one port, and WebSocket upgrades, mapped onto the transport-free handler. */

import type { IncomingMessage } from 'node:http'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Logger } from '@berth/base'
import { StatusError } from '@berth/meta'
import type { ApiAnswer, ApiHandler, ApiRequest } from '../transport.ts'
import type { Authenticator, Credentials } from './authenticator.ts'
import { answerClientError } from './client-error.ts'
import { ByteBudget } from './byte-budget.ts'
import { Connections } from './connections.ts'
import { failureAnswer } from './failure.ts'
import type { ServerLimits } from './limits.ts'
import type { Listener, ListenOptions } from './options.ts'
import { peerCertificateOf } from './peer-certificate.ts'
import { rawPathOf, serveRaw, type RawPath } from './raw-paths.ts'
import { readRequest, type IncomingRequest, type ReadingParts } from './read-request.ts'
import { sendAnswer } from './send-answer.ts'
import { trackIdleSessions } from './idle-sessions.ts'
import { uriTooLong } from './uri-too-long.ts'
import { UserConnections } from './user-connections.ts'
import { WebSocketUpgrades } from './websocket-upgrades.ts'

export interface ListenerParts extends ListenOptions {
  handler: ApiHandler
  authenticator: Authenticator
  limits: ServerLimits
  logger: Logger
  rawPaths: readonly RawPath[]
}

/** Milliseconds running requests get to finish when the listener closes. */
const closeGraceMs = 5_000

/** Why a request ended early. One for all: making an error, with its stack, for every request costs more than routing it. */
const gone = Object.assign(new Error('the client has gone away'), { name: 'AbortError' })

export async function listen(parts: ListenerParts): Promise<Listener> {
  const { limits, logger } = parts
  const server = createServer(parts)
  const connections = new Connections(server, limits.connectionsPerAddress)
  const closeSessions = trackIdleSessions(server, limits.idleMs)
  const upgrades = new WebSocketUpgrades()
  const closing = new AbortController()
  const bodies = new ByteBudget(limits.bodiesBytes)
  const users = new UserConnections(limits.connectionsPerUser)
  /** Connections with a request that may take as long as it likes to arrive. */
  const unhurried = new WeakSet<Duplex>()

  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    if (request.httpVersionMajor === 1) connections.busy(request.socket, response)
    const abort = new AbortController()
    // Also runs after a complete answer; nothing listens then any more.
    response.once('close', () => abort.abort(gone))
    request.on('error', () => abort.abort(gone))
    response.on('error', () => abort.abort(gone))
    const http1 = request.httpVersionMajor === 1
    const send = { closing: closing.signal, http1, stallMs: limits.stallMs }
    const reading = { bodies, signal: abort.signal, upgrade: false }
    const raw = rawPathOf(parts.rawPaths, request.url)
    if (raw !== undefined) {
      const { socket } = request
      if (http1) unhurried.add(socket)
      response.once('close', () => unhurried.delete(socket))
      void serveRaw(raw, { incoming: request, response, reading: { ...reading, limits }, send, logger })
      return
    }
    void answer(parts, request, { ...reading, users }).then((answered) => {
      const drop = answered.kind === 'upgrade' ? unexpectedUpgrade(parts) : answered
      return sendAnswer(response, drop, send)
    })
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    connections.busy(request.socket, socket)
    const abort = new AbortController()
    socket.once('close', () => abort.abort())
    socket.on('error', () => socket.destroy())
    void answer(parts, request, {
      bodies,
      users,
      signal: abort.signal,
      upgrade: WebSocketUpgrades.asked(request),
    }).then((answered) => upgrades.serve({ request, socket, head, answer: answered }))
  })
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    // The time for a whole request is over; a raw path keeps its own.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && unhurried.has(socket)) return
    answerClientError(error, socket)
  })
  server.on('tlsClientError', (error) => logger.debug({ err: error }, 'a TLS handshake failed'))

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: parts.host, port: parts.port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // A listening TCP server has an address with a port.
  const { address, port } = server.address() as AddressInfo
  return {
    host: address,
    port,
    close: () => close({ server, connections, closeSessions, upgrades, closing }),
  }
}

function createServer({ tls, limits }: ListenerParts): Http2SecureServer {
  const server = createSecureServer({
    ...tls,
    allowHTTP1: true,
    requestCert: true,
    // The authenticator decides: a client may come with a token and no certificate.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    // Node's HTTP/1.1 server does this by itself, its HTTP/2 server does not: an answer in two packets would wait 40 ms for the
    // client's delayed acknowledgement of the first.
    noDelay: true,
    // A console may say nothing for days; whether its client is still there, only this tells.
    keepAlive: true,
    keepAliveInitialDelay: 15_000,
    handshakeTimeout: limits.headersMs,
    // Taken over by the HTTP/1.1 side.
    headersTimeout: limits.headersMs,
    requestTimeout: limits.receiveMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    maxHeaderSize: limits.headerBytes,
    // HTTP/2 counts its pseudo-headers; past this a stream is reset.
    maxHeaderListPairs: limits.headerCount + 8,
    // HTTP/2: megabytes a session may hold; a full list waiting to be sent counts.
    maxSessionMemory: 512,
    settings: {
      maxConcurrentStreams: limits.streamsPerConnection,
      maxHeaderListSize: limits.headerBytes,
      initialWindowSize: 1024 * 1024,
    },
  } as Parameters<typeof createSecureServer>[0])
  server.maxConnections = limits.connections
  // HTTP/1.1 drops headers past this without a word: one more than is allowed tells that there were too many.
  Object.assign(server, { maxHeadersCount: limits.headerCount + 1 })
  return server
}

/** Authenticates and handles; never rejects. */
async function answer(
  { handler, authenticator, limits, logger }: ListenerParts,
  incoming: IncomingRequest,
  { bodies, users, signal, upgrade }: Omit<ReadingParts, 'limits'> & { users: UserConnections },
): Promise<ApiAnswer> {
  const url = incoming.url ?? '/'
  let request: Omit<ApiRequest, 'user'> | undefined
  try {
    if (url.length > limits.urlBytes) throw uriTooLong(limits.urlBytes)
    request = readRequest(incoming, { limits, bodies, signal, upgrade })
    const peerCertificate = peerCertificateOf(incoming)
    const credentials = { headers: request.headers, ...(peerCertificate === undefined ? {} : { peerCertificate }) }
    const who = await identify(authenticator, credentials)
    if (who.refused === undefined) users.admit(incoming, who.user)
    return await handler({ ...request, ...who })
  } catch (error) {
    return failureAnswer(error, {
      logger,
      errorId: () => crypto.randomUUID(),
      request: { method: incoming.method ?? '', path: request?.path ?? '' },
    })
  }
}

/** Who it is; nobody, and why not, when credentials were shown that are not good. */
async function identify(
  authenticator: Authenticator,
  credentials: Credentials,
): Promise<Pick<ApiRequest, 'user' | 'refused'>> {
  try {
    return { user: await authenticator.authenticate(credentials) }
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 'Unauthorized') throw error
    return { user: { name: '', groups: [] }, refused: error }
  }
}

function unexpectedUpgrade({ logger }: ListenerParts): Exclude<ApiAnswer, { kind: 'upgrade' }> {
  logger.error({}, 'a request without an upgrade was answered with one')
  return { kind: 'full', code: 500, headers: {}, body: '' }
}

interface Closing {
  server: Http2SecureServer
  connections: Connections
  closeSessions: () => void
  upgrades: WebSocketUpgrades
  closing: AbortController
}

async function close({ server, connections, closeSessions, upgrades, closing }: Closing): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  closing.abort()
  upgrades.close()
  closeSessions()
  connections.closeIdle()
  const cut = setTimeout(() => connections.cut(), closeGraceMs)
  await closed
  clearTimeout(cut)
}
