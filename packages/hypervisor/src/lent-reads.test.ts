import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { connectLending, giveBack } from './lent-reads.ts'

const sent = randomBytes(16 * 1024 * 1024)
const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

/** A connection to somebody who says this and hangs up. */
async function connectionTo(words: Buffer): Promise<Socket> {
  const server = createServer((far) => {
    far.on('error', () => far.destroy())
    far.end(words)
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const socket = connectLending({ port, host: '127.0.0.1' })
  sockets.push(socket)
  return socket
}

describe('a connection that lends its chunks', () => {
  it('is a stream as any other to who keeps them', async () => {
    const chunks: Buffer[] = []
    for await (const chunk of await connectionTo(sent)) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).equals(sent)).toBe(true)
  })

  it('reads into what it was given back, and loses nothing', async () => {
    const socket = await connectionTo(sent)
    const memory = new Set<ArrayBufferLike>()
    const hash = createHash('sha256')
    let large = 0
    for await (const chunk of socket) {
      const bytes = chunk as Buffer // no encoding is set
      // As on its way through a slow connection.
      await turn()
      hash.update(bytes)
      if (bytes.length < 8 * 1024) continue
      large += 1
      memory.add(bytes.buffer)
      giveBack(bytes)
      giveBack(bytes)
    }
    expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'))
    expect(large).toBeGreaterThan(memory.size)
    expect(memory.size).toBeLessThan(12)
  })

  it('takes nothing from others', async () => {
    const socket = await connectionTo(Buffer.from('a few words'))
    const own = Buffer.from('what is mine')
    giveBack(own)
    const [words] = (await once(socket, 'data')) as [Buffer]
    expect([words.toString(), own.toString()]).toEqual(['a few words', 'what is mine'])
  })
})
