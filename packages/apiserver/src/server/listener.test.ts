import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { on, once } from 'node:events'
import { StatusError } from '@berth/meta'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { openPki, type Pki } from '../auth/pki.ts'
import type { Authenticator, Credentials } from './authenticator.ts'
import type { Listener } from './options.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { boat, boatsPath, openHarbour, type Harbour } from './testing/harbour.ts'

let directory: string
let pki: Pki
let harbour: Harbour
let listener: Listener
let seen: Credentials | undefined

const authenticator: Authenticator = {
  async authenticate(credentials) {
    seen = credentials
    if (credentials.headers['authorization'] === 'Bearer bad') throw new StatusError('Unauthorized', 'Unauthorized')
    return { name: 'sailor', groups: ['system:authenticated'] }
  },
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-listener-'))
  pki = await openPki({ directory, clock: systemClock })
})
afterAll(() => rm(directory, { recursive: true }))

async function start(limits: NonNullable<Parameters<typeof openHarbour>[0]>['limits'] = {}): Promise<void> {
  harbour = await openHarbour({ authenticator, limits })
  const { key, cert } = serverKey()
  listener = await harbour.server.listen({ host: '127.0.0.1', port: 0, tls: { key, cert, ca: pki.caCertificate } })
}

function serverKey(): { key: string; cert: string } {
  const { key, certificate } = pki.server
  return { key, cert: certificate }
}

beforeEach(() => start())
afterEach(() => harbour.close())

/** Tries until the server has waited long enough for the handshake, which takes its time on a busy machine. */
async function connected(): Promise<TLSSocket> {
  for (;;) {
    const socket = connectTls({ host: '127.0.0.1', port: listener.port, ca: pki.caCertificate })
    socket.on('error', () => {})
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('secureConnect', () => resolve(true)).once('close', () => resolve(false))
    })
    if (isThere) return socket
  }
}

interface HttpReply {
  code: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

function http1(
  method: string,
  path: string,
  options: RequestOptions & { body?: string | Buffer } = {},
): Promise<HttpReply> {
  const { body, ...rest } = options
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { host: '127.0.0.1', port: listener.port, ca: pki.caCertificate, method, path, agent: false, ...rest },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        )
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

async function http2<T>(work: (session: ClientHttp2Session) => Promise<T>): Promise<T> {
  const session = connectHttp2(`https://127.0.0.1:${listener.port}`, { ca: pki.caCertificate })
  try {
    return await work(session)
  } finally {
    session.destroy()
  }
}

async function ask2(session: ClientHttp2Session, method: string, path: string, body?: string): Promise<HttpReply> {
  const stream = session.request({ ':method': method, ':path': path, 'content-type': 'application/json' })
  stream.end(body)
  const [headers] = (await once(stream, 'response')) as [Record<string, string>]
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return { code: Number(headers[constants.HTTP2_HEADER_STATUS]), headers, text }
}

describe('over TLS', () => {
  it('speaks HTTP/1.1 and HTTP/2 on one port', async () => {
    const body = JSON.stringify(boat('gull'))
    const made = await http1('POST', boatsPath, { headers: { 'content-type': 'application/json' }, body })
    expect(made.code).toBe(201)
    const [got, list] = await http2((session) =>
      Promise.all([ask2(session, 'GET', `${boatsPath}/gull`), ask2(session, 'GET', boatsPath)]),
    )
    expect(JSON.parse(got.text)).toEqual(JSON.parse(made.text))
    expect(JSON.parse(list.text)).toMatchObject({ kind: 'BoatList', items: [{ metadata: { name: 'gull' } }] })
    const head = await http1('HEAD', `${boatsPath}/gull`)
    expect(head).toMatchObject({ code: 200, text: '' })
  })

  it('hands the client certificate to the authenticator, and refusals back to the client', async () => {
    const client = await pki.issueClientCertificate({
      commonName: 'ann',
      organizations: ['crew', 'officers'],
    })
    await http1('GET', '/version', { key: client.key, cert: client.certificate })
    expect(seen?.peerCertificate).toMatchObject({
      commonName: 'ann',
      organizations: ['crew', 'officers'],
      authorized: true,
    })
    await http1('GET', '/version')
    expect(seen?.peerCertificate).toBeUndefined()
    const refused = await http1('GET', '/version', { headers: { authorization: 'Bearer bad' } })
    expect(refused.code).toBe(401)
    expect(JSON.parse(refused.text)).toMatchObject({ kind: 'Status', reason: 'Unauthorized' })
  })

  it('streams watches over both, and forgets them when the client goes', async () => {
    await http2(async (session) => {
      const stream = session.request({ ':path': `${boatsPath}?watch=1` })
      stream.end()
      await once(stream, 'response')
      await harbour.ask('POST', boatsPath, { body: boat('gull') })
      const [chunk] = (await once(stream, 'data')) as [Buffer]
      expect(JSON.parse(chunk.toString())).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'gull' } } })
    })
    const request = httpsRequest({
      host: '127.0.0.1',
      port: listener.port,
      ca: pki.caCertificate,
      path: `${boatsPath}?watch=1`,
      agent: false,
    })
    request.on('error', () => {})
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const [chunk] = (await once(response, 'data')) as [Buffer]
    expect(chunk.toString()).toContain('"ADDED"')
    response.on('error', () => {})
    request.destroy()
    await expect
      .poll(async () => (await harbour.server.metrics.render()).body)
      .toContain('apiserver_longrunning_requests{group="harbour.example",resource="boats"} 0')
  })

  it('refuses bodies, URLs and headers that are too big, and stays up', async () => {
    const big = Buffer.alloc(4 * 1024 * 1024, 'x')
    const announced = await http1('POST', boatsPath, {
      headers: { 'content-type': 'application/json', 'content-length': big.length },
    }).catch(() => undefined)
    if (announced !== undefined) expect(announced.code).toBe(413)
    const chunked = await http1('POST', boatsPath, {
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      body: big,
    }).catch(() => undefined)
    if (chunked !== undefined)
      expect(JSON.parse(chunked.text)).toMatchObject({
        code: 413,
        message: 'Request entity too large: limit is 3145728',
      })
    expect((await http2((session) => ask2(session, 'POST', boatsPath, big.toString()))).code).toBe(413)
    expect((await http1('GET', `/version?${'a'.repeat(9_000)}`)).code).toBe(414)
    const headers = await http1('GET', '/version', { headers: { 'x-big': 'a'.repeat(100_000) } }).catch(() => undefined)
    if (headers !== undefined) expect(headers.code).toBe(431)
    expect((await http1('GET', '/version')).code).toBe(200)
  })

  it('sends lists of many megabytes whole', async () => {
    const notes = { text: 'x'.repeat(100_000) }
    for (let count = 0; count < 100; count += 1) {
      await harbour.ask('POST', boatsPath, { body: boat(`boat-${count}`, { spec: { notes } }) })
    }
    const both = [await http1('GET', boatsPath), await http2((session) => ask2(session, 'GET', boatsPath))]
    for (const { text } of both) expect((JSON.parse(text) as { items: unknown[] }).items).toHaveLength(100)
    const zipped = await http1('GET', boatsPath, { headers: { 'accept-encoding': 'gzip' } })
    expect(zipped.headers['content-encoding']).toBe('gzip')
  })

  it('drops clients that take for ever to say what they want', async () => {
    await harbour.close()
    await start({ headersMs: 200, receiveMs: 300 })
    const socket = await connected()
    socket.write('GET /version HTTP/1.1\r\nHost: x\r\n')
    socket.resume()
    await once(socket, 'close')
    const slow = await connected()
    slow.write(
      `POST ${boatsPath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    )
    const [answer] = (await once(slow, 'data')) as [Buffer]
    expect(answer.toString()).toContain('408')
    slow.resume()
    await once(slow, 'close')
  })

  it('closes without waiting for idle connections', async () => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: listener.port,
      ca: pki.caCertificate,
      ALPNProtocols: ['http/1.1'],
    })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    const session = connectHttp2(`https://127.0.0.1:${listener.port}`, { ca: pki.caCertificate })
    session.on('error', () => {})
    await ask2(session, 'GET', '/version')
    const began = performance.now()
    await harbour.server.close()
    expect(performance.now() - began).toBeLessThan(20_000)
    session.destroy()
  })
})

describe('WebSocket upgrades', () => {
  function open(protocols: string[] = ['plain.harbour.example'], path = `${boatsPath}/gull/radio`): WebSocket {
    return new WebSocket(`wss://127.0.0.1:${listener.port}${path}`, protocols, { ca: pki.caCertificate })
  }

  it('become byte streams with the agreed protocol', async () => {
    const socket = open(['base64url.bearer.authorization.k8s.io.dG9rZW4', 'plain.harbour.example'])
    await once(socket, 'open')
    expect(socket.protocol).toBe('plain.harbour.example')
    expect(seen?.headers['sec-websocket-protocol']).toContain('base64url.bearer')
    const sent = Buffer.alloc(1_000_000, 7)
    socket.send(sent)
    const received: Buffer[] = []
    let size = 0
    // Several may come at once.
    for await (const [data, binary] of on(socket, 'message') as AsyncIterable<[Buffer, boolean]>) {
      expect(binary).toBe(true)
      received.push(data)
      size += data.length
      if (size >= sent.length) break
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true)
    socket.send(Buffer.from('over'))
    const [code] = (await once(socket, 'close')) as [number]
    expect(code).toBe(1000)
  })

  it('cut the connection without a close frame when destroyed', async () => {
    const socket = open()
    await once(socket, 'open')
    socket.send(Buffer.from('mayday'))
    const [code] = (await once(socket, 'close')) as [number]
    expect(code).toBe(1006)
  })

  it('answer with a Status when there is nothing to upgrade to', async () => {
    for (const [path, code] of [
      [`${boatsPath}/gull/nosuch`, 404],
      [`${boatsPath}/gull/leak`, 500],
      [boatsPath, 200],
    ] as const) {
      const socket = open(['plain.harbour.example'], path)
      const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
      expect(response.statusCode).toBe(code)
      let text = ''
      for await (const chunk of response) text += String(chunk)
      expect(JSON.parse(text)).toHaveProperty('kind')
    }
  })

  it('insist on the protocol', async () => {
    const socket = open(['chat.example'])
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    expect(response.statusCode).toBe(400)
    response.resume()
  })
})
