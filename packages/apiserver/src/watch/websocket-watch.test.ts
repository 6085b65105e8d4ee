import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { JsonObject, KubeObject } from '@berth/meta'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import type { Authorizer } from '../auth/user.ts'
import { boat, boatsPath } from '../server/testing/harbour.ts'
import { openTlsHarbour, type TlsHarbour } from '../server/testing/tls-harbour.ts'

let harbour: TlsHarbour
afterEach(() => harbour.close())

/** Nobody may watch in the namespace `other`. */
const authorizer: Authorizer = {
  authorize: (attributes) => ({
    allowed: attributes.kind === 'path' || attributes.namespace !== 'other',
    reason: '',
  }),
}

type Event = { type: string; object: JsonObject & KubeObject }

/** Messages as they come, each checked to be one event in a text frame. */
function eventsOf(socket: WebSocket): { take(count: number): Promise<string[]>; closed: Promise<number> } {
  const events: string[] = []
  let wake: (() => void) | undefined
  socket.on('message', (data: Buffer, binary: boolean) => {
    if (binary) throw new Error('an event came in a binary frame')
    const { type, object } = JSON.parse(data.toString()) as Event
    events.push(`${type} ${object.metadata?.name ?? JSON.stringify(object['code'])}`)
    wake?.()
  })
  const closed = once(socket, 'close').then(([code]) => Number(code))
  return {
    closed,
    async take(count) {
      while (events.length < count) await new Promise<void>((resolve) => (wake = resolve))
      return events.splice(0, count)
    },
  }
}

const create = (name: string) => harbour.ask('POST', boatsPath, { body: boat(name) })

describe('a watch over WebSocket', () => {
  beforeEach(async () => {
    harbour = await openTlsHarbour({ authorizer, limits: { bookmarkMs: 20 } })
  })

  it('sends one event per text frame', async () => {
    await create('a')
    const socket = harbour.webSocket(`${boatsPath}?watch=1`)
    const events = eventsOf(socket)
    expect(await events.take(1)).toEqual(['ADDED a'])
    await create('b')
    await create('c')
    await harbour.ask('DELETE', `${boatsPath}/a`)
    expect(await events.take(3)).toEqual(['ADDED b', 'ADDED c', 'DELETED a'])
    socket.close()
    await events.closed
    await expect
      .poll(async () => (await harbour.server.metrics.render()).body)
      .toContain('apiserver_longrunning_requests{group="harbour.example",resource="boats"} 0')
  })

  it.each([
    [[], ''],
    [['base64.binary.k8s.io'], 'base64.binary.k8s.io'],
    [['base64url.bearer.authorization.k8s.io.dG9rZW4', 'base64.binary.k8s.io'], 'base64.binary.k8s.io'],
  ])('agrees to the sub-protocols %s', async (offered, agreed) => {
    const socket = harbour.webSocket(`${boatsPath}?watch=1`, offered)
    await once(socket, 'open')
    expect(socket.protocol).toBe(agreed)
    socket.close()
    await once(socket, 'close')
  })

  it('closes normally when its time is over, and as going away with the server', async () => {
    const short = eventsOf(harbour.webSocket(`${boatsPath}?watch=1&timeoutSeconds=1`))
    const socket = harbour.webSocket(`${boatsPath}?watch=1`)
    const long = eventsOf(socket)
    await once(socket, 'open')
    expect(await short.closed).toBe(1000)
    await harbour.server.close()
    expect(await long.closed).toBe(1001)
  })

  it('serves the old paths and bookmarks too', async () => {
    await Promise.all(['a', 'b'].map(create))
    const path = '/apis/harbour.example/v1/watch/namespaces/default/boats/b?allowWatchBookmarks=1'
    const events = eventsOf(harbour.webSocket(path))
    expect(await events.take(2)).toEqual(['ADDED b', 'BOOKMARK undefined'])
  })

  it('refuses with a Status before it upgrades', async () => {
    for (const [path, code] of [
      ['/apis/harbour.example/v1/namespaces/other/boats?watch=1', 403],
      [`${boatsPath}?watch=1&fieldSelector=x%3Dy`, 400],
      [`${boatsPath}?watch=1&resourceVersionMatch=Exact`, 422],
      ['/apis/harbour.example/v1/ships?watch=1', 404],
    ] as const) {
      const [, response] = (await once(harbour.webSocket(path), 'unexpected-response')) as [unknown, IncomingMessage]
      expect(response.statusCode).toBe(code)
      response.resume()
    }
  })

  it('tells an old version as an event', async () => {
    await harbour.close()
    harbour = await openTlsHarbour({ historyLimit: 2 })
    for (const name of ['a', 'b', 'c', 'd']) await create(name)
    const events = eventsOf(harbour.webSocket(`${boatsPath}?watch=1&resourceVersion=2`))
    expect(await events.take(1)).toEqual(['ERROR 410'])
    expect(await events.closed).toBe(1000)
  })
})
