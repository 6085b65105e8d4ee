/**
 * Connects to a TCP port of the guest through QEMU's user-mode network: a forward on the loopback network is added, connected to and
 * removed again. Between adding and removing (a few milliseconds) another user of this host who finds the port could connect too.
 */

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { DriverError } from '../driver.ts'
import { connectLending } from '../lent-reads.ts'
import { addForward, isForward, parseUsernet, removeForward, type Forward, type UserNetwork } from './usernet.ts'

export interface DialOptions {
  port: number
  /** Milliseconds for the guest to answer. */
  timeoutMs: number
}

/** A flow that is not listed after this time was refused between two looks at the list. */
const unseenMs = 250

/** @throws {DriverError} Refused, Timeout, Protocol */
export async function dialGuest(net: UserNetwork, options: DialOptions): Promise<Duplex> {
  const forward = await addForward(net, 'tcp', options.port)
  let socket: Socket
  try {
    socket = await connectTo(forward)
    await untilEstablished(net, { ...options, socket, forward })
  } finally {
    await removeForward(net, forward)
  }
  return socket
}

/** QEMU accepts the connection before it asks the guest; its list tells what the guest said. */
async function untilEstablished(
  { monitor, machine }: UserNetwork,
  { port, timeoutMs, socket, forward }: DialOptions & { socket: Socket; forward: Forward },
): Promise<void> {
  const start = performance.now()
  let seen = false
  for (let pause = 1; ; pause = Math.min(50, pause * 2)) {
    const flow = parseUsernet(await monitor('info usernet')).find(
      (each) => each.hostAddress === forward.address && !isForward(each),
    )
    seen ||= flow !== undefined
    if (flow?.state === 'ESTABLISHED') return
    const waited = performance.now() - start
    const gone = flow === undefined && (seen || waited > unseenMs)
    if (socket.destroyed || gone || (flow !== undefined && flow.state !== 'SYN_SENT')) {
      socket.destroy()
      throw new DriverError('Refused', `nothing listens on port ${port} of ${machine}`)
    }
    if (waited > timeoutMs) {
      socket.destroy()
      throw new DriverError('Timeout', `${machine} did not answer on port ${port} within ${timeoutMs} ms`)
    }
    await delay(pause)
  }
}

function connectTo({ address, port }: Forward): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectLending({ host: address, port, allowHalfOpen: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => socket.destroy())
      resolve(socket)
    })
  })
}
