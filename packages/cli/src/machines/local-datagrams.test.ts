import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import type { LocalPort } from './local-port.ts'
import { openLocalDatagrams } from './local-datagrams.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

/** A machine that answers each datagram with who sent it, by the number of its stream. */
async function echoing(): Promise<{ local: LocalPort; streams: Duplex[]; failures: string[] }> {
  const streams: Duplex[] = []
  const failures: string[] = []
  const local = await openLocalDatagrams({
    port: 0,
    async open() {
      const number = streams.length
      const stream: Duplex = new Duplex({
        objectMode: true,
        read() {},
        write(datagram: Buffer, _encoding, done) {
          stream.push(Buffer.from(`${number}:${datagram.toString()}`))
          done()
        },
      })
      streams.push(stream)
      return stream
    },
    onFailure: (message) => failures.push(message),
  })
  open.push(local)
  return { local, streams, failures }
}

function sender(): Socket {
  const socket = createSocket('udp4')
  open.push(socket)
  return socket
}

async function ask(socket: Socket, port: number, text: string): Promise<string> {
  const answer = once(socket, 'message') as Promise<[Buffer]>
  socket.send(text, port, '127.0.0.1')
  return (await answer)[0].toString()
}

describe('a local UDP port', () => {
  it('has a stream for each that sends, and answers each', async () => {
    const { local, streams } = await echoing()
    const [first, second] = [sender(), sender()]
    expect(await ask(first, local.port, 'a')).toBe('0:a')
    expect(await ask(second, local.port, 'b')).toBe('1:b')
    expect(await ask(first, local.port, 'c')).toBe('0:c')
    expect(streams).toHaveLength(2)
  })

  it('opens a new stream for a sender whose stream broke, and tells', async () => {
    const { local, streams, failures } = await echoing()
    const socket = sender()
    expect(await ask(socket, local.port, 'a')).toBe('0:a')
    const [stream] = streams
    if (stream === undefined) throw new Error('there is no stream')
    const closed = once(stream, 'close').catch(() => {})
    stream.destroy(new Error('cut off'))
    await closed
    expect(await ask(socket, local.port, 'b')).toBe('1:b')
    expect(failures).toEqual(['cut off'])
  })

  it('serves a bounded number of senders: the oldest goes', async () => {
    const { local, streams } = await echoing()
    for (let count = 0; count < 65; count += 1) await ask(sender(), local.port, 'x')
    expect(streams[0]?.destroyed).toBe(true)
    expect(streams.filter(({ destroyed }) => !destroyed)).toHaveLength(64)
  })

  it('ends its streams when it closes, and frees the port', async () => {
    const { local, streams } = await echoing()
    await ask(sender(), local.port, 'x')
    await local.close()
    open.splice(open.indexOf(local), 1)
    expect(streams.every(({ destroyed }) => destroyed)).toBe(true)
    const again = await openLocalDatagrams({ port: local.port, open: async () => new Duplex(), onFailure() {} })
    open.push(again)
    await expect(
      openLocalDatagrams({ port: local.port, open: async () => new Duplex(), onFailure() {} }),
    ).rejects.toThrow(/cannot listen/)
  })
})
