// A client joined to a machine: nothing is lost, nothing piles up, and each end of one side is the right end of the other.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { duplexPair, type Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChannelEnd } from '@berth/apiserver'
import { join } from './tunnel.ts'

const servers: Server[] = []
const sockets: Socket[] = []
const inOrder = async (): Promise<ChannelEnd> => ({ code: 1000, reason: '' })

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** Two ends of a TCP connection. */
async function wire(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const { port } = server.address() as AddressInfo // it listens on TCP
  const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [near] = await accepted
  for (const socket of [near, far]) socket.on('error', () => {})
  sockets.push(near, far)
  return { near, far }
}

/** A client and a guest with a tunnel between them. */
async function tunnelled(
  whenEnded = inOrder,
): Promise<{ client: Socket; guest: Socket; channel: Socket; machine: Socket }> {
  const [{ near: channel, far: client }, { near: machine, far: guest }] = await Promise.all([wire(), wire()])
  join(channel, machine, whenEnded)
  return { client, guest, channel, machine }
}

const piece = randomBytes(64 * 1024)
const pieces = 1024

async function send(stream: Duplex): Promise<string> {
  const hash = createHash('sha256')
  for (let count = 0; count < pieces; count += 1) {
    hash.update(piece)
    if (!stream.write(piece)) await once(stream, 'drain')
  }
  return hash.digest('hex')
}

/** To the end, or that many bytes. */
async function receive(stream: Duplex, bytes = Infinity): Promise<string> {
  const hash = createHash('sha256')
  let left = bytes
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    hash.update(chunk as Buffer)
    left -= (chunk as Buffer).length
    if (left <= 0) break
  }
  return hash.digest('hex')
}

describe('bytes', () => {
  it('all arrive, both ways at once', async () => {
    const { client, guest } = await tunnelled()
    const [up, down, upSeen, downSeen] = await Promise.all([
      send(client),
      send(guest),
      receive(guest, pieces * piece.length),
      receive(client, pieces * piece.length),
    ])
    expect([upSeen, downSeen]).toEqual([up, down])
  })

  it('wait on the way for a client that does not read', async () => {
    const { client, guest, channel, machine } = await tunnelled()
    client.pause()
    const sending = send(guest).finally(() => guest.end())
    await standstill(() => guest.bytesWritten)
    expect(guest.writableLength).toBeGreaterThan(0)
    expect(machine.readableLength + channel.writableLength).toBeLessThan(1024 * 1024)
    const seen = receive(client)
    expect(await seen).toBe(await sending)
  })

  it('wait on the way for a guest that does not read, and reach it after the client has left', async () => {
    const { client, guest, channel, machine } = await tunnelled()
    guest.pause()
    const sending = send(client).finally(() => client.end())
    await standstill(() => client.bytesWritten)
    expect(channel.readableLength + machine.writableLength).toBeLessThan(1024 * 1024)
    const seen = receive(guest)
    expect(await seen).toBe(await sending)
    const closed = once(machine, 'close')
    guest.end()
    await closed
  })

  it('reach the guest also when it talks to a client that is gone', async () => {
    const { client, guest } = await tunnelled()
    guest.write('words for nobody')
    await once(client, 'data')
    guest.write('more words for nobody')
    client.end(piece)
    let size = 0
    for await (const chunk of guest) size += (chunk as Buffer).length
    expect(size).toBe(piece.length)
  })
})

describe('the end', () => {
  it('of the machine comes after its last words, when it is known why', async () => {
    const { promise, resolve } = Promise.withResolvers<ChannelEnd>()
    const { client, guest } = await tunnelled(() => promise)
    guest.end('last words')
    const [words] = (await once(client, 'data')) as [Buffer]
    expect(words.toString()).toBe('last words')
    expect(client.readableEnded).toBe(false)
    resolve({ code: 1000, reason: '' })
    await once(client, 'end')
  })

  it('of the machine comes after its last words also to a client that takes its time', async () => {
    const [channel, client] = duplexPair()
    const { near: machine, far: guest } = await wire()
    join(channel, machine, inOrder)
    guest.end(piece)
    await once(machine, 'end')
    let size = 0
    for await (const chunk of client) size += (chunk as Buffer).length
    expect(size).toBe(piece.length)
  })

  it('of a machine that QEMU took with it is no end in order', async () => {
    const { client, guest, channel } = await tunnelled(async () => ({ code: 1011, reason: 'QEMU died' }))
    client.resume()
    guest.end()
    await once(channel, 'close')
    // A socket knows no codes: it is cut.
    expect(channel.writableFinished).toBe(false)
  })

  it('is a cut when a newer session takes the machine', async () => {
    const { client, channel, machine } = await tunnelled()
    client.resume()
    machine.destroy()
    await once(channel, 'close')
    expect(channel.writableFinished).toBe(false)
  })

  it('of the client frees the machine', async () => {
    const { client, guest, machine } = await tunnelled()
    guest.resume().on('end', () => guest.end())
    client.end()
    await once(machine, 'close')
  })

  it('of a client that vanished frees the machine', async () => {
    const { channel, machine } = await tunnelled()
    channel.destroy()
    await once(machine, 'close')
  })
})

async function standstill(count: () => number): Promise<void> {
  let before = -1
  // More looks than one: between two of them a busy machine may not have given us a turn.
  for (let same = 0; same < 5; same += 1) {
    if (count() !== before) same = 0
    before = count()
    await delay(50)
  }
}
