/** A harbour behind a real TLS port, with clients of every protocol. */

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { connect as connectHttp2, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { openPki } from '../../auth/pki.ts'
import type { ApiServerOptions } from '../options.ts'
import { systemClock } from '../../control-plane/system-clock.ts'
import { openHarbour, sailor, type Harbour } from './harbour.ts'

export interface TlsReply {
  code: number
  headers: IncomingHttpHeaders
  body: Buffer
  text: string
}

export interface TlsHarbour extends Harbour {
  port: number
  ca: string
  /** HTTP/1.1 on a connection of its own. */
  http1(method: string, path: string, options?: RequestOptions & { body?: string | Buffer }): Promise<TlsReply>
  http2(): ClientHttp2Session
  webSocket(path: string, protocols?: string[]): WebSocket
  /** Bytes of one's own over TLS. */
  raw(protocol: 'http/1.1' | 'h2'): Promise<TLSSocket>
}

/** Everybody is the sailor, unless an authenticator is given. */
export async function openTlsHarbour(
  options: Partial<ApiServerOptions> & { historyLimit?: number } = {},
): Promise<TlsHarbour> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-tls-harbour-'))
  const pki = await openPki({ directory, clock: systemClock })
  const harbour = await openHarbour({ authenticator: { authenticate: async () => sailor }, ...options })
  const { key, certificate } = pki.server
  const ca = pki.caCertificate
  const { port } = await harbour.server.listen({ host: '127.0.0.1', port: 0, tls: { key, cert: certificate, ca } })
  const sessions: ClientHttp2Session[] = []
  return {
    ...harbour,
    port,
    ca,
    http1: (method, path, more = {}) => http1({ host: '127.0.0.1', port, ca, method, path, agent: false, ...more }),
    http2() {
      const session = connectHttp2(`https://127.0.0.1:${port}`, { ca })
      session.on('error', () => {})
      sessions.push(session)
      return session
    },
    webSocket: (path, protocols = []) => new WebSocket(`wss://127.0.0.1:${port}${path}`, protocols, { ca }),
    async raw(protocol) {
      const socket = connectTls({ host: '127.0.0.1', port, ca, ALPNProtocols: [protocol] })
      socket.on('error', () => {})
      await once(socket, 'secureConnect')
      return socket
    },
    async close() {
      for (const session of sessions) session.destroy()
      await harbour.close()
      await rm(directory, { recursive: true })
    },
  }
}

function http1({ body, ...options }: RequestOptions & { body?: string | Buffer }): Promise<TlsReply> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve({ code: response.statusCode ?? 0, headers: response.headers, body: bytes, text: bytes.toString() })
      })
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** One request on a session. */
export async function ask2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<TlsReply> {
  const stream = session.request(headers)
  stream.end(body)
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  return { code: answered[':status'], headers: answered, body: bytes, text: bytes.toString() }
}
