/**
 * A UDP port of the guest as a stream of datagrams: each chunk is one. QEMU has no way to a guest's UDP port but a forward that stays
 * open for as long as it is used; sessions to the same port share one, because the guest's answers would leave through any of them.
 * While it is open, another user of this host who looks its address up can send to that port of the guest as well. What is received
 * on the session's own socket comes from QEMU alone.
 */

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { addForward, removeForward, type Forward, type UserNetwork } from './usernet.ts'

/** Datagrams kept for a session that is slow to take them; more are dropped, as a network does. */
const keptDatagrams = 64

interface Shared {
  forward: Promise<Forward>
  sessions: number
}

export class DatagramPorts {
  readonly #net: UserNetwork
  readonly #shared = new Map<number, Shared>()
  readonly #open = new Set<Datagrams>()

  constructor(net: UserNetwork) {
    this.#net = net
  }

  /** @throws {DriverError} Refused, Protocol */
  async dial(port: number): Promise<Duplex> {
    const shared = this.#shared.get(port) ?? { forward: addForward(this.#net, 'udp', port), sessions: 0 }
    this.#shared.set(port, shared)
    shared.sessions += 1
    try {
      const datagrams = datagramsOf(await connected(await shared.forward))
      this.#open.add(datagrams)
      datagrams.stream.once('close', () => {
        this.#open.delete(datagrams)
        void this.#leave(port, shared).catch(() => {}) // QEMU is gone, and the forward with it
      })
      return datagrams.stream
    } catch (error) {
      await this.#leave(port, shared).catch(() => {}) // the first failure is the one to tell
      throw error
    }
  }

  /** Ends every session in order: there is no one left to talk to. */
  end(): void {
    for (const datagrams of this.#open) datagrams.end()
  }

  async #leave(port: number, shared: Shared): Promise<void> {
    shared.sessions -= 1
    if (shared.sessions > 0) return
    // Before anything is awaited: who comes now makes a forward of their own.
    if (this.#shared.get(port) === shared) this.#shared.delete(port)
    await removeForward(this.#net, await shared.forward)
  }
}

/** QEMU answers to 127.0.0.1, whatever loopback address the question came from. */
async function connected({ address, port }: Forward): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.connect(port, address)
  await once(socket, 'connect')
  return socket
}

interface Datagrams {
  stream: Duplex
  /** Nothing more will come. */
  end(this: void): void
}

function datagramsOf(socket: Socket): Datagrams {
  const stream = new Duplex({
    objectMode: true,
    readableHighWaterMark: keptDatagrams,
    read() {},
    write(datagram: Buffer, _encoding, done) {
      socket.send(datagram, done)
    },
    destroy(error, done) {
      socket.close(() => done(error))
    },
  })
  let ended = false
  socket.on('message', (datagram) => {
    if (!ended && stream.readableLength < keptDatagrams) stream.push(datagram)
  })
  socket.on('error', (error) => stream.destroy(error))
  // Errors arrive as close; without a listener they would end the process.
  stream.on('error', () => {})
  return {
    stream,
    end() {
      if (!ended && !stream.destroyed) stream.push(null)
      ended = true
    },
  }
}
