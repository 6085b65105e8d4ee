/**
 * Which connections are open and which are busy, so that closing a server waits for work and not for idle clients; and how many
 * each address has, so that one does not take them all.
 */

import type { EventEmitter } from 'node:events'
import type { Http2SecureServer } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

export class Connections {
  readonly #open = new Set<Duplex>()
  readonly #busy = new Set<Duplex>()
  readonly #byAddress = new Map<string, number>()
  #closing = false

  constructor(server: Http2SecureServer, perAddress: number) {
    // TCP connections that never finish their TLS handshake count as well.
    server.on('connection', (socket: Socket) => {
      if (this.#count(socket, perAddress)) this.#track(socket)
    })
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

  /** @returns false when the address has too many; the connection is gone then */
  #count(socket: Socket, limit: number): boolean {
    const address = socket.remoteAddress ?? ''
    const open = this.#byAddress.get(address) ?? 0
    if (open >= limit) {
      socket.destroy()
      return false
    }
    this.#byAddress.set(address, open + 1)
    socket.once('close', () => {
      const left = (this.#byAddress.get(address) ?? 1) - 1
      if (left === 0) this.#byAddress.delete(address)
      else this.#byAddress.set(address, left)
    })
    return true
  }

  #track(socket: Duplex): void {
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      this.#busy.delete(socket)
    })
  }
}
