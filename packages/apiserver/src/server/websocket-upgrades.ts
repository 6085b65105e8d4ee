/** WebSocket handshakes: what the handler answered decides whether the connection becomes a byte stream or gets a refusal. */

// oxlint-disable-next-line no-unassigned-import -- it prepares the library that is loaded after it
import './faster-masking.ts'
import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { ApiAnswer } from '../transport.ts'
import { channelOf } from './websocket-channel.ts'

/** Bytes of one message from a client. */
const maxPayload = 4 * 1024 * 1024

export interface UpgradeAttempt {
  request: IncomingMessage
  socket: Duplex
  head: Buffer
  answer: ApiAnswer
}

export class WebSocketUpgrades {
  readonly #protocols = new WeakMap<IncomingMessage, string>()
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload,
    perMessageDeflate: false,
    clientTracking: true,
    handleProtocols: (_offered, request) => this.#protocols.get(request) ?? false,
  })

  /** `Upgrade: websocket`, the only protocol served; SPDY clients fall back to it or fail with a Status. */
  static asked(request: IncomingMessage): boolean {
    return request.headers.upgrade?.toLowerCase() === 'websocket'
  }

  async serve({ request, socket, head, answer }: UpgradeAttempt): Promise<void> {
    if (socket.destroyed) {
      if (answer.kind === 'stream') await answer.body[Symbol.asyncIterator]().return?.()
      if (answer.kind === 'upgrade') answer.abandon?.()
      return
    }
    if (answer.kind !== 'upgrade') return refuse(socket, answer)
    let opened = false
    // Every way out that is not the one below ends the connection.
    socket.once('close', () => {
      if (!opened) answer.abandon?.()
    })
    const offered = offeredProtocols(request)
    const protocol = answer.protocol === '' ? offered[0] : answer.protocol
    if (protocol !== undefined && offered.length > 0) {
      if (!offered.includes(protocol)) {
        return refuse(socket, text(400, `the WebSocket sub-protocol ${protocol} is required`))
      }
      this.#protocols.set(request, protocol)
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      opened = true
      answer.open(channelOf(webSocket, answer))
    })
  }

  /** Tells every client that the server is going (1001). */
  close(): void {
    for (const client of this.#server.clients) client.close(1001)
  }
}

function offeredProtocols(request: IncomingMessage): string[] {
  const header = request.headers['sec-websocket-protocol'] ?? ''
  return (
    header
      .split(',')
      .map((each) => each.trim())
      // The bearer token of a browser travels as a protocol but is none.
      .filter((each) => each !== '' && !each.startsWith('base64url.bearer.authorization.k8s.io.'))
  )
}

type Refusal = Exclude<ApiAnswer, { kind: 'upgrade' }>

function text(code: number, body: string): Refusal {
  return { kind: 'full', code, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${body}\n` }
}

/** After an upgrade request the socket is ours: the answer is written by hand, and the connection ends. */
async function refuse(socket: Duplex, answer: Refusal): Promise<void> {
  const head = [`HTTP/1.1 ${answer.code} ${STATUS_CODES[answer.code] ?? ''}`, 'Connection: close']
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const each of Array.isArray(value) ? value : [value]) head.push(`${name}: ${each.replace(/[\r\n]/g, ' ')}`)
  }
  if (answer.kind === 'stream') {
    // A stream (logs) is not served on an upgraded connection; its source must still be released.
    await answer.body[Symbol.asyncIterator]().return?.()
    return refuse(socket, text(400, 'this path does not upgrade; use a plain GET'))
  }
  head.push(`content-length: ${Buffer.byteLength(answer.body)}`)
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  socket.end(answer.body)
}
