import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { badRequest } from '@berth/meta'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openPki, type Pki } from '../auth/pki.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import type { ServerLimits } from './limits.ts'
import type { Listener } from './options.ts'
import { rawPathOf, type RawPath, type RawRequest } from './raw-paths.ts'
import { openHarbour, type Harbour } from './testing/harbour.ts'

let directory: string
let pki: Pki
let harbour: Harbour
let listener: Listener
let serve: RawPath['serve']
const seen: RawRequest[] = []

const authenticator = { authenticate: async () => ({ name: 'sailor', groups: [] }) }

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-raw-'))
  pki = await openPki({ directory, clock: systemClock })
})
afterAll(() => rm(directory, { recursive: true }))
beforeEach(() => start())
afterEach(() => harbour.close())

async function start(limits: Partial<ServerLimits> = {}): Promise<void> {
  harbour = await openHarbour({
    authenticator,
    limits: { bodyBytes: 1024, ...limits },
    rawPaths: [{ path: '/cargo', serve: (request) => (seen.push(request), serve(request)) }],
  })
  const { key, certificate: cert } = pki.server
  listener = await harbour.server.listen({ host: '127.0.0.1', port: 0, tls: { key, cert, ca: pki.caCertificate } })
}

const digest = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of body) hash.update(chunk)
  return hash.digest('hex')
}

function send(path: string, write: (request: ReturnType<typeof httpsRequest>) => void) {
  return new Promise<{ code: number; text: string; closes: boolean }>((resolve, reject) => {
    const target = { host: '127.0.0.1', port: listener.port, ca: pki.caCertificate, agent: false as const }
    const request = httpsRequest({ ...target, method: 'POST', path }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        request.destroy()
        resolve({ code: response.statusCode ?? 0, text, closes: response.headers.connection === 'close' })
      })
    })
    request.on('error', reject)
    write(request)
  })
}

describe('raw paths', () => {
  it.each([
    ['/cargo', '/cargo'],
    ['/cargo?x=1', '/cargo'],
    ['/cargo/hold/1', '/cargo/hold'],
    ['/cargoes', undefined],
    ['/', undefined],
  ])('%s is served by %s', (url, path) => {
    const paths = ['/cargo', '/cargo/hold'].map((each) => ({ path: each, serve: () => Promise.reject(new Error()) }))
    expect(rawPathOf(paths, url)?.path).toBe(path)
  })

  it('takes a body past the limit of the API, and past the time for a request', async () => {
    await harbour.close()
    await start({ receiveMs: 2_000, headersMs: 2_000 })
    const bytes = randomBytes(5_000_000)
    serve = async ({ body }) => ({ code: 200, headers: {}, body: await digest(body) })
    const answer = await send('/cargo/in', (request) => {
      request.write(bytes.subarray(0, 2_500_000))
      // The listener looks once a second for requests that take too long.
      setTimeout(() => request.end(bytes.subarray(2_500_000)), 3_500)
    })
    expect(answer).toMatchObject({
      code: 200,
      text: await digest(
        (async function* () {
          yield bytes
        })(),
      ),
    })
  })

  it('streams over HTTP/2 both ways', async () => {
    const bytes = randomBytes(3_000_000)
    serve = async ({ body }) => ({ code: 200, headers: { 'content-type': 'application/octet-stream' }, body })
    const session = connectHttp2(`https://127.0.0.1:${listener.port}`, { ca: pki.caCertificate })
    const stream = session.request({ ':method': 'POST', ':path': '/cargo/echo' })
    stream.end(bytes)
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(stream, 'end')
    session.close()
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
  })

  it('lets a client that still sends see why it is refused', async () => {
    serve = async () => {
      throw badRequest('the hold is full')
    }
    const answer = await send('/cargo/in', (request) => {
      request.setHeader('content-length', 50_000_000)
      for (let sent = 0; sent < 10; sent += 1) request.write(randomBytes(1_000_000))
    })
    expect(answer).toMatchObject({ code: 400, text: expect.stringContaining('the hold is full'), closes: true })
  })

  it('tells of a client that has gone', async () => {
    const gone = new Promise<void>((resolve) => {
      serve = ({ signal, body }) =>
        new Promise((_resolve, reject) => {
          body.resume()
          signal.addEventListener('abort', () => {
            resolve()
            reject(badRequest('gone'))
          })
        })
    })
    const target = { host: '127.0.0.1', port: listener.port, ca: pki.caCertificate, agent: false as const }
    const request = httpsRequest({ ...target, method: 'POST', path: '/cargo' })
    request.on('error', () => {})
    request.write('half', () => setImmediate(() => request.destroy()))
    await gone
  })

  it('keeps the bounds of the listener, and tells nothing of what broke inside', async () => {
    serve = async () => {
      throw new Error('/etc/secret is missing')
    }
    const answer = await send('/cargo', (request) => request.end())
    expect(answer.code).toBe(500)
    expect(answer.text).not.toContain('secret')
    expect((await send(`/cargo?${'x'.repeat(9_000)}`, (request) => request.end())).code).toBe(414)
  })
})
