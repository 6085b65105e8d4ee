import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { pods } from './core-resources.ts'
import { createLocalTransport, type LocalAnswer, type LocalRequest } from './local-transport.ts'

const user = { name: 'system:controller', groups: ['system:masters'] }

function transportTo(handle: (request: LocalRequest) => LocalAnswer | Promise<LocalAnswer>) {
  return createLocalTransport({ handle: async (request) => handle(request), user })
}

describe('local transport', () => {
  it('passes the request on as a server sees it', async () => {
    const seen: LocalRequest[] = []
    const transport = transportTo((request) => {
      seen.push(request)
      return { kind: 'full', code: 201, headers: {}, body: '{"metadata":{"name":"a"}}' }
    })
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a b', namespace: 'n' }, spec: { containers: [] } }
    await createClient(transport).create(pods, pod, { dryRun: true })
    const [request] = seen
    expect(request?.path).toBe('/api/v1/namespaces/n/pods')
    expect(request?.query.get('dryRun')).toBe('All')
    expect(request?.user).toBe(user)
    expect(request?.headers['content-type']).toBe('application/json')
    expect(request?.headers['user-agent']).toBe('controller')
    expect(JSON.parse(String(await request?.body()))).toEqual(pod)
  })

  it('reports refusals as StatusError', async () => {
    const body = Buffer.from('{"kind":"Status","reason":"Forbidden","code":403,"message":"no"}')
    const client = createClient(transportTo(() => ({ kind: 'full', code: 403, headers: {}, body })))
    await expect(client.list(pods)).rejects.toMatchObject({ code: 'Forbidden', message: 'no' })
    const upgrade = client.transport.upgrade({ path: '/x', protocol: 'p' })
    await expect(upgrade).rejects.toMatchObject({ code: 'Forbidden' })
  })

  it('streams a watch until it is cancelled', async () => {
    const stop = new AbortController()
    const client = createClient(
      transportTo(({ signal }) => ({
        kind: 'stream',
        code: 200,
        headers: {},
        body: (async function* () {
          yield Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n')
          await once(signal, 'abort')
        })(),
      })),
    )
    const names: unknown[] = []
    for await (const event of client.watch(pods, { resourceVersion: '1', signal: stop.signal })) {
      names.push(event.object.metadata)
      stop.abort()
    }
    expect(names).toEqual([{ name: 'a' }])
  })

  it('joins both ends of an upgrade, and ends them as a WebSocket does', async () => {
    const transport = transportTo(({ path, headers }) => ({
      kind: 'upgrade',
      protocol: headers['sec-websocket-protocol'] ?? '',
      open(channel) {
        if (path === '/cut') channel.destroy()
        else if (path === '/failed') channel.destroy(new Error('guest died'))
        else channel.pipe(channel)
      },
    }))
    const echo = await transport.upgrade({ path: '/echo', protocol: 'plain.kubevirt.io' })
    echo.end('hello')
    let text = ''
    for await (const chunk of echo) text += String(chunk)
    expect(text).toBe('hello')

    for (const path of ['/cut', '/failed']) {
      const stream = await transport.upgrade({ path, protocol: 'plain.kubevirt.io' })
      const [error] = (await once(stream.resume(), 'error')) as [unknown]
      expect(error).toMatchObject({ code: 'StreamClosed', closeCode: 1006 })
    }
  })

  it('lets go of a stream that the server has ended', async () => {
    let closed: Promise<unknown> | undefined
    const transport = transportTo(() => ({
      kind: 'upgrade',
      protocol: '',
      open(channel) {
        closed = once(channel.resume(), 'close')
        channel.end('last words')
      },
    }))
    let text = ''
    for await (const chunk of await transport.upgrade({ path: '/', protocol: '' })) text += String(chunk)
    expect(text).toBe('last words')
    await closed
  })

  it('tells the server when we go away', async () => {
    let closed: Promise<unknown> | undefined
    const transport = transportTo(() => ({
      kind: 'upgrade',
      protocol: '',
      open(channel) {
        closed = once(channel.resume(), 'close')
      },
    }))
    const stream = await transport.upgrade({ path: '/', protocol: '' })
    stream.destroy()
    await closed
    await transport.close()
    await expect(transport.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'Aborted' })
  })
})
