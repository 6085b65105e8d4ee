import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { silentLogger } from '@berth/base'
import { createClient, type Transport } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { closeCodes, refusalCloseCode } from '@berth/view'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Cluster } from '../clusters/cluster.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { AccessQuestion } from '../watches/contract.ts'
import { serveStream, streamTarget, type StreamTarget } from './streams.ts'
import { Viewers } from './viewers.ts'

/** A cluster that refuses every stream. */
const transport: Transport = {
  request: () => Promise.reject(new Error('only streams are asked for')),
  upgrade: () => Promise.reject(new StatusError('Forbidden', 'not yours')),
  close: () => Promise.resolve(),
}
const cluster: Cluster = {
  id: 'here',
  name: 'here',
  kind: 'engine',
  namespace: 'default',
  clientFor: () => createClient(transport),
  service: undefined,
  credentials: 'impersonate',
  reachable: () => Promise.resolve({ state: 'reachable' }),
  close: () => Promise.resolve(),
}
const machine =
  '/api/clusters/here/stream/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances/till'

describe('an address of a stream', () => {
  it.each([
    ['vnc', '/vnc'],
    ['vnc?moveCursor=true&a=b', '/vnc?moveCursor=true&a=b'],
    ['vnc?take=free', '/vnc?preserveSession=true'],
    ['console?take=over', '/console'],
    ['portforward/22/tcp', '/portforward/22/tcp'],
  ])('%s is asked of the cluster as %s', (rest, path) =>
    expect(streamTarget(`${machine}/${rest}`, [cluster])?.path.endsWith(`/till${path}`)).toBe(true),
  )

  it.each([
    'screenshot',
    'vnc/screenshot',
    'vnc/..',
    'vnc%2f..%2fpause',
    'portforward/123456',
    'vnc?a=%0d%0ax',
    'vnc?a=B',
    'vnc?a=',
    'vnc?impersonate-user=root',
    `vnc?a=${'a'.repeat(50)}`,
    `vnc?${'a=a'.repeat(1000)}!`,
    `vnc?${'a'.repeat(7000)}!`,
  ])('%s is none', (rest) => expect(streamTarget(`${machine}/${rest}`, [cluster])).toBeUndefined())

  it('is of a cluster that is there', () => expect(streamTarget(`${machine}/vnc`, [])).toBeUndefined())
})

describe('who is on a screen', () => {
  let server: Server
  let port = 0
  let asked: AccessQuestion[]
  let allowed: boolean
  let target: StreamTarget

  beforeEach(async () => {
    asked = []
    const found = streamTarget(`${machine}/vnc?take=free`, [cluster])
    if (found?.shared === undefined) throw new Error('a screen is for one at a time')
    target = found
    const viewers = new Viewers()
    viewers.enter(found.shared.key, 'ann')
    const session = {
      identities: new Map([['here', { kind: 'impersonated', user: 'local:bob', groups: [] }]]),
      signal: new AbortController().signal,
      displayName: 'bob',
    } as unknown as LiveSession // what a stream needs of one
    const rights = {
      may: async (_cluster: unknown, _identity: unknown, question: AccessQuestion) => {
        asked.push(question)
        return allowed
      },
    }
    server = createServer()
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => {
      void serveStream(socket, { target, session }, { viewers, rights, logger: silentLogger })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  afterEach(() => {
    server.close()
    server.closeAllConnections()
  })

  async function ending(): Promise<{ code: number; reason: string }> {
    const browser = new WebSocket(`ws://127.0.0.1:${port}`)
    const [code, reason] = (await once(browser, 'close')) as [number, Buffer]
    return { code, reason: reason.toString('utf8') }
  }

  it('is told to those who may open it', async () => {
    allowed = true
    expect(await ending()).toEqual({ code: closeCodes.busy, reason: 'ann' })
    expect(asked).toEqual([
      {
        verb: 'get',
        group: 'subresources.kubevirt.io',
        resource: 'virtualmachineinstances',
        subresource: 'vnc',
        namespace: 'shop',
        name: 'till',
      },
    ])
  })

  it('is told to nobody else: the cluster says no', async () => {
    allowed = false
    const { code, reason } = await ending()
    expect(code).toBe(refusalCloseCode(403))
    expect(reason).not.toContain('ann')
  })
})
