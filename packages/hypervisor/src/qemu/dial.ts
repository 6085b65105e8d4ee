/**
 * Connects to a port of the guest through QEMU's user-mode network: a port forward on the loopback address is added, connected to
 * and removed again. Between adding and removing (a few milliseconds) any user of this host could connect to that port too.
 */

import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { DriverError } from '../driver.ts'
import { validatePort } from '../validate/user-network.ts'

export interface DialOptions {
  /** Runs a monitor command and gives back what it printed. */
  monitor(this: void, command: string): Promise<string>
  /** Id of the network, as `netId` makes it. */
  network: string
  guestAddress: string
  port: number
  /** Names the machine in errors. */
  machine: string
  /** Milliseconds for the guest to answer. */
  timeoutMs: number
}

/** One line of `info usernet`: state, descriptor, source address and port, destination address and port. */
const usernetLine = /^\s*TCP\[([A-Z0-9_]+)\]\s+-?\d+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)/

interface Flow {
  state: string
  hostPort: number
  guestAddress: string
  guestPort: number
}

/** A flow that is not listed after this time was refused between two looks at the list. */
const unseenMs = 250

/** TCP flows of a network, from what `info usernet` prints. */
export function parseUsernet(text: string): Flow[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, state = '', , hostPort, guestAddress = '', guestPort] = usernetLine.exec(line) ?? []
    if (hostPort === undefined) return []
    return [{ state, hostPort: Number(hostPort), guestAddress, guestPort: Number(guestPort) }]
  })
}

/** @throws {DriverError} InvalidSpec, Refused, Timeout */
export async function dialGuest(options: DialOptions): Promise<Duplex> {
  const { monitor, network, guestAddress, port, machine } = options
  validatePort(port)
  const problem = (await monitor(`hostfwd_add ${network} tcp:127.0.0.1:0-${guestAddress}:${port}`)).trim()
  if (problem !== '') throw new DriverError('Refused', `QEMU does not forward to ${machine}: ${problem.slice(0, 500)}`)
  const forward = parseUsernet(await monitor('info usernet')).findLast(
    (flow) => flow.state === 'HOST_FORWARD' && flow.guestPort === port && flow.guestAddress === guestAddress,
  )
  if (forward === undefined) throw new DriverError('Protocol', `QEMU lists no forward to port ${port} of ${machine}`)
  let socket: Socket
  try {
    socket = await connectLoopback(forward.hostPort)
    await untilEstablished(options, socket, forward.hostPort)
  } finally {
    await monitor(`hostfwd_remove ${network} tcp:127.0.0.1:${forward.hostPort}`)
  }
  return socket
}

/** QEMU accepts the connection before it asks the guest; its list tells what the guest said. */
async function untilEstablished(options: DialOptions, socket: Socket, hostPort: number): Promise<void> {
  const { monitor, port, machine, timeoutMs } = options
  const start = performance.now()
  let seen = false
  for (let pause = 1; ; pause = Math.min(50, pause * 2)) {
    const flow = parseUsernet(await monitor('info usernet')).find(
      (each) => each.hostPort === hostPort && each.state !== 'HOST_FORWARD',
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

function connectLoopback(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => socket.destroy())
      resolve(socket)
    })
  })
}
