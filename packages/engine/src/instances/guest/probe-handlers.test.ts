import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duplexPair, pipeline } from 'node:stream'
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { openPki } from '@berth/apiserver'
import { DriverError, type Domain } from '@berth/hypervisor'
import type { Probe, VirtualMachineInstance } from '@berth/api'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { instanceOf } from '../../testing/manifests.ts'
import { ask } from './probe-handlers.ts'

const open: Server[] = []

afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

async function listening<T extends Server>(server: T): Promise<number> {
  open.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Bound to a port, so it has an address of that form.
  return (server.address() as AddressInfo).port
}

/** The far end does not mind being cut off. */
function quiet(socket: Socket): Socket {
  return socket.on('error', () => socket.destroy())
}

/** A guest whose ports are those of this host; only what probes use of it. */
function guest(): Domain {
  return {
    dial: async (port: number) => {
      const socket = connect(port, '127.0.0.1')
      try {
        await once(socket, 'connect')
      } catch {
        throw new DriverError('Refused', `nothing listens on port ${port}`)
      }
      // What drivers give is a stream, and no socket.
      const [near, far] = duplexPair()
      pipeline(far, socket, far, () => socket.destroy())
      return near
    },
  } as unknown as Domain
}

function named(port: number): VirtualMachineInstance {
  const interfaces = [{ name: 'default', masquerade: {}, ports: [{ name: 'web', port }] }]
  return instanceOf('web', { domain: { devices: { interfaces } } })
}

const probe = (handler: Partial<Probe>, instance = instanceOf('web')): Promise<string | undefined> =>
  ask({ timeoutSeconds: 30, ...handler }, { instance, domain: guest() })

async function free(): Promise<number> {
  const server = createTcpServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  return port
}

describe('tcpSocket', () => {
  it('wants somebody to listen', async () => {
    const port = await listening(createTcpServer((socket) => quiet(socket).destroy()))
    expect(await probe({ tcpSocket: { port } })).toBeUndefined()
    expect(await probe({ tcpSocket: { port: 'web' } }, named(port))).toBeUndefined()
    expect(await probe({ tcpSocket: { port: await free() } })).toMatch(/^nothing listens/)
    expect(await probe({ tcpSocket: { port: 'other' } }, named(port))).toBe('no network card has a port named "other"')
  })
})

describe('httpGet', () => {
  const http = (listener: RequestListener): Promise<number> => listening(createServer(listener))

  it.each([
    [200, undefined],
    [302, undefined],
    [404, 'HTTP probe failed with statuscode: 404'],
    [500, 'HTTP probe failed with statuscode: 500'],
  ])('answered with %i', async (code, failure) => {
    const port = await http((_request, response) => response.writeHead(code).end())
    expect(await probe({ httpGet: { port } })).toBe(failure)
  })

  it('asks for what it is told to', async () => {
    const asked: unknown[] = []
    const port = await http(({ url, headers }, response) => {
      asked.push([url, headers['x-probe'], headers.host])
      response.end()
    })
    const httpHeaders = [{ name: 'X-Probe', value: 'yes' }]
    expect(await probe({ httpGet: { port, path: 'health?x=1', httpHeaders } })).toBeUndefined()
    expect(asked).toEqual([['/health?x=1', 'yes', `localhost:${port}`]])
  })

  it('does not wait for ever', async () => {
    const port = await http(() => {})
    expect(await probe({ httpGet: { port }, timeoutSeconds: 1 })).toMatch(/abort/i)
  })

  it('is not hurt by a body without end, nor by nonsense', async () => {
    const endless = await http((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    expect(await probe({ httpGet: { port: endless } })).toBeUndefined()
    const nonsense = await listening(createTcpServer((socket) => quiet(socket).end('nonsense\r\n\r\n')))
    expect(await probe({ httpGet: { port: nonsense } })).toMatch(/parse/i)
    const header = await listening(
      createTcpServer((socket) => quiet(socket).end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1e6)}`)),
    )
    expect(await probe({ httpGet: { port: header } })).toMatch(/header/i)
  })
})

describe('httpGet over TLS', () => {
  let folder: string
  let keys: { key: string; cert: string }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-probe-'))
    const { server } = await openPki({ directory: folder, clock: { now: () => new Date() } })
    keys = { key: server.key, cert: server.certificate }
  })
  afterAll(async () => rm(folder, { recursive: true }))

  const https = (listener: RequestListener): Promise<number> => listening(createTlsServer(keys, listener))

  it.each([
    [200, undefined],
    [503, 'HTTP probe failed with statuscode: 503'],
  ])('answered with %i, whoever signed for the guest', async (code, failure) => {
    const port = await https((_request, response) => response.writeHead(code).end())
    expect(await probe({ httpGet: { port, scheme: 'HTTPS' } })).toBe(failure)
  })

  it('wants TLS where it was told so, and none elsewhere', async () => {
    const plain = await listening(createServer((_request, response) => response.end()))
    expect(await probe({ httpGet: { port: plain, scheme: 'HTTPS' } })).toMatch(/ssl|tls|wrong version/i)
    const secure = await https((_request, response) => response.end())
    expect(await probe({ httpGet: { port: secure } })).toBeDefined()
  })

  it('does not wait for ever for a handshake', async () => {
    const port = await listening(createTcpServer((socket) => quiet(socket).resume()))
    expect(await probe({ httpGet: { port, scheme: 'HTTPS' }, timeoutSeconds: 1 })).toMatch(/abort/i)
  })
})
