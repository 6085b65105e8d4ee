/** A port of this computer whose connections lead to a machine. */

import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '@berth/base'
import { CliError } from '../failure.ts'
import { printable } from '../terminal.ts'

export interface LocalPort {
  port: number
  close(): Promise<void>
}

/**
 * Listens on 127.0.0.1 only: what a machine offers its owner is not for the whole network.
 * @param options.port 0 for any free one
 * @param options.open called per connection
 * @param options.onFailure a connection could not be opened or broke; the words are safe to print
 */
export async function openLocalPort(options: {
  port: number
  open(): Promise<Duplex>
  onFailure(message: string): void
}): Promise<LocalPort> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    join(socket).catch((error: unknown) => {
      socket.destroy()
      options.onFailure(printable(messageOf(error)))
    })
  })

  async function join(socket: Socket): Promise<void> {
    const stream = await options.open()
    await Promise.all([pipeline(socket, stream), pipeline(stream, socket)])
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new CliError('Failed', `cannot listen on 127.0.0.1:${options.port}: ${cause.message}`, {
          cause,
          remedy: 'Choose another local port.',
        }),
      )
    })
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
