/** A UDP port of this computer whose datagrams go to a machine: a stream for each address that sends, in which a chunk is a datagram. */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { messageOf } from '@berth/base'
import { CliError } from '../failure.ts'
import { printable } from '../terminal.ts'
import type { LocalPort } from './local-port.ts'

/** Most programs of this computer that are served at once; UDP does not tell when one has gone. */
const maxSenders = 64
/** A sender that is silent for so long, both ways, is gone. */
const idleMs = 2 * 60_000

interface Sender {
  stream: Promise<Duplex>
  usedMs: number
}

/** A stream that could not be opened: told where that was tried. */
const ignore = (): void => {}

/**
 * Listens on 127.0.0.1 only: what a machine offers its owner is not for the whole network.
 * @param options.port 0 for any free one
 * @param options.open called for each address that sends
 * @param options.onFailure a stream could not be opened or broke; the words are safe to print
 * @throws {CliError} Failed when the port is taken
 */
export async function openLocalDatagrams(options: {
  port: number
  open(): Promise<Duplex>
  onFailure(message: string): void
}): Promise<LocalPort> {
  const senders = new Map<string, Sender>()
  const socket = createSocket('udp4')

  function join(address: string, port: number): Sender {
    const key = `${address}:${port}`
    const known = senders.get(key)
    if (known !== undefined) return known
    if (senders.size >= maxSenders) forgetOldest()
    const sender: Sender = { stream: options.open(), usedMs: performance.now() }
    senders.set(key, sender)
    const forget = (): void => {
      if (senders.get(key) === sender) senders.delete(key)
    }
    answer(sender, { address, port, forget }).catch((error: unknown) => {
      forget()
      options.onFailure(printable(messageOf(error)))
    })
    return sender
  }

  async function answer(sender: Sender, to: { address: string; port: number; forget(): void }): Promise<void> {
    const stream = await sender.stream
    stream.on('data', (datagram: Buffer) => {
      sender.usedMs = performance.now()
      socket.send(datagram, to.port, to.address)
    })
    stream.on('error', (error) => options.onFailure(printable(messageOf(error))))
    stream.once('close', () => to.forget())
    // Nothing more will come from there.
    stream.once('end', () => stream.destroy())
  }

  async function pass(sender: Sender, datagram: Buffer): Promise<void> {
    sender.usedMs = performance.now()
    const stream = await sender.stream
    // What does not fit is dropped, as a network does.
    if (!stream.writableNeedDrain && !stream.destroyed) stream.write(datagram)
  }

  async function end(key: string, { stream }: Sender): Promise<void> {
    senders.delete(key)
    const opened = await stream
    opened.destroy()
  }

  function forgetOldest(): void {
    const [oldest] = [...senders].sort(([, a], [, b]) => a.usedMs - b.usedMs)
    if (oldest !== undefined) end(...oldest).catch(ignore)
  }

  socket.on('message', (datagram, { address, port }) => {
    pass(join(address, port), datagram).catch(ignore)
  })
  socket.bind(options.port, '127.0.0.1')
  try {
    await once(socket, 'listening')
  } catch (cause) {
    throw new CliError('Failed', `cannot listen on 127.0.0.1:${options.port}: ${messageOf(cause)}`, {
      cause,
      remedy: 'Choose another local port.',
    })
  }
  const sweep = setInterval(() => {
    for (const [key, sender] of senders) if (performance.now() - sender.usedMs > idleMs) end(key, sender).catch(ignore)
  }, idleMs / 4)
  return {
    port: socket.address().port,
    async close() {
      clearInterval(sweep)
      await Promise.all([...senders].map(([key, sender]) => end(key, sender).catch(ignore)))
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    },
  }
}
