import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { array, assert, asyncProperty, boolean, constantFrom, integer, record } from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { testDirectory } from '../test-directory.testkit.ts'
import { download } from './download.ts'

/** More than comes at once: most of it goes past the parser. */
const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 251))
const checksum = `sha256:${createHash('sha256').update(content).digest('hex')}`

/** What a server does to one request. */
interface Fault {
  kind: 'whole' | 'breakOff' | 'ignoreRange' | 'busy' | 'otherFile' | 'wrongRange' | 'tooShort' | 'wrongTotal'
  at: number
  etag: boolean
}

const fault = record({
  kind: constantFrom<Fault['kind'][]>(
    'whole',
    'breakOff',
    'ignoreRange',
    'busy',
    'otherFile',
    'wrongRange',
    'tooShort',
    'wrongTotal',
  ),
  at: integer({ min: 0, max: content.length }),
  etag: boolean(),
})

function serverOf(faults: readonly Fault[]): Server {
  let count = 0
  return createServer((request, response) => {
    // After its faults it does what it should.
    const { kind, at, etag } = faults[count++] ?? { kind: 'whole', at: 0, etag: true }
    const asked = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const from = kind === 'ignoreRange' ? 0 : asked
    if (kind === 'busy') return void response.writeHead(503).end()
    const bytes = kind === 'otherFile' ? Buffer.alloc(at + 1, 255) : content
    const tag = kind === 'otherFile' ? '"other"' : '"same"'
    if (etag) response.setHeader('etag', tag)
    const same = request.headers['if-range'] === undefined || request.headers['if-range'] === tag
    const partial = from > 0 && from < bytes.length && same
    const start = partial ? from : 0
    const length = bytes.length - start
    const shown = kind === 'wrongRange' ? start + 1 : start
    const total = kind === 'wrongTotal' ? bytes.length + 5 : bytes.length
    if (partial) response.setHeader('content-range', `bytes ${shown}-${bytes.length - 1}/${total}`)
    response.writeHead(partial ? 206 : 200, { 'content-length': length })
    if (kind !== 'breakOff' && kind !== 'tooShort') return void response.end(bytes.subarray(start))
    const end = Math.min(bytes.length, start + at)
    response.write(bytes.subarray(start, end), () => response.destroy())
  })
}

describe('a server that breaks, lies and changes its mind', () => {
  const directory = testDirectory()
  const servers: Server[] = []
  let count = 0
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })

  it('never makes a wrong file: it comes whole and right, or not at all', async () => {
    await assert(
      asyncProperty(array(fault, { maxLength: 6 }), boolean(), async (faults: Fault[], resume) => {
        const server = serverOf(faults)
        servers.push(server)
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        const target = join(directory, `file-${++count}`)
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/disk` // a TCP server has an AddressInfo
        const options = {
          url,
          target,
          checksum,
          resume,
          maxBytes: 300_000,
          retries: 10,
          backoff: { initialMs: 0, maxMs: 0 },
        }
        // A wrong file is noticed by its checksum, and thrown away: the next try begins anew.
        for (let tries = 0; tries < 8; tries++) {
          const outcome = await download(options).catch((error: unknown) => error)
          if (!(outcome instanceof Error)) break
          expect(outcome).toMatchObject({
            code: expect.stringMatching(/ChecksumMismatch|NetworkFailed|ServerFailed|TooLarge/),
          })
          expect(await readdir(directory)).not.toContain(`file-${count}`)
        }
        expect((await readFile(target)).equals(content)).toBe(true)
        expect((await readdir(directory)).filter((name) => name.startsWith(`file-${count}.`))).toEqual([])
        server.closeAllConnections()
        server.close()
      }),
      { numRuns: 60 },
    )
  })
})
