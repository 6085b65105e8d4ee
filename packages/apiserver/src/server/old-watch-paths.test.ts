import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boat, boatsPath, events, openHarbour, type Harbour } from './testing/harbour.ts'

let harbour: Harbour
beforeEach(async () => {
  harbour = await openHarbour()
  for (const [path, name] of [
    [boatsPath, 'a'],
    [boatsPath, 'b'],
    ['/apis/harbour.example/v1/namespaces/other/boats', 'c'],
  ] as const) {
    await harbour.ask('POST', path, { body: boat(name) })
  }
  await harbour.ask('POST', '/api/v1/piers', { body: { apiVersion: 'v1', kind: 'Pier', metadata: { name: 'p' } } })
})
afterEach(() => harbour.close())

async function watched(path: string): Promise<string[]> {
  const answer = await harbour.answer('GET', `${path}?timeoutSeconds=-1`)
  const names: string[] = []
  for await (const { type, object } of events(answer)) names.push(`${type} ${object.metadata.name}`)
  return names
}

describe('watch paths of old', () => {
  it.each([
    ['/apis/harbour.example/v1/watch/boats', ['ADDED a', 'ADDED b', 'ADDED c']],
    ['/apis/harbour.example/v1/watch/namespaces/default/boats', ['ADDED a', 'ADDED b']],
    ['/apis/harbour.example/v1/watch/namespaces/default/boats/', ['ADDED a', 'ADDED b']],
    ['/apis/harbour.example/v1/watch/namespaces/default/boats/b', ['ADDED b']],
    ['/apis/harbour.example/v1/watch/namespaces/default/boats/nosuch', []],
    ['/api/v1/watch/piers/p', ['ADDED p']],
    ['/api/v1/watch/namespaces', ['ADDED default', 'ADDED other']],
    ['/api/v1/watch/namespaces/default', ['ADDED default']],
  ])('%s', async (path, expected) => {
    expect(await watched(path)).toEqual(expected)
  })

  it('adds the name to a selector that is there', async () => {
    const path = '/apis/harbour.example/v1/watch/namespaces/default/boats/b'
    const answer = await harbour.answer('GET', `${path}?timeoutSeconds=-1&fieldSelector=metadata.name!%3Db`)
    const seen = []
    for await (const event of events(answer)) seen.push(event)
    expect(seen).toEqual([])
  })

  it.each([
    ['POST', '/api/v1/watch/piers', 405],
    ['DELETE', '/api/v1/watch/piers/p', 405],
    ['GET', '/api/v1/watch/nosuch', 404],
    ['GET', '/api/v1/watch/namespaces/default/tugs/x/status', 404],
    ['GET', '/api/v1/watch/piers/%zz', 400],
    ['GET', '/api/v1/watch', 404],
  ])('%s %s gives %i', async (method, path, code) => {
    expect((await harbour.ask(method, path)).code).toBe(code)
  })
})
