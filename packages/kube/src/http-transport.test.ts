import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StatusError } from '@berth/meta'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { createClient } from './client.ts'
import type { Transport } from './contract.ts'
import { configMaps, pods } from './core-resources.ts'
import { ClientError, StreamClosedError } from './errors.ts'
import { createHttpTransport, type HttpTransportOptions } from './http-transport.ts'
import type { Credentials } from './kubeconfig.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serve(listener: RequestListener, onSocket?: (socket: WebSocket) => void): Promise<string> {
  const server = createServer(listener)
  if (onSocket !== undefined) {
    const sockets = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/refused') {
        const body = JSON.stringify({ kind: 'Status', code: 400, reason: 'BadRequest', message: 'VMI is not running' })
        socket.end(`HTTP/1.1 400 Bad Request\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      } else sockets.handleUpgrade(request, socket, head, onSocket)
    })
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  cleanups.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function connect(
  server: string,
  options: HttpTransportOptions = {},
  credentials: Credentials = { kind: 'none' },
): Transport {
  const transport = createHttpTransport({ server, credentials }, options)
  cleanups.push(() => transport.close())
  return transport
}

describe('requests', () => {
  it.each([
    [
      404,
      '{"kind":"Status","code":404,"reason":"NotFound","message":"pods \\"a\\" not found"}',
      'NotFound',
      'pods "a" not found',
    ],
    [500, 'cannot get guest info: no agent', 'InternalError', 'cannot get guest info: no agent'],
    [502, '', 'InternalError', 'the server answered 502'],
    [418, '{"kind":"Status","reason":"Made up"}', 'BadRequest', 'the server answered 418'],
  ])('%i %s is a StatusError', async (code, body, reason, message) => {
    const url = await serve((_request, response) => response.writeHead(code).end(body))
    const failure = await createClient(connect(url))
      .get(pods, { namespace: 'n', name: 'a' })
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StatusError)
    expect(failure).toMatchObject({ code: reason, message, httpCode: code })
  })

  it('keeps the path prefix of the server address, and sends bodies with their length', async () => {
    const seen: unknown[] = []
    const url = await serve((request, response) => {
      seen.push([request.method, request.url, request.headers['content-length'], request.headers['content-type']])
      response.end('{"metadata":{}}')
    })
    const client = createClient(connect(`${url}/clusters/one`))
    await client.delete(configMaps, { namespace: 'n', name: 'a' }, { propagationPolicy: 'Orphan' })
    await client.patch(configMaps, { namespace: 'n', name: 'ä' }, { type: 'json', patch: [] }, { dryRun: true })
    expect(seen).toEqual([
      ['DELETE', '/clusters/one/api/v1/namespaces/n/configmaps/a', '71', 'application/json'],
      ['PATCH', '/clusters/one/api/v1/namespaces/n/configmaps/%C3%A4?dryRun=All', '2', 'application/json-patch+json'],
    ])
  })

  it('gives undefined for an empty answer', async () => {
    const url = await serve((_request, response) => response.writeHead(202).end())
    const client = createClient(connect(url))
    expect(await client.raw({ method: 'PUT', path: '/start', body: {} })).toBeUndefined()
  })

  it('names what is wrong when nothing listens', async () => {
    const failure = await createClient(connect('http://127.0.0.1:9'))
      .raw({ method: 'GET', path: '/' })
      .catch((e: unknown) => e)
    expect(failure).toBeInstanceOf(ClientError)
    expect(failure).toMatchObject({
      code: 'Unreachable',
      message: 'cannot reach http://127.0.0.1:9: nothing listens there',
    })
  })

  it('gives up on a server that does not answer', async () => {
    const url = await serve(() => {})
    const client = createClient(connect(url, { answerTimeoutMs: 20 }))
    await expect(client.raw({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'Timeout' })
  })

  it('can be cancelled, before and during the answer', async () => {
    const url = await serve((_request, response) => {
      response.write('{"type":')
    })
    const transport = connect(url)
    const before = { method: 'GET', path: '/', signal: AbortSignal.abort() }
    await expect(transport.request(before)).rejects.toMatchObject({ code: 'Aborted' })
    const controller = new AbortController()
    const answer = await transport.request({ method: 'GET', path: '/', signal: controller.signal })
    controller.abort()
    const reading = (async () => {
      for await (const _chunk of answer.body);
    })()
    await expect(reading).rejects.toMatchObject({ code: 'Aborted' })
  })

  it('reads again, but does not write again, when a kept connection was closed', async () => {
    let requests = 0
    const url = await serve((request, response) => {
      requests += 1
      if (requests % 2 === 0) request.socket.destroy()
      else response.end('{"metadata":{}}')
    })
    const client = createClient(connect(url))
    await client.get(pods, { namespace: 'n', name: 'a' })
    await client.get(pods, { namespace: 'n', name: 'a' })
    expect(requests).toBe(3)
    await expect(client.raw({ method: 'PUT', path: '/x', body: {} })).rejects.toMatchObject({ code: 'Unreachable' })
    expect(requests).toBe(4)
  })

  it('asks a credential command once, and again after a 401', async () => {
    const tokens: string[] = []
    const url = await serve((request, response) => {
      tokens.push(request.headers.authorization ?? '')
      response.writeHead(request.headers.authorization === 'Bearer t1' && tokens.length > 2 ? 401 : 200)
      response.end('{"metadata":{}}')
    })
    let runs = 0
    const apiVersion = 'client.authentication.k8s.io/v1'
    const runPlugin = async (): Promise<string> => {
      runs += 1
      return JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token: `t${runs}` } })
    }
    const plugin = {
      apiVersion,
      command: 'sign-in',
      args: [],
      env: {},
      installHint: undefined,
      interactiveMode: 'Never' as const,
      provideClusterInfo: false,
    }
    const client = createClient(connect(url, { runPlugin }, { kind: 'exec', plugin }))
    const get = () => client.get(pods, { namespace: 'n', name: 'a' })
    await Promise.all([get(), get()])
    await get()
    expect(tokens).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1', 'Bearer t2'])
    expect(runs).toBe(2)
  })
})

describe('streams', () => {
  const open = (transport: Transport, path = '/console') => transport.upgrade({ path, protocol: 'plain.kubevirt.io' })

  it('carries bytes both ways and ends normally', async () => {
    const url = await serve(
      () => {},
      (socket) => {
        socket.send('text frames are skipped')
        socket.on('message', (data: Buffer) => {
          socket.send(Buffer.concat([Buffer.from('echo '), data]))
          socket.close(1000)
        })
      },
    )
    const stream = await open(connect(url))
    stream.write('hello')
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    expect(text).toBe('echo hello')
  })

  it.each([
    ['a cut connection', (socket: WebSocket) => socket.terminate(), 1006],
    ['an error close', (socket: WebSocket) => socket.close(1011, 'guest died'), 1011],
  ])('fails with the close code on %s', async (_name, end, closeCode) => {
    const url = await serve(() => {}, end)
    const stream = await open(connect(url))
    const [error] = (await once(stream.resume(), 'error')) as [unknown]
    expect(error).toBeInstanceOf(StreamClosedError)
    expect(error).toMatchObject({ closeCode })
  })

  it('tells the server when the stream ends or is destroyed', async () => {
    const codes: number[] = []
    const url = await serve(
      () => {},
      (socket) => socket.on('close', (code) => codes.push(code)),
    )
    const transport = connect(url)
    const ended = await open(transport)
    ended.resume().end()
    await once(ended, 'close')
    const destroyed = await open(transport)
    destroyed.destroy()
    const third = await open(transport)
    third.resume().end()
    await once(third, 'close')
    // The server hears of the end of a connection by itself, before or after its client does.
    await expect.poll(() => codes).toEqual([1000, 1000, 1000])
  })

  it('does not lose bytes to a slow reader', async () => {
    const total = 8 * 1024 * 1024
    const url = await serve(
      () => {},
      (socket) => {
        for (let sent = 0; sent < total; sent += 65_536) socket.send(Buffer.alloc(65_536))
        socket.close(1000)
      },
    )
    const stream = await open(connect(url))
    let size = 0
    for await (const chunk of stream) {
      size += (chunk as Buffer).length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(size).toBe(total)
  })

  it('rejects with the server reason when it does not upgrade', async () => {
    const url = await serve(
      () => {},
      () => {},
    )
    const failure = await open(connect(url), '/refused').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StatusError)
    expect(failure).toMatchObject({ httpCode: 400, message: 'VMI is not running' })
    await expect(open(connect('http://127.0.0.1:9'))).rejects.toMatchObject({ code: 'Unreachable' })
  })
})
