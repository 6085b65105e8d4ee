import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import type { ServerLimits } from './limits.ts'
import { boat, boatsPath } from './testing/harbour.ts'
import { ask2, openTlsHarbour, type TlsHarbour } from './testing/tls-harbour.ts'

let harbour: TlsHarbour
const sockets: TLSSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await harbour.close()
})

async function start(limits: Partial<ServerLimits> = {}): Promise<void> {
  harbour = await openTlsHarbour({ limits })
}

async function raw(protocol: 'http/1.1' | 'h2'): Promise<TLSSocket> {
  const socket = await harbour.raw(protocol)
  sockets.push(socket)
  return socket
}

const alive = async () => (await harbour.http1('GET', '/healthz')).code

/** An HTTP/2 frame. */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)])
const [headers, reset, settings, ping, continuation] = [1, 3, 4, 6, 9]
/** GET / with the authority `x`, in HPACK's static table. */
const getRoot = Buffer.from([0x82, 0x87, 0x84, 0x41, 0x01, 0x78])

/** Writes pieces without reading a byte, until the server hangs up. */
async function flood(piece: (round: number) => Buffer): Promise<void> {
  const socket = await raw('h2')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.pause()
  socket.write(preface)
  for (let round = 0; !socket.destroyed && round < 20_000; round += 1) {
    if (socket.write(piece(round))) continue
    await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
  }
  // What it said before it hung up has to be read for the end to be seen.
  socket.resume()
  await closed
}

describe('HTTP/2 clients that flood', () => {
  const cancel = Buffer.from([0, 0, 0, 8])

  it.each([
    [
      'requests they reset at once',
      (round: number) =>
        Buffer.concat(
          Array.from({ length: 50 }, (_, index) => {
            const stream = (round * 50 + index) * 2 + 1
            return Buffer.concat([frame(headers ?? 1, 5, stream, getRoot), frame(reset ?? 3, 0, stream, cancel)])
          }),
        ),
    ],
    ['settings', () => Buffer.concat(Array.from({ length: 500 }, () => frame(settings ?? 4, 0, 0)))],
    ['pings', () => Buffer.concat(Array.from({ length: 500 }, () => frame(ping ?? 6, 0, 0, Buffer.alloc(8))))],
    [
      'headers that never end',
      (round: number) =>
        round === 0
          ? frame(headers ?? 1, 1, 1, getRoot)
          : Buffer.concat(
              Array.from({ length: 50 }, () => frame(continuation ?? 9, 0, 1, Buffer.from([0x40, 1, 0x61, 1, 0x62]))),
            ),
    ],
  ])('%s are cut off, others are served', async (_name, piece) => {
    await start()
    await flood(piece)
    expect(await alive()).toBe(200)
  })

  it('get no more streams than allowed', async () => {
    await start({ streamsPerConnection: 5 })
    const session = harbour.http2()
    await once(session, 'remoteSettings')
    expect(session.remoteSettings.maxConcurrentStreams).toBe(5)
  })

  it('with too many headers lose the stream', async () => {
    await start({ headerCount: 20 })
    const session = harbour.http2()
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x-${index}`, 'a']))
    await expect(ask2(session, { ':path': '/version', ...many })).rejects.toThrow()
    expect((await ask2(harbour.http2(), { ':path': '/version' })).code).toBe(200)
  })
})

describe('HTTP/1.1 clients', () => {
  it('with too many headers get 431', async () => {
    await start({ headerCount: 20 })
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x-${index}`, 'a']))
    expect((await harbour.http1('GET', '/version', { headers: many })).code).toBe(431)
    expect((await harbour.http1('GET', '/version')).code).toBe(200)
  })

  it('may not send packed bodies', async () => {
    await start()
    const options = { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: 'x' }
    expect((await harbour.http1('POST', boatsPath, options)).code).toBe(415)
  })

  it('are refused bodies while others fill the memory for them', async () => {
    await start({ bodiesBytes: 100_000 })
    const slow = await raw('http/1.1')
    const head = `POST ${boatsPath} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 90001\r\n\r\n`
    slow.write(head + ' '.repeat(90_000))
    const body = JSON.stringify(boat('gull', { spec: { notes: { a: 'x'.repeat(20_000) } } }))
    const post = async () =>
      (await harbour.http1('POST', boatsPath, { headers: { 'content-type': 'application/json' }, body })).code
    await expect.poll(post).toBe(429)
    slow.destroy()
    await expect.poll(post).toBe(201)
  })

  it('of one address have a bounded number of connections', async () => {
    await start({ connectionsPerAddress: 3 })
    const open = [await raw('http/1.1'), await raw('http/1.1'), await raw('h2')]
    await expect(harbour.http1('GET', '/version')).rejects.toThrow()
    open[0]?.destroy()
    await expect.poll(alive).toBe(200)
  })
})

describe('connections of one user', () => {
  it('are bounded over both protocols, others are served', async () => {
    harbour = await openTlsHarbour({
      limits: { connectionsPerUser: 2 },
      authenticator: {
        authenticate: async ({ headers: { authorization = '' } }) => ({ name: authorization, groups: [] }),
      },
    })
    const ask = async (session: ReturnType<TlsHarbour['http2']>, who: string) =>
      (await ask2(session, { ':path': '/version', authorization: who })).code
    const sessions = [harbour.http2(), harbour.http2()]
    for (const session of sessions) expect(await ask(session, 'mallory')).toBe(200)
    const once1 = async (who: string) =>
      (await harbour.http1('GET', '/version', { headers: { authorization: who } })).code
    expect([await once1('mallory'), await once1('alice')]).toEqual([429, 200])
    for (const session of sessions) expect(await ask(session, 'mallory')).toBe(200)
    sessions[0]?.destroy()
    await expect.poll(() => once1('mallory')).toBe(200)
  })
})

describe('clients that do not read', () => {
  /** Two megabytes of answer for one request. */
  async function big(limits: Partial<ServerLimits>): Promise<void> {
    await start(limits)
    for (let index = 0; index < 20; index += 1) {
      await harbour.ask('POST', boatsPath, {
        body: boat(`boat-${index}`, { spec: { notes: { a: 'x'.repeat(400_000) } } }),
      })
    }
  }

  it.each([boatsPath, `${boatsPath}?watch=1`])('%s are cut off in the end', async (path) => {
    await big({ stallMs: 50 })
    const socket = await raw('http/1.1')
    socket.pause()
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
    // A client that does not read hears of the end only when it writes.
    await expect
      .poll(() => {
        if (socket.writable) socket.write('\r\n')
        return socket.destroyed
      })
      .toBe(true)
  })

  it('over WebSocket are cut off too', async () => {
    await big({ stallMs: 50 })
    const socket = harbour.webSocket(`${boatsPath}?watch=1`)
    await once(socket, 'open')
    socket.pause()
    await expect
      .poll(async () => (await harbour.server.metrics.render()).body)
      .toContain('apiserver_longrunning_requests{group="harbour.example",resource="boats"} 0')
    socket.terminate()
  })
})

describe('long requests of one user', () => {
  it('are bounded: watches and followed streams each', async () => {
    await start({ watchesPerUser: 2, streamsPerUser: 1 })
    await harbour.ask('POST', boatsPath, { body: boat('gull') })
    const session = harbour.http2()
    const watch = async () => {
      const stream = session.request({ ':path': `${boatsPath}?watch=1` })
      const [answered] = (await once(stream, 'response')) as [{ ':status': number }]
      return { stream, code: answered[':status'] }
    }
    const [first, second, third] = [await watch(), await watch(), await watch()]
    expect([first.code, second.code, third.code]).toEqual([200, 200, 429])
    first.stream.close(8)
    await expect.poll(async () => (await watch()).code).toBe(200)
    const radio = harbour.webSocket(`${boatsPath}/gull/radio`, ['plain.harbour.example'])
    await once(radio, 'open')
    const [, refused] = (await once(harbour.webSocket(`${boatsPath}/gull/radio`), 'unexpected-response')) as [
      unknown,
      { statusCode: number; resume(): void },
    ]
    expect(refused.statusCode).toBe(429)
    refused.resume()
    radio.close()
    await once(radio, 'close')
    const again = harbour.webSocket(`${boatsPath}/gull/radio`, ['plain.harbour.example'])
    await once(again, 'open')
    again.terminate()
  })
})
