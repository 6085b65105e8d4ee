/** QEMU's user-mode network as its monitor tells of it: which ports of this host lead to which ports of the guest. */

import { randomInt } from 'node:crypto'
import { DriverError } from '../driver.ts'

export type PortProtocol = 'tcp' | 'udp'

/** Runs a monitor command and gives back what it printed. */
export type Monitor = (this: void, command: string) => Promise<string>

/** One line of `info usernet`. */
export interface Flow {
  protocol: PortProtocol
  /** `HOST_FORWARD` for a listening port of this host, otherwise a state of TCP or the rest of an UDP flow's life. */
  state: string
  hostAddress: string
  hostPort: number
  guestAddress: string
  guestPort: number
}

/** A port of this host that leads to a port of the guest. */
export interface Forward {
  protocol: PortProtocol
  address: string
  port: number
}

/** Protocol, state, descriptor, source address and port, destination address and port. */
const usernetLine = /^\s*(TCP|UDP)\[([A-Z0-9_ a-z]+)\]\s+-?\d+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)/

export function parseUsernet(text: string): Flow[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, protocol, state = '', hostAddress = '', hostPort, guestAddress = '', guestPort] =
      usernetLine.exec(line) ?? []
    if (protocol === undefined) return []
    return [
      {
        protocol: protocol === 'TCP' ? ('tcp' as const) : ('udp' as const),
        state,
        hostAddress,
        hostPort: Number(hostPort),
        guestAddress,
        guestPort: Number(guestPort),
      },
    ]
  })
}

export interface UserNetwork {
  monitor: Monitor
  /** Id of the network, as `netId` makes it. */
  network: string
  guestAddress: string
  /** Names the machine in errors. */
  machine: string
}

/**
 * Opens a port of this host that leads to the guest. Its address is a random one of the loopback network: it cannot be guessed, it
 * finds the forward again among others to the same port, and no other program listens there.
 * @throws {DriverError} Refused, Protocol
 */
export async function addForward(net: UserNetwork, protocol: PortProtocol, port: number): Promise<Forward> {
  const address = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`
  const rule = `${protocol}:${address}:0-${net.guestAddress}:${port}`
  const problem = (await net.monitor(`hostfwd_add ${net.network} ${rule}`)).trim()
  if (problem !== '') {
    throw new DriverError('Refused', `QEMU does not forward to ${net.machine}: ${problem.slice(0, 500)}`)
  }
  const made = parseUsernet(await net.monitor('info usernet')).find(
    (flow) => isForward(flow) && flow.protocol === protocol && flow.hostAddress === address,
  )
  if (made === undefined) throw new DriverError('Protocol', `QEMU lists no forward to port ${port} of ${net.machine}`)
  return { protocol, address, port: made.hostPort }
}

export async function removeForward({ monitor, network }: UserNetwork, forward: Forward): Promise<void> {
  await monitor(`hostfwd_remove ${network} ${forward.protocol}:${forward.address}:${forward.port}`)
}

/** Closes what a driver left open that ended in the middle of a session. */
export async function removeAllForwards(net: UserNetwork): Promise<void> {
  for (const flow of parseUsernet(await net.monitor('info usernet'))) {
    if (isForward(flow)) {
      await removeForward(net, { protocol: flow.protocol, address: flow.hostAddress, port: flow.hostPort })
    }
  }
}

export function isForward({ state }: Flow): boolean {
  return state === 'HOST_FORWARD'
}
