import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { testDirectory } from '../test-directory.testkit.ts'
import { download, type DownloadRequest } from './download.ts'

const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251))
const sha256 = `sha256:${createHash('sha256').update(content).digest('hex')}`
const backoff = { initialMs: 1, maxMs: 1 }

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void

describe('download', () => {
  const directory = testDirectory()
  const servers: Server[] = []
  let files = 0

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })

  const serve = async (handler: Handler): Promise<string> => {
    let count = 0
    const server = createServer((request, response) => handler(request, response, ++count))
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/disk.img` // a TCP server has an AddressInfo
  }
  const fetchTo = (url: string, more: Partial<DownloadRequest> = {}): ReturnType<typeof download> =>
    download({ url, target: join(directory, `file-${++files}`), maxBytes: 1_000_000, backoff, retries: 2, ...more })
  const target = (): string => join(directory, `file-${files}`)
  const noLeftovers = async (): Promise<void> => {
    expect((await readdir(directory)).filter((name) => name === `file-${files}` || name.endsWith('.part'))).toEqual([])
  }

  it('brings the file, checks it and reports progress', async () => {
    const url = await serve((_request, response) => response.setHeader('content-length', content.length).end(content))
    const seen: number[] = []
    const result = await fetchTo(url, {
      checksum: sha256,
      onProgress: ({ done, total }) => seen.push((done ?? 0) / (total ?? 1)),
    })
    expect(result).toMatchObject({ bytes: content.length, kind: 'plain', path: target() })
    expect((await readFile(target())).equals(content)).toBe(true)
    expect(seen.at(-1)).toBe(1)
  })

  it('resumes where the connection broke, while the file is the same', async () => {
    const ranges: (string | undefined)[] = []
    let breakOff: (() => void) | undefined
    const url = await serve((request, response, count) => {
      ranges.push(request.headers.range)
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.setHeader('etag', '"v1"')
      if (from > 0) {
        expect(request.headers['if-range']).toBe('"v1"')
        response.setHeader('content-range', `bytes ${from}-${content.length - 1}/${content.length}`)
      }
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from })
      breakOff = undefined
      if (count === 3) response.end(content.subarray(from))
      else {
        // Only when the client has some of it: what is still under way is lost with the connection.
        breakOff = () => response.destroy()
        response.write(content.subarray(from, from + 50_000))
      }
    })
    await fetchTo(url, { checksum: sha256, onProgress: () => breakOff?.() })
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/), expect.stringMatching(/^bytes=\d+-$/)])
  })

  it('goes on after a restart when asked to, and only with the same address', async () => {
    const ranges: (string | undefined)[] = []
    const url = await serve((request, response) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      ranges.push(request.headers.range)
      response.setHeader('etag', '"v1"')
      if (from > 0) response.setHeader('content-range', `bytes ${from}-${content.length - 1}/${content.length}`)
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from })
      response.write(content.subarray(from, from + 100_000))
      if (ranges.length > 1) response.end(content.subarray(from + 100_000))
    })
    const path = join(directory, 'restart')
    const request = { url, target: path, maxBytes: 1_000_000, resume: true, checksum: sha256 }
    const controller = new AbortController()
    const first = download({ ...request, signal: controller.signal, onProgress: () => controller.abort() })
    await expect(first).rejects.toMatchObject({ code: 'Aborted' })
    expect((await readdir(directory)).filter((name) => name.startsWith('restart'))).toContain('restart.part')
    await download(request)
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)])
    expect((await readdir(directory)).filter((name) => name.startsWith('restart'))).toEqual(['restart'])

    await writeFile(join(directory, 'restart.part'), 'of another file')
    await writeFile(join(directory, 'restart.part.json'), JSON.stringify({ url: 'x', validator: '"v1"', total: 20 }))
    await download(request)
    expect(ranges.at(-1)).toBeUndefined()
  })

  it('begins again when the file changed in the meantime', async () => {
    const url = await serve((_request, response, count) => {
      response.setHeader('etag', `"v${count}"`).setHeader('content-length', content.length)
      if (count > 1) response.end(content)
      else response.write(Buffer.alloc(60_000, 255), () => response.socket?.end())
    })
    await fetchTo(url, { checksum: sha256 })
    expect((await readFile(target())).equals(content)).toBe(true)
  })

  it('begins again when the server cannot resume', async () => {
    const url = await serve((_request, response, count) => {
      response.setHeader('content-length', content.length)
      if (count > 1) response.end(content)
      else response.write(content.subarray(0, 60_000), () => response.socket?.end())
    })
    await fetchTo(url, { checksum: sha256 })
  })

  it('tries again after 5xx, and gives up with the answer', async () => {
    const good = await serve((_request, response, count) => {
      response.statusCode = count < 3 ? 503 : 200
      response.end(count < 3 ? '' : content)
    })
    await fetchTo(good, { checksum: sha256 })
    const bad = await serve((_request, response) => response.writeHead(502).end())
    await expect(fetchTo(bad)).rejects.toMatchObject({ code: 'ServerFailed', message: expect.stringContaining('502') })
    await noLeftovers()
  })

  it.each([
    [404, 'NotFound'],
    [410, 'NotFound'],
    [401, 'Refused'],
    [403, 'Refused'],
    [418, 'Refused'],
  ])('does not try again after %i: %s', async (status, code) => {
    let asked = 0
    const url = await serve((_request, response, count) => {
      asked = count
      response.writeHead(status).end()
    })
    await expect(fetchTo(url)).rejects.toMatchObject({ code })
    expect(asked).toBe(1)
    await noLeftovers()
  })

  it('refuses a wrong checksum and keeps nothing', async () => {
    const url = await serve((_request, response) => response.end(content))
    await expect(fetchTo(url, { checksum: 'md5:00000000000000000000000000000000' })).rejects.toMatchObject({
      code: 'ChecksumMismatch',
    })
    await noLeftovers()
  })

  it('refuses what is too large, announced or not', async () => {
    const announced = await serve((_request, response) => response.setHeader('content-length', 200_000).end(content))
    await expect(fetchTo(announced, { maxBytes: 1000 })).rejects.toMatchObject({ code: 'TooLarge' })
    const silent = await serve((_request, response) => {
      response.write(content.subarray(0, 100_000))
      response.end(content)
    })
    await expect(fetchTo(silent, { maxBytes: 150_000 })).rejects.toMatchObject({ code: 'TooLarge' })
    await noLeftovers()
  })

  it('does not keep existing content from before a failure', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end())
    const path = join(directory, 'existing')
    await writeFile(path, 'old')
    await expect(download({ url, target: path, maxBytes: 10 })).rejects.toMatchObject({ code: 'NotFound' })
    expect(await readFile(path, 'utf8')).toBe('old')
  })

  it('follows redirects, up to a limit, and only to http and https', async () => {
    const last = await serve((_request, response) => response.end(content))
    const first = await serve((_request, response) => response.writeHead(302, { location: last }).end())
    expect(await fetchTo(first, { checksum: sha256 })).toMatchObject({ source: last })
    const loop = await serve((_request, response) => response.writeHead(301, { location: '/again' }).end())
    await expect(fetchTo(loop)).rejects.toMatchObject({ code: 'Refused', message: expect.stringContaining('10 times') })
    const file = await serve((_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end())
    await expect(fetchTo(file)).rejects.toMatchObject({ code: 'InvalidArgument' })
  })

  it('sends credentials to the named host only, and shows them nowhere', async () => {
    const seen: (string | undefined)[] = []
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(403).end()
    })
    const first = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(302, { location: `${other}?token=s3cret` }).end()
    })
    const error: unknown = await fetchTo(first.replace('//', '//user:s3cret@')).catch((thrown: unknown) => thrown)
    expect(seen).toEqual([`Basic ${Buffer.from('user:s3cret').toString('base64')}`, undefined])
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret')
    expect(String(error)).not.toContain('s3cret')
    expect(error).toMatchObject({ code: 'Refused' })
  })

  it('gives up when nothing arrives', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('content-length', 10)
      response.write('x')
    })
    await expect(fetchTo(url, { idleTimeoutMs: 100, retries: 1 })).rejects.toMatchObject({ code: 'TimedOut' })
  })

  it.each([
    ['an answer', (response: ServerResponse) => response.socket],
    ['a file', (response: ServerResponse) => response.writeHead(200, { 'content-length': 100_000 })],
  ])('gives up on a server that gives %s a byte at a time', async (_what, outOf) => {
    const url = await serve((_request, response) => {
      const out = outOf(response)
      out?.write('HTTP/1.1 200 OK\r\nX-Long: ')
      const timer = setInterval(() => out?.write('x'), 20)
      response.once('close', () => clearInterval(timer))
      response.socket?.once('close', () => clearInterval(timer))
    })
    const limits = { connectTimeoutMs: 100, idleTimeoutMs: 200, retries: 1 }
    await expect(fetchTo(url, limits)).rejects.toMatchObject({ code: 'TimedOut' })
    await noLeftovers()
  })

  it('waits for as long as the server asks, or ends where that is too long, and says how long', async () => {
    const url = await serve((_request, response) => response.writeHead(429, { 'retry-after': '30' }).end())
    await expect(fetchTo(url, { mostWaitMs: 1000 })).rejects.toMatchObject({
      code: 'ServerFailed',
      message: expect.stringContaining('answered 429 Too Many Requests'),
      retryAfterMs: 30_000,
    })
    const hasTime = await serve((_request, response, count) => {
      if (count === 1) response.writeHead(503, { 'retry-after': '1' })
      response.end(count === 1 ? '' : content)
    })
    const began = performance.now()
    await fetchTo(hasTime, { checksum: sha256 })
    expect(performance.now() - began).toBeGreaterThan(900)
  })

  it('stops when cancelled', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('content-length', 10)
      response.write('x')
    })
    const controller = new AbortController()
    const run = fetchTo(url, { signal: controller.signal, onProgress: () => controller.abort() })
    await expect(run).rejects.toMatchObject({ code: 'Aborted' })
    await noLeftovers()
  })

  it('says when nobody listens', async () => {
    const url = await serve(() => {})
    servers.splice(0).forEach((server) => server.close())
    await expect(fetchTo(url)).rejects.toMatchObject({
      code: 'NetworkFailed',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('names compression by the first bytes and leaves it alone', async () => {
    const packed = gzipSync('hello')
    const url = await serve((_request, response) => response.end(packed))
    expect(await fetchTo(url)).toMatchObject({ kind: 'gzip' })
    expect((await readFile(target())).equals(packed)).toBe(true)
  })

  it.each(['ftp://x/y', 'file:///etc/passwd', 'not an address', ''])('refuses the address %j', async (url) => {
    await expect(fetchTo(url)).rejects.toMatchObject({ code: 'InvalidArgument' })
  })
})
