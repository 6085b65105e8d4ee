import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { array, assert, asyncProperty, boolean, nat, oneof, record } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatheredBody } from './gathered-body.ts'

/** A body that never ends by itself. */
const endless = (): Readable => new Readable({ read() {} })

describe('a gathered body', () => {
  it('is what was sent, however it is cut and however slowly it is read', async () => {
    const piece = record({ bytes: oneof(nat(50), nat(20_000), nat(600_000)), fill: nat(255), slow: boolean() })
    await assert(
      asyncProperty(array(piece, { maxLength: 30 }), async (pieces) => {
        const sent = pieces.map(({ bytes, fill }) => Buffer.alloc(bytes, fill))
        const expected = Buffer.concat(sent)
        const read: Buffer[] = []
        for await (const part of gatheredBody(Readable.from(sent))) {
          if (pieces[read.length]?.slow === true) await new Promise((resolve) => setImmediate(resolve))
          read.push(Buffer.from(part))
        }
        expect(Buffer.concat(read).equals(expected)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('comes in few pieces when it comes fast, and at once when it does not', async () => {
    const body = endless()
    const pieces = gatheredBody(body)
    const first = pieces.next()
    body.push(Buffer.alloc(100, 1))
    expect((await first).value).toHaveLength(100)
    for (let sent = 0; sent < 64; sent += 1) body.push(Buffer.alloc(1024, 2))
    body.push(null)
    expect((await pieces.next()).value).toHaveLength(64 * 1024)
    expect(await pieces.next()).toEqual({ done: true, value: undefined })
  })

  it('keeps what it holds bounded, and gives the memory of pieces back', async () => {
    const body = endless()
    const pieces = gatheredBody(body)
    const sent = Array.from({ length: 64 }, () => Buffer.allocUnsafeSlow(16 * 1024))
    const first = pieces.next()
    for (const each of sent) body.push(each)
    await first
    await once(body, 'pause')
    // Two buffers of a quarter of a mebibyte, and the piece that found no more room.
    expect(sent.filter(({ length }) => length === 0)).toHaveLength(32)
    await pieces.return?.()
    expect(body.destroyed).toBe(false)
    body.destroy()
  })

  it('that is given up while somebody waits for it has nothing more for them', async () => {
    const body = endless()
    const pieces = gatheredBody(body)
    const waiting = pieces.next()
    await pieces.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(body.listenerCount('data')).toBe(0)
    // What breaks later is nobody's, and ends no process.
    const closed = new Promise((resolve) => body.once('close', resolve))
    body.destroy(new Error('late'))
    await closed
  })

  it('fails with what broke it, after what had come', async () => {
    const body = endless()
    const pieces = gatheredBody(body)
    const first = pieces.next()
    body.push('all there is')
    expect(String((await first).value)).toBe('all there is')
    body.destroy(new Error('cut'))
    await expect(pieces.next()).rejects.toThrow('cut')
    await expect(pieces.next()).rejects.toThrow('cut')
  })

  describe('of a request', () => {
    let server: Server
    let outcome: PromiseWithResolvers<number>

    async function count(incoming: IncomingMessage): Promise<number> {
      let bytes = 0
      for await (const piece of gatheredBody(incoming)) bytes += piece.length
      return bytes
    }

    beforeAll(async () => {
      server = createServer((incoming, response) => {
        count(incoming).then(outcome.resolve, outcome.reject)
        outcome.promise.then(
          () => response.end(),
          () => {},
        )
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    })
    afterAll(() => server.close())

    const send = (bytes: number) => {
      outcome = Promise.withResolvers()
      // A server that listens has an address with a port.
      const { port } = server.address() as AddressInfo
      return request({ port, method: 'POST', agent: false, headers: { 'content-length': bytes } })
    }

    it('is whole', async () => {
      const bytes = 5 * 1024 ** 2 + 7
      const sending = send(bytes)
      sending.end(Buffer.alloc(bytes, 5))
      const [response] = (await once(sending, 'response')) as [IncomingMessage]
      response.resume()
      expect(await outcome.promise).toBe(bytes)
    })

    it('fails when the sender breaks off', async () => {
      const sending = send(1000)
      sending.on('error', () => {})
      sending.write('a', () => sending.destroy())
      await expect(outcome.promise).rejects.toMatchObject({ code: 'ECONNRESET' })
    })
  })
})
