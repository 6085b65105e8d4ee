/** Which connections are open and which are busy, so that closing a server waits for work and not for idle clients. */

import type { EventEmitter } from 'node:events'
import type { Http2SecureServer } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

export class Connections {
  readonly #open = new Set<Duplex>()
  readonly #busy = new Set<Duplex>()
  #closing = false

  constructor(server: Http2SecureServer) {
    // TCP connections that never finish their TLS handshake count as well.
    server.on('connection', (socket: Duplex) => this.#track(socket))
    server.on('secureConnection', (socket: TLSSocket) => {
      this.#track(socket)
      // HTTP/2 sessions say goodbye themselves.
      if (socket.alpnProtocol === 'h2') this.#busy.add(socket)
    })
  }

  /** An HTTP/1.1 connection has work until `work` closes. */
  busy(socket: Duplex, work: EventEmitter): void {
    this.#busy.add(socket)
    work.once('close', () => {
      this.#busy.delete(socket)
      if (this.#closing) socket.destroy()
    })
  }

  /** Ends what has nothing to do, now and as soon as that happens. */
  closeIdle(): void {
    this.#closing = true
    for (const socket of this.#open) {
      // Only TLS sockets know whether they are busy; the TCP sockets below end with them.
      if ('alpnProtocol' in socket && !this.#busy.has(socket)) socket.destroy()
    }
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #track(socket: Duplex): void {
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      this.#busy.delete(socket)
    })
  }
}
