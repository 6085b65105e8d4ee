import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { testCertificate } from './certificate.testkit.ts'
import { createServer as createTlsServer } from 'node:https'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testDirectory } from '../test-directory.testkit.ts'
import { connectionFailure } from './connection-failure.ts'
import { download } from './download.ts'
import { proxyFor, proxyFromEnvironment } from './proxy.ts'

describe('which proxy', () => {
  const settings = { http: 'http://proxy:3128', https: 'proxy:3129' }
  it.each([
    ['http://images.example.com/a', '', 'http://proxy:3128/'],
    ['https://images.example.com/a', '', 'http://proxy:3129/'],
    ['https://images.example.com/a', 'example.com', undefined],
    ['https://example.com/a', 'example.com', undefined],
    ['https://example.com/a', '.example.com', 'http://proxy:3129/'],
    ['https://badexample.com/a', 'example.com', 'http://proxy:3129/'],
    ['https://images.example.com/a', ' other.org , *.example.com', undefined],
    ['https://images.example.com:8443/a', 'example.com:8443', undefined],
    ['https://images.example.com/a', 'example.com:8443', 'http://proxy:3129/'],
    ['http://10.1.2.3/a', '10.0.0.0/8', undefined],
    ['http://11.1.2.3/a', '10.0.0.0/8', 'http://proxy:3128/'],
    ['http://[fd00::1]/a', 'fd00::/8', undefined],
    ['http://10.1.2.3/a', '10.0.0.0/99,rubbish/', 'http://proxy:3128/'],
    ['http://localhost/a', '', undefined],
    ['http://127.1.2.3/a', '', undefined],
    ['http://[::1]/a', '', undefined],
    ['http://images.example.com/a', '*', undefined],
  ])('%s without %j goes through %s', (url, none, expected) => {
    expect(proxyFor(new URL(url), { ...settings, none })?.href).toBe(expected)
  })

  it('is in the environment, as everybody writes it', () => {
    expect(proxyFromEnvironment({ HTTP_PROXY: 'a', https_proxy: 'b', HTTPS_PROXY: 'c', NO_PROXY: 'd' })).toEqual({
      http: 'a',
      https: 'b',
      none: 'd',
    })
  })

  it('has to be one that can be used', () => {
    expect(() => proxyFor(new URL('http://a.example.com'), { http: 'socks5://proxy:1080' })).toThrow(/cannot be used/)
  })
})

describe('downloads through a proxy', () => {
  const directory = testDirectory()
  const servers: { close(): void; closeAllConnections?(): void }[] = []
  afterEach(() => servers.splice(0).forEach((server) => (server.closeAllConnections?.(), server.close())))

  const listen = async (server: Server): Promise<number> => {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port // a TCP server has an AddressInfo
  }

  it('of https go through a tunnel, and the proxy never sees the headers', async () => {
    const { certificate, key } = await testCertificate(directory, 'images.example.com')
    const seen: (string | undefined)[] = []
    const origin = createTlsServer({ cert: certificate, key }, (request, response) => {
      seen.push(request.headers.authorization)
      response.end('content')
    })
    const originPort = await listen(origin)
    const asked: string[] = []
    const proxy = createServer()
    proxy.on('connect', (request, socket: Socket) => {
      asked.push(
        `${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''} ${request.headers.authorization ?? ''}`,
      )
      const onward = connect(originPort, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
      onward.on('error', () => socket.destroy())
      socket.on('error', () => onward.destroy())
    })
    const proxyPort = await listen(proxy)
    const target = join(directory, 'tunnelled')
    await download({
      url: 'https://images.example.com/disk.img',
      target,
      maxBytes: 100,
      ca: certificate,
      headers: { authorization: 'Bearer hidden' },
      proxy: { https: `http://user:pass@127.0.0.1:${proxyPort}` },
    })
    expect(await readFile(target, 'utf8')).toBe('content')
    expect(seen).toEqual(['Bearer hidden'])
    expect(asked).toEqual([`images.example.com:443 Basic ${Buffer.from('user:pass').toString('base64')} `])
  })

  it('say what the proxy says', async () => {
    const proxy = createServer()
    proxy.on('connect', (_request, socket: Socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'))
    const port = await listen(proxy)
    const request = { url: 'https://images.example.com/a', target: join(directory, 'none'), maxBytes: 100 }
    await expect(download({ ...request, proxy: { https: `127.0.0.1:${port}` } })).rejects.toMatchObject({
      code: 'Refused',
      message: expect.stringContaining('407'),
    })
  })
})

describe('certificates', () => {
  const directory = testDirectory()

  it.each([
    ['that nobody here knows', 'localhost', {}, 'signed by itself'],
    ['for another name', 'other.example.com', { known: true }, 'for another name'],
  ])('%s are refused with the reason', async (_what, name, { known = false }: { known?: boolean }, words) => {
    const { certificate, key } = await testCertificate(directory, name)
    const server = createTlsServer({ cert: certificate, key }, (_request, response) => response.end('content'))
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    const { port } = server.address() as AddressInfo // a TCP server has an AddressInfo
    try {
      const request = { url: `https://localhost:${port}/a`, target: join(directory, 'none'), maxBytes: 100 }
      await expect(download({ ...request, ...(known ? { ca: certificate } : {}) })).rejects.toMatchObject({
        code: 'Refused',
        message: expect.stringContaining(words),
      })
    } finally {
      server.close()
    }
  })

  it('that have expired say so', () => {
    const cause = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' })
    const failure = connectionFailure(new URL('https://images.example.com/a?token=hidden'), cause, undefined)
    expect(failure.message).toBe(
      'https://images.example.com/a?…: its certificate is not trusted: it has expired (CERT_HAS_EXPIRED)',
    )
  })

  it('and names that are not known say so', async () => {
    const request = { url: 'http://nowhere.invalid/a', target: join(directory, 'none'), maxBytes: 100, retries: 0 }
    await expect(download(request)).rejects.toMatchObject({ message: expect.stringMatching(/DNS/) })
  })
})
