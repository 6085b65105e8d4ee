/** The ways to the ports of one guest, over its first network card. */

import type { Duplex } from 'node:stream'
import { dialGuest } from './dial.ts'
import { DatagramPorts } from './datagrams.ts'
import { removeAllForwards, type PortProtocol, type UserNetwork } from './usernet.ts'
import { validatePort } from '../validate/user-network.ts'

/** Milliseconds for the guest to answer. */
const timeoutMs = 5000
/** Connections that wait for the guest at the same time; each asks QEMU for its list again and again. */
const maxDialing = 16

export class GuestPorts {
  readonly #net: UserNetwork
  readonly #datagrams: DatagramPorts
  #dialing = 0
  readonly #waiting: (() => void)[] = []

  constructor(net: UserNetwork) {
    this.#net = net
    this.#datagrams = new DatagramPorts(net)
  }

  /** UDP gives and takes one datagram per chunk. @throws {DriverError} InvalidSpec, Refused, Timeout, Protocol */
  async dial(port: number, protocol: PortProtocol): Promise<Duplex> {
    validatePort(port)
    if (protocol === 'udp') return this.#datagrams.dial(port)
    if (this.#dialing >= maxDialing) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#dialing += 1
    try {
      return await dialGuest(this.#net, { port, timeoutMs })
    } finally {
      this.#dialing -= 1
      this.#waiting.shift()?.()
    }
  }

  /** Closes what a driver left open that ended in the middle of a session. */
  sweep(): Promise<void> {
    return removeAllForwards(this.#net)
  }

  /** QEMU is gone: TCP connections notice by themselves. */
  end(): void {
    this.#datagrams.end()
  }
}
