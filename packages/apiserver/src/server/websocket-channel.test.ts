// WebSockets as byte streams, over real sockets: order, back-pressure, ends.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { duplexPair, type Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { channelOf, endChannel, type ChannelOptions } from './websocket-channel.ts'

let server: WebSocketServer
const clients: WebSocket[] = []

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  await once(server, 'listening')
})

afterEach(() => {
  for (const client of clients.splice(0)) client.terminate()
  server.close()
})

async function joined(options: ChannelOptions = {}): Promise<{ client: WebSocket; channel: Duplex }> {
  const accepted = once(server, 'connection') as Promise<[WebSocket]>
  const { port } = server.address() as AddressInfo // it listens on TCP
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  clients.push(client)
  const opened = once(client, 'open')
  const [socket] = await accepted
  const channel = channelOf(socket, options)
  await opened
  return { client, channel }
}

async function textOf(channel: Duplex): Promise<string> {
  let text = ''
  for await (const chunk of channel) text += String(chunk)
  return text
}

describe('the end of a channel', () => {
  it('is read after everything that was sent, also by a peer that was cut off', async () => {
    const { client, channel } = await joined()
    const sent = randomBytes(300_000)
    client.send(sent, () => client.terminate())
    await delay(50)
    const received: Buffer[] = []
    channel.on('data', (chunk: Buffer) => received.push(chunk))
    const [error] = (await once(channel, 'error')) as [Error]
    expect(error.message).toContain('1006')
    expect(Buffer.concat(received).equals(sent)).toBe(true)
  })

  it('is an end and no failure when the peer closes in order', async () => {
    const { client, channel } = await joined()
    client.send(Buffer.from('last words'))
    client.close(1000)
    expect(await textOf(channel)).toBe('last words')
  })

  it('is 1000 when ended, 1006 when destroyed, and what it is told to be', async () => {
    const code = async (finish: (channel: Duplex) => void): Promise<[number, string]> => {
      const { client, channel } = await joined()
      channel.write('before')
      finish(channel)
      const [closeCode, reason] = (await once(client, 'close')) as [number, Buffer]
      return [closeCode, reason.toString()]
    }
    expect(await code((channel) => channel.end())).toEqual([1000, ''])
    expect(await code((channel) => channel.destroy())).toEqual([1006, ''])
    expect(await code((channel) => endChannel(channel, { code: 1011, reason: 'QEMU died' }))).toEqual([
      1011,
      'QEMU died',
    ])
    const [, long] = await code((channel) => endChannel(channel, { code: 1011, reason: 'ä'.repeat(100) }))
    expect(long).toBe('ä'.repeat(61))
  })

  it('comes after what was written, however slow the peer is', async () => {
    const { client, channel } = await joined()
    client.pause()
    channel.write(Buffer.alloc(8 * 1024 * 1024, 1))
    endChannel(channel, { code: 1011, reason: 'over' })
    let size = 0
    client.on('message', (data: Buffer) => (size += data.length))
    setTimeout(() => client.resume(), 50)
    const [code] = (await once(client, 'close')) as [number]
    expect([code, size]).toEqual([1011, 8 * 1024 * 1024])
  })

  it.each([1000, 1011])(
    'with code %i comes after what was written also where the channel is no WebSocket',
    async (code) => {
      const [near, far] = duplexPair()
      const words = randomBytes(1024 * 1024)
      near.write(words)
      endChannel(near, { code, reason: 'over' })
      // More than the other side takes without a reader.
      await delay(0)
      expect(near.destroyed).toBe(false)
      const heard: Buffer[] = []
      far.on('data', (chunk: Buffer) => heard.push(chunk))
      if (code === 1000) await once(far, 'end')
      else await once(near, 'close')
      expect(Buffer.concat(heard).equals(words)).toBe(true)
    },
  )
})

describe('messages', () => {
  it('of text are skipped where bytes are meant', async () => {
    const { client, channel } = await joined()
    client.send('hello')
    client.send(Buffer.from('bytes'))
    client.close(1000)
    expect(await textOf(channel)).toBe('bytes')
  })

  it('stay apart where that matters', async () => {
    const { client, channel } = await joined({ messages: true })
    for (const text of ['one', 'two', 'three']) client.send(Buffer.from(text))
    client.close(1000)
    await delay(50)
    const chunks: string[] = []
    for await (const chunk of channel) chunks.push(String(chunk))
    expect(chunks).toEqual(['one', 'two', 'three'])
  })

  it('are answered with pings between them, so that tunnels stay open', async () => {
    const { client } = await joined({ keepAliveMs: 20 })
    const [payload] = (await once(client, 'ping')) as [Buffer]
    expect(payload.toString()).toBe('keep alive')
  })
})

describe('back-pressure', () => {
  const pieces = 512
  const piece = randomBytes(64 * 1024)

  function expected(): string {
    const hash = createHash('sha256')
    for (let count = 0; count < pieces; count += 1) hash.update(piece)
    return hash.digest('hex')
  }

  it('makes a writer wait for a peer that does not read, and loses nothing', async () => {
    const { client, channel } = await joined()
    client.pause()
    let taken = 0
    const writing = (async () => {
      for (; taken < pieces; taken += 1) await new Promise<void>((resolve) => channel.write(piece, () => resolve()))
      channel.end()
    })()
    let before = -1
    while (taken !== before) {
      before = taken
      await delay(50)
    }
    // What fits into the buffers of two sockets, of 32 MiB.
    expect(taken).toBeLessThan(pieces / 2)
    const hash = createHash('sha256')
    client.on('message', (data: Buffer) => hash.update(data))
    client.resume()
    await once(client, 'close')
    await writing
    expect(hash.digest('hex')).toBe(expected())
  })

  it('makes a peer wait when nobody reads, and loses nothing', async () => {
    const { client, channel } = await joined()
    for (let count = 0; count < pieces; count += 1) client.send(piece)
    client.close(1000)
    let before = -1
    while (client.bufferedAmount !== before) {
      before = client.bufferedAmount
      await delay(50)
    }
    expect(client.bufferedAmount).toBeGreaterThan((pieces / 2) * piece.length)
    expect(channel.readableLength).toBeLessThan(1024 * 1024)
    const hash = createHash('sha256')
    for await (const chunk of channel) hash.update(chunk as Buffer)
    expect(hash.digest('hex')).toBe(expected())
  })
})
