/** A WebSocket as a byte stream. */

// oxlint-disable-next-line no-unassigned-import -- it prepares the library that is loaded after it
import './faster-masking.ts'
import type { IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { statusErrorOf } from './answer.ts'
import { ClientError, StreamClosedError } from './errors.ts'
import type { TlsSettings } from './tls-settings.ts'

export interface WebSocketRequest {
  url: string
  protocol: string
  headers: Record<string, string | string[]>
  tls: TlsSettings
  handshakeTimeoutMs: number
  signal: AbortSignal
}

/** Far above what any console, VNC or port-forward frame is. */
const maxFrameBytes = 16 * 1024 * 1024
/** How long a closing stream waits for the server's close frame. */
const closeWaitMs = 2000
const normalClose = 1000
/** "No code in the close frame", as peers that do not care send it. */
const closeWithoutCode = 1005
const maxRefusalBytes = 64 * 1024

/** @throws {StatusError} when the server answers without upgrading */
export function openWebSocket(request: WebSocketRequest): Promise<Duplex> {
  const { url, protocol, headers, tls, handshakeTimeoutMs, signal } = request
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new ClientError('Aborted', 'cancelled'))
      return
    }
    const socket = new WebSocket(url, [protocol], {
      ...tls,
      headers,
      handshakeTimeout: handshakeTimeoutMs,
      perMessageDeflate: false,
      maxPayload: maxFrameBytes,
    })
    const abort = (): void => socket.terminate()
    signal.addEventListener('abort', abort, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', abort))
    socket.once('error', reject)
    socket.once('unexpected-response', (outgoing, answer) => {
      refusal(answer)
        .then(reject, reject)
        .finally(() => outgoing.destroy())
    })
    // The stream listens from the first moment on: a server may send in the same packet as its handshake.
    const stream = new WebSocketStream(socket)
    // Until it is handed out nobody else listens; `error` above rejects.
    const ignore = (): void => {}
    stream.on('error', ignore)
    socket.once('open', () => {
      stream.off('error', ignore)
      resolve(stream)
    })
  })
}

async function refusal(answer: IncomingMessage): Promise<Error> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
    const bytes = chunk as Buffer // no encoding is set
    size += bytes.byteLength
    if (size > maxRefusalBytes) break
    chunks.push(bytes)
  }
  return statusErrorOf(answer.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))
}

class WebSocketStream extends Duplex {
  private readonly socket: WebSocket

  constructor(socket: WebSocket) {
    super()
    this.socket = socket
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      // Text frames carry nothing in the protocols this serves; KubeVirt's own clients skip them too.
      if (isBinary && !this.push(data)) socket.pause()
    })
    socket.once('close', (code, reason) => {
      if (code === normalClose || code === closeWithoutCode) this.push(null)
      else this.destroy(new StreamClosedError(code, reason.toString('utf8')))
      if (!this.writableEnded) this.end()
    })
    // 'close' follows every error with the code that tells what happened.
    socket.on('error', () => {})
  }

  override _read(): void {
    if (this.socket.isPaused) this.socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.socket.readyState !== WebSocket.OPEN) {
      callback(new StreamClosedError(1006, 'the stream is closed'))
      return
    }
    this.socket.send(chunk, { binary: true }, callback)
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.socket.close(normalClose)
    callback()
    // A paused socket would never see the server's close frame.
    this.socket.resume()
    this.expectClose()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.socket.readyState === WebSocket.OPEN && error === null) {
      this.socket.close(normalClose)
      this.socket.resume()
      this.expectClose()
    } else if (this.socket.readyState !== WebSocket.CLOSED) this.socket.terminate()
    callback(error)
  }

  private expectClose(): void {
    const timer = setTimeout(() => this.socket.terminate(), closeWaitMs)
    this.socket.once('close', () => clearTimeout(timer))
  }
}
