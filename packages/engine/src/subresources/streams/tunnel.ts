/**
 * A client's WebSocket joined to a stream of a machine. Neither side is read faster than the other takes, and what one side said before
 * it ended reaches the other. How a session ends:
 *
 * - the machine ends it (the guest is over, or closed the connection): 1000
 * - QEMU died: 1011
 * - a newer session took over, or the connection in the guest broke: cut without a close frame, which clients see as 1006
 * - the engine shuts down: 1001, by the API server
 */

import type { Duplex } from 'node:stream'
import {
  endChannel,
  sendsBytes,
  type ChannelEnd,
  type SubresourceAnswer,
  type SubresourceRequest,
} from '@berth/apiserver'
import { giveBack } from '@berth/hypervisor'
import { badRequest } from '@berth/meta'

const protocol = 'plain.kubevirt.io'
/** Time for a machine to take more of what a client sent before it left. */
const lingerMs = 30_000
const inOrder: ChannelEnd = { code: 1000, reason: '' }

export interface TunnelOptions {
  /** Each chunk is a message of its own. */
  messages?: boolean
  keepAliveMs?: number
  /** Called when the session begins; what it returns when it is over. */
  count?: () => () => void
  /** Asked when the machine has ended its stream; 1000 unless given. */
  whenEnded?: () => Promise<ChannelEnd>
}

/** @throws {StatusError} 400 for a request that is no WebSocket's */
export function requireUpgrade(request: SubresourceRequest): void {
  if (!request.upgrade) throw badRequest(`this is a WebSocket endpoint; connect with sub-protocol ${protocol}`)
}

export function tunnel(
  machine: Duplex,
  { messages, keepAliveMs, count, whenEnded }: TunnelOptions = {},
): SubresourceAnswer {
  return {
    kind: 'upgrade',
    protocol,
    ...(messages === undefined ? {} : { messages }),
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
    open(channel) {
      const leave = count?.()
      if (leave !== undefined) channel.once('close', leave)
      join(channel, machine, whenEnded)
    },
    abandon: () => void machine.destroy(),
  }
}

export function join(channel: Duplex, machine: Duplex, whenEnded?: () => Promise<ChannelEnd>): void {
  let left = false
  let over = false
  const stop = pour(machine, channel)
  channel.once('end', () => {
    left = true
    stop()
    finish(machine, channel)
  })
  channel.once('close', () => {
    if (!left) machine.destroy()
  })
  machine.once('end', () => {
    over = true
    void goodbye(channel, machine, whenEnded)
  })
  machine.once('close', () => {
    if (over) return
    // A process that dies with something unread resets its connections; a newer session closes them without an error.
    if (machine.errored !== null && whenEnded !== undefined) void goodbye(channel, machine, whenEnded)
    else channel.destroy()
  })
  machine.on('error', () => machine.destroy())
  channel.pipe(machine, { end: false })
  if (machine.destroyed) channel.destroy()
}

/** Not by `pipe`, which does not tell when a chunk's memory can be used again. @returns what ends it */
function pour(machine: Duplex, channel: Duplex): () => void {
  const lent = sendsBytes(channel)
  const carry = (chunk: Buffer): void => {
    const taken = lent ? channel.write(chunk, () => giveBack(chunk)) : channel.write(chunk)
    if (!taken) machine.pause()
  }
  const goOn = (): void => void machine.resume()
  machine.on('data', carry)
  channel.on('drain', goOn)
  return () => {
    machine.off('data', carry)
    channel.off('drain', goOn)
  }
}

async function goodbye(
  channel: Duplex,
  machine: Duplex,
  whenEnded: (() => Promise<ChannelEnd>) | undefined,
): Promise<void> {
  endChannel(channel, (await whenEnded?.()) ?? inOrder)
  // A stream that ended with the machine takes nothing more; what the client still says is read up to its own goodbye.
  channel.unpipe(machine).resume()
  machine.end()
}

/** The client is gone: the machine gets what is left, as long as it takes any of it. */
function finish(machine: Duplex, channel: Duplex): void {
  // Closing a socket with unread bytes would throw away the unsent ones.
  machine.resume()
  machine.end()
  channel.destroy()
  let before = -1
  const timer = setInterval(() => {
    if (machine.writableLength === 0 || machine.writableLength === before) machine.destroy()
    before = machine.writableLength
  }, lingerMs)
  machine.once('close', () => clearInterval(timer))
}
