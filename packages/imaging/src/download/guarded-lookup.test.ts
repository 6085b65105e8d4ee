import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { testDirectory } from '../test-directory.testkit.ts'
import { download } from './download.ts'
import type { AddressRule } from './guarded-lookup.ts'

const directory = testDirectory()
const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function serverOf(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function fetched(url: string, refuses: AddressRule): Promise<string> {
  const target = join(directory, 'disk')
  try {
    await download({ url, target, maxBytes: 1000, retries: 0, proxy: { refuses } })
    return 'fetched'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('servers that may not be asked', () => {
  it('are not, by address, by name, or through another one', async () => {
    let asked = 0
    const hidden = await serverOf((_request, response) => {
      asked += 1
      response.end('secret')
    })
    const open = await serverOf((request, response) => {
      if (request.url !== '/on') return response.end('disk')
      response.writeHead(302, { location: `http://127.0.0.1:${hidden}/key` }).end()
    })
    const refuses: AddressRule = ({ address, port }) =>
      address.startsWith('127.') && port === hidden ? 'it is not for you' : undefined
    expect(await fetched(`http://127.0.0.1:${open}/`, refuses)).toBe('fetched')
    expect(await fetched(`http://localhost:${open}/`, refuses)).toBe('fetched')
    for (const url of [
      `http://127.0.0.1:${hidden}/`,
      `http://2130706433:${hidden}/`,
      `http://0x7f.1:${hidden}/`,
      `http://localhost:${hidden}/`,
      `http://127.0.0.1:${open}/on`,
    ])
      expect(await fetched(url, refuses)).toContain('it is not for you')
    expect(asked).toBe(0)
  })

  it('can be told by path', async () => {
    const port = await serverOf((_request, response) => response.end('disk'))
    const refuses: AddressRule = ({ path }) => (path.startsWith('/exports/') ? undefined : 'only exports')
    expect(await fetched(`http://localhost:${port}/exports/a`, refuses)).toBe('fetched')
    expect(await fetched(`http://localhost:${port}/exports/../api`, refuses)).toContain('only exports')
    expect(await fetched(`http://localhost:${port}/exports/%2e%2e/api`, refuses)).toContain('only exports')
  })
})
