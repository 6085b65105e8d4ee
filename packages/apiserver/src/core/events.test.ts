import { describe, expect, it } from 'vitest'
import { getPath, type JsonObject } from '@berth/meta'
import { coreServer, requestOf, type Answer, type CoreServer } from '../testing/core-server.ts'

const core = '/api/v1/namespaces/default/events'
const fresh = '/apis/events.k8s.io/v1/namespaces/default/events'
const merge = { 'content-type': 'application/merge-patch+json' }

async function opened(): Promise<CoreServer> {
  const server = coreServer()
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  return server
}

const pod = { kind: 'Pod', name: 'p', namespace: 'default', uid: 'u', apiVersion: 'v1' }
const sample = {
  metadata: { name: 'e' },
  eventTime: '2026-01-02T03:04:05.000006Z',
  reportingController: 'example.com/pilot',
  reportingInstance: 'pilot-1',
  action: 'Mooring',
  reason: 'Moored',
  regarding: pod,
  note: 'all fast',
  type: 'Normal',
}

function create(server: CoreServer, more: JsonObject = {}): Promise<Answer> {
  return server.call('POST', fresh, { ...sample, ...more })
}

describe('the two forms of an event', () => {
  it('are of the same object, whichever it came in', async () => {
    const server = await opened()
    const { code, body } = await create(server)
    expect(code).toBe(201)
    expect(body).toMatchObject({ apiVersion: 'events.k8s.io/v1', kind: 'Event', ...sample, metadata: { name: 'e' } })
    const { body: old } = await server.call('GET', `${core}/e`)
    expect(old).toMatchObject({
      apiVersion: 'v1',
      involvedObject: pod,
      message: 'all fast',
      reportingComponent: 'example.com/pilot',
      eventTime: sample.eventTime,
    })
    expect(getPath(old, ['metadata', 'uid'])).toBe(getPath(body, ['metadata', 'uid']))
    expect(old).not.toHaveProperty('regarding')
    expect(server.store.count('core/events')).toBe(1)
    expect(server.store.count('events.k8s.io/events')).toBe(0)
  })

  it('show old events with the members they had', async () => {
    const server = await opened()
    const at = '2026-01-02T03:04:05Z'
    await server.call('POST', core, {
      metadata: { name: 'old' },
      involvedObject: pod,
      message: 'seen',
      count: 3,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component: 'c', host: 'h' },
    })
    const { body } = await server.call('GET', `${fresh}/old`)
    expect(body).toMatchObject({
      regarding: pod,
      note: 'seen',
      deprecatedCount: 3,
      deprecatedFirstTimestamp: at,
      deprecatedLastTimestamp: at,
      deprecatedSource: { component: 'c', host: 'h' },
      eventTime: null,
    })
    // What came as it is may go back so.
    expect((await server.call('PUT', `${fresh}/old`, body)).code).toBe(200)
    expect((await server.call('GET', `${core}/old`)).body).not.toHaveProperty('eventTime')
  })

  it('go on as a series', async () => {
    const server = await opened()
    await create(server)
    const series = { series: { count: 2, lastObservedTime: '2026-01-02T03:05:05.000000Z' } }
    expect((await server.call('PATCH', `${fresh}/e`, series, merge)).code).toBe(200)
    expect((await server.call('GET', `${core}/e`)).body).toMatchObject(series)
    const once = await server.call('PATCH', `${fresh}/e`, { series: { count: 1 } }, merge)
    expect(once.body['message']).toContain('series.count: Invalid value: "": should be at least 2')
  })

  it('are listed each in its own', async () => {
    const server = await opened()
    await create(server)
    const forms = { [core]: 'involvedObject', [fresh]: 'regarding' }
    for (const [path, member] of Object.entries(forms)) {
      const { body } = await server.call('GET', path)
      expect(getPath(body, ['items', 0, member])).toEqual(pod)
    }
  })

  it('are watched each in its own', async () => {
    const server = await opened()
    await create(server)
    const forms = { [core]: 'involvedObject', [fresh]: 'regarding' }
    for (const [path, member] of Object.entries(forms)) {
      const answer = await server.server.handler(requestOf('GET', `${path}?watch=1&resourceVersion=0&timeoutSeconds=1`))
      if (answer.kind !== 'stream') throw new Error(`${path} is not a stream`)
      let first = ''
      for await (const chunk of answer.body) {
        first = Buffer.from(chunk).toString().split('\n')[0] ?? ''
        break
      }
      const event = JSON.parse(first) as JsonObject
      expect(getPath(event, ['object', member])).toEqual(pod)
    }
  })

  it('are told to the watchers of both forms as they happen', async () => {
    const server = await opened()
    const streams = await Promise.all(
      [core, fresh].map((path) => server.server.handler(requestOf('GET', `${path}?watch=1`))),
    )
    const firsts = streams.map(async (answer) => {
      if (answer.kind !== 'stream') throw new Error('not a stream')
      for await (const chunk of answer.body)
        return JSON.parse(Buffer.from(chunk).toString().split('\n')[0] ?? '') as JsonObject
      return {}
    })
    await create(server)
    const [old, now] = await Promise.all(firsts)
    expect(getPath(old ?? {}, ['object', 'involvedObject'])).toEqual(pod)
    expect(getPath(now ?? {}, ['object', 'regarding'])).toEqual(pod)
  })

  it('are printed the same', async () => {
    const server = await opened()
    await create(server)
    const table = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }
    for (const path of [core, fresh]) {
      const { body } = await server.call('GET', path, undefined, table)
      const cells = getPath(body, ['rows', 0, 'cells'])
      expect(cells).toEqual(
        expect.arrayContaining(['Normal', 'Moored', 'pod/p', 'all fast', 'example.com/pilot, pilot-1']),
      )
    }
  })

  it.each([
    [core, 'involvedObject.name=p', 1],
    [core, 'involvedObject.name=q', 0],
    [core, 'reportingComponent=example.com/pilot,type=Normal', 1],
    [core, 'source=example.com/pilot', 1],
    [fresh, 'regarding.name=p,regarding.kind=Pod', 1],
    [fresh, 'regarding.uid=v', 0],
    [fresh, 'reportingController=example.com/pilot,reason=Moored', 1],
  ])('%s are found by %s', async (path, selector, count) => {
    const server = await opened()
    await create(server)
    const { code, body } = await server.call('GET', `${path}?fieldSelector=${encodeURIComponent(selector)}`)
    expect(code).toBe(200)
    expect(body['items']).toHaveLength(count)
  })

  it('are not selected by what the other form calls it', async () => {
    const server = await opened()
    expect((await server.call('GET', `${core}?fieldSelector=regarding.name%3Dp`)).code).toBe(400)
    expect((await server.call('GET', `${fresh}?fieldSelector=involvedObject.name%3Dp`)).code).toBe(400)
  })
})

describe('a new event must', () => {
  it.each<[string, JsonObject, string]>([
    ['say when', { eventTime: null }, 'eventTime: Required value'],
    ['say who', { reportingController: '' }, 'reportingController: Required value'],
    ['say which of them', { reportingInstance: '' }, 'reportingInstance: Required value'],
    ['say what was done', { action: '' }, 'action: Required value'],
    ['say why', { reason: '' }, 'reason: Required value'],
    ['have a type', { type: 'Odd' }, 'type: Invalid value: "": has invalid value: Odd'],
    ['not have old members', { deprecatedCount: 2 }, 'count: Invalid value: "": needs to be unset'],
    ['be short', { note: 'x'.repeat(1025) }, 'message: Invalid value: "": can have at most 1024 characters'],
    ['have a reporter with a name', { reportingController: 'a b' }, 'reportingController: Invalid value: "a b"'],
    [
      'lie beside what it is about',
      { regarding: { kind: 'Node', name: 'n' }, eventTime: null },
      'eventTime: Required value',
    ],
  ])('%s', async (_what, more, words) => {
    const { code, body } = await create(await opened(), more)
    expect(code).toBe(422)
    expect(body['message']).toMatch(/^Event "e" is invalid: /)
    expect(body['message']).toContain(words)
  })

  it('not change, but for its series', async () => {
    const server = await opened()
    await create(server)
    const { code, body } = await server.call('PATCH', `${fresh}/e`, { note: 'other', action: 'Casting' }, merge)
    expect(code).toBe(422)
    expect(body['message']).toContain('message: Invalid value: "other": field is immutable')
    expect(body['message']).toContain('action: Invalid value: "Casting": field is immutable')
    // core/v1 lets clients change what they like.
    expect((await server.call('PATCH', `${core}/e`, { message: 'other' }, merge)).code).toBe(200)
  })
})

it('events of core/v1 with a time are checked as new ones are', async () => {
  const server = await opened()
  const event = { metadata: { name: 'e' }, involvedObject: pod, eventTime: sample.eventTime }
  const { code, body } = await server.call('POST', core, event)
  expect(code).toBe(422)
  expect(body['message']).toContain('reportingComponent: Required value')
  expect(body['message']).toContain('reportingInstance: Required value')
})
