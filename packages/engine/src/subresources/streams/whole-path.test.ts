// A client over TLS and WebSocket, the API server, the tunnel, a port: nothing is lost, nothing piles up, and the end is told.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectLending } from '@berth/hypervisor'
import { connectionOf, createHttpTransport, loadKubeconfig, StreamClosedError, type Transport } from '@berth/kube'
import { machineOf } from '../../testing/manifests.ts'
import { TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'

const piece = randomBytes(64 * 1024)
const pieces = 3200
const bytes = pieces * piece.length
const path = '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/one'

let engine: TestEngine
let transport: Transport
/** What listens in the guest, so to speak. */
const guest = createServer({ allowHalfOpen: true })

beforeAll(async () => {
  engine = await TestEngine.start()
  await engine.create(machineOf('one'))
  const instance = await engine.running('one')
  guest.listen(0, '127.0.0.1')
  await once(guest, 'listening')
  const { port } = guest.address() as AddressInfo // it listens on TCP
  engine.domain(instance).dial = async () => {
    const socket = connectLending({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    return socket
  }
  const { connection } = await connectionOf(await loadKubeconfig([engine.engine.paths.adminKubeconfig]))
  transport = createHttpTransport(connection)
})

afterAll(async () => {
  await transport.close()
  guest.close()
  await engine[Symbol.asyncDispose]()
})

async function opened(): Promise<{ client: Duplex; inside: Socket }> {
  const accepted = once(guest, 'connection') as Promise<[Socket]>
  const client = await transport.upgrade({ path: `${path}/portforward/80`, protocol: 'plain.kubevirt.io' })
  const [inside] = await accepted
  inside.on('error', () => {})
  return { client, inside }
}

/** Bytes that were sent and have not been received: in the streams of client and server and guest, and in the sockets between them. */
class OnTheWay {
  most = 0
  #now = 0

  add(count: number): void {
    this.#now += count
    this.most = Math.max(this.most, this.#now)
  }
}

async function send(stream: Duplex, way = new OnTheWay()): Promise<string> {
  const hash = createHash('sha256')
  for (let count = 0; count < pieces; count += 1) {
    hash.update(piece)
    way.add(piece.length)
    if (!stream.write(piece)) await once(stream, 'drain')
  }
  return hash.digest('hex')
}

async function receive(stream: Duplex, way = new OnTheWay()): Promise<string> {
  const hash = createHash('sha256')
  let left = bytes
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    hash.update(chunk as Buffer)
    way.add(-(chunk as Buffer).length)
    left -= (chunk as Buffer).length
    if (left <= 0) break
  }
  return hash.digest('hex')
}

// Hundreds of megabytes, encrypted and decrypted on a busy machine.
describe('a port of the guest', { timeout: 180_000 }, () => {
  it('carries 200 MiB each way at once, with a fraction of it on the way', async () => {
    const { client, inside } = await opened()
    const toGuest = new OnTheWay()
    const toClient = new OnTheWay()
    const [up, down, upSeen, downSeen] = await Promise.all([
      send(client, toGuest),
      send(inside, toClient),
      receive(inside, toGuest),
      receive(client, toClient),
    ])
    expect([upSeen, downSeen]).toEqual([up, down])
    // Most of it lies in the kernel's buffers of two sockets.
    for (const { most } of [toGuest, toClient]) expect(most).toBeLessThan(bytes / 4)
    client.destroy()
  })

  it('makes a guest that floods wait for a client that does not read', async () => {
    const { client, inside } = await opened()
    client.pause()
    const sending = send(inside)
    let written = -1
    // More looks than one: between two of them a busy machine may not have given us a turn.
    for (let same = 0; same < 5; same += 1) {
      if (inside.bytesWritten !== written) same = 0
      written = inside.bytesWritten
      await delay(50)
    }
    expect(inside.writableLength).toBeGreaterThan(0)
    expect(written).toBeLessThan(bytes / 4)
    const seen = receive(client)
    expect(await seen).toBe(await sending)
    client.destroy()
  })

  it('is closed in order when the guest closes it, after its last words', async () => {
    const { client, inside } = await opened()
    inside.end(piece)
    let size = 0
    for await (const chunk of client) size += (chunk as Buffer).length
    expect(size).toBe(piece.length)
  })

  it('gives the guest what was sent before the client left', async () => {
    const { client, inside } = await opened()
    client.end(piece)
    let size = 0
    for await (const chunk of inside) size += (chunk as Buffer).length
    expect(size).toBe(piece.length)
    inside.end()
  })

  it('is counted while it is open, and its end is remembered for as long as the machine is there', async () => {
    const { client } = await opened()
    const numbers = async (): Promise<string> => {
      const { body } = await transport.request({ method: 'GET', path: '/metrics' })
      let text = ''
      for await (const chunk of body) text += Buffer.from(chunk).toString()
      return text
    }
    const counted = 'kubevirt_portforward_active_tunnels{namespace="default",vmi="one"} 1'
    // Those of the tests before have just ended.
    await until('one session is counted', numbers, (text) => text.includes(counted))
    client.destroy()
    await until('the session is over', numbers, (text) => !text.includes('active_tunnels{'))
    expect(await numbers()).toMatch(
      /kubevirt_vmi_last_api_connection_timestamp_seconds\{namespace="default",vmi="one"\} \d+/,
    )
  })

  it('is cut when the connection in the guest breaks', async () => {
    const { client, inside } = await opened()
    inside.resetAndDestroy()
    await expect(once(client.resume(), 'end')).rejects.toMatchObject({ closeCode: 1006 })
  })
})

describe('an engine that shuts down', () => {
  it('says so to those who look at a screen: the machine runs on', async () => {
    await using other = await TestEngine.start()
    await other.create(machineOf('one'))
    await other.running('one')
    const { connection } = await connectionOf(await loadKubeconfig([other.engine.paths.adminKubeconfig]))
    const clients = createHttpTransport(connection)
    const screen = await clients.upgrade({ path: `${path}/vnc`, protocol: 'plain.kubevirt.io' })
    const ended = once(screen.resume(), 'end').catch((error: unknown) => error)
    await other.engine.close()
    const error = await ended
    expect(error).toBeInstanceOf(StreamClosedError)
    expect(error).toMatchObject({ closeCode: 1001 })
    await clients.close()
  })
})
