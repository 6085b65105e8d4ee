import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { testDirectory } from '../test-directory.testkit.ts'
import { testCertificate } from './certificate.testkit.ts'
import { download, type Downloaded, type DownloadRequest } from './download.ts'

/** Every eight bytes say where they are; it ends in the middle of such. */
const content = Buffer.alloc(4 * 1024 ** 2)
for (let at = 0; at < content.length; at += 8) content.writeBigUInt64LE(BigInt(at) + 1n, at)
const whole = content.subarray(0, content.length - 3)

/** Bytes, over and over. */
const cuts = {
  'as fast as it can': [whole.length],
  'in small pieces': [10_000],
  'in pieces of all sizes': [1, 300_000, 70_000, 16_384, 5],
}

describe('large bodies', () => {
  const directory = testDirectory()
  const servers: Server[] = []
  let files = 0
  let pair: { certificate: string; key: string }

  beforeAll(async () => {
    pair = await testCertificate(directory, 'localhost')
  })
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })

  const listen = async (scheme: 'http' | 'https', handler: RequestListener): Promise<string> => {
    const server =
      scheme === 'http' ? createServer(handler) : createSecureServer({ cert: pair.certificate, key: pair.key }, handler)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    return `${scheme}://localhost:${(server.address() as AddressInfo).port}/disk.img` // a TCP server has an AddressInfo
  }
  const bring = (url: string, more: Partial<DownloadRequest> = {}): Promise<Downloaded> => {
    const target = join(directory, `file-${++files}`)
    const backoff = { initialMs: 1, maxMs: 1 }
    return download({ url, target, maxBytes: content.length, ca: pair.certificate, retries: 1, backoff, ...more })
  }
  const send = async (response: ServerResponse, sizes: readonly number[]): Promise<void> => {
    for (let at = 0, turn = 0; at < whole.length; turn += 1) {
      const end = at + (sizes[turn % sizes.length] ?? whole.length)
      const piece = whole.subarray(at, end)
      // The next one when this one is under way: they come one by one.
      await new Promise<void>((resolve) => response.write(piece, () => resolve()))
      at = end
    }
    response.end()
  }

  it.each(
    (['http', 'https'] as const).flatMap((scheme) =>
      Object.entries(cuts).flatMap(([how, sizes]) =>
        [true, false].map((announced) => ({ scheme, how, sizes, announced })),
      ),
    ),
  )('come as they are over $scheme, sent $how, length announced: $announced', async ({ scheme, sizes, announced }) => {
    const url = await listen(scheme, (_request, response) => {
      if (announced) response.setHeader('content-length', whole.length)
      void send(response, sizes)
    })
    const seen: number[] = []
    const { bytes, path } = await bring(url, { onProgress: ({ done = 0 }) => seen.push(done) })
    expect(bytes).toBe(whole.length)
    expect((await readFile(path)).equals(whole)).toBe(true)
    expect(seen.at(-1)).toBe(whole.length)
    expect(seen.every((done, index) => done > (seen[index - 1] ?? 0))).toBe(true)
  })

  it.each(['http', 'https'] as const)('of %s go on where they broke off', async (scheme) => {
    const from: number[] = []
    const url = await listen(scheme, (request, response) => {
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      from.push(start)
      response.setHeader('etag', '"one"')
      if (start > 0) response.setHeader('content-range', `bytes ${start}-${whole.length - 1}/${whole.length}`)
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': whole.length - start })
      if (from.length === 3) return void response.end(whole.subarray(start))
      response.write(whole.subarray(start, start + 1_500_000), () => response.destroy())
    })
    const { path } = await bring(url, { retries: 3 })
    expect((await readFile(path)).equals(whole)).toBe(true)
    expect(from).toHaveLength(3)
    expect(from).toEqual(from.toSorted((one, other) => one - other))
  })

  it('that stop in the middle are given up, and what came is kept', async () => {
    const url = await listen('http', (_request, response) => {
      response.writeHead(200, { 'content-length': whole.length, etag: '"one"' })
      response.write(whole.subarray(0, 1_500_000))
    })
    // A busy machine may call it idle before all of it has come.
    let came = 0
    const onProgress = ({ done = 0 }): void => void (came = done)
    await expect(bring(url, { idleTimeoutMs: 1000, retries: 0, resume: true, onProgress })).rejects.toMatchObject({
      code: 'TimedOut',
    })
    const kept = await readFile(join(directory, `file-${files}.part`))
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.length).toBe(came)
    expect(kept.equals(whole.subarray(0, kept.length))).toBe(true)
  })

  it('end when they are cancelled in the middle', async () => {
    const controller = new AbortController()
    const url = await listen('http', (_request, response) => {
      response.writeHead(200, { 'content-length': whole.length })
      response.write(whole.subarray(0, 1_500_000))
    })
    const cancelled = bring(url, {
      signal: controller.signal,
      onProgress: ({ done = 0 }) => {
        if (done === 1_500_000) controller.abort()
      },
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'Aborted' })
  })

  it('of more bytes than were announced end where they should', async () => {
    const url = await listen('http', ({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${whole.length}\r\n\r\n`)
      socket.write(content)
    })
    const { path } = await bring(url)
    expect((await readFile(path)).equals(whole)).toBe(true)
  })
})
