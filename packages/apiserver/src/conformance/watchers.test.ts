import { describe, expect, it } from 'vitest'
import { at, configMap, mergePatch, usePlane, type WatchEvent, textAt } from './testing/plane.ts'

const plane = usePlane()

const short = (events: WatchEvent[]): string[] =>
  events.map(({ type, object }) => `${type} ${textAt(object, 'metadata', 'name')}`)

async function revisionOf(path: string): Promise<string> {
  return textAt(await plane.ok('GET', path), 'metadata', 'resourceVersion')
}

describe('a watcher', () => {
  it('sees every change of a collection once, in order', async () => {
    const maps = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    const from = await revisionOf(maps)
    for (const name of ['a', 'b']) await plane.ok('POST', maps, configMap(name))
    await plane.ok('PATCH', `${maps}/a`, { data: { x: '1' } }, mergePatch)
    await plane.ok('DELETE', `${maps}/b`)
    await plane.ok('POST', maps, configMap('b'))
    const events = await plane.watch(`${maps}?resourceVersion=${from}&fieldSelector=metadata.name!=kube-root-ca.crt`, 5)
    expect(short(events)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b', 'ADDED b'])
    const versions = events.map(({ object }) => Number(at(object, 'metadata', 'resourceVersion')))
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
    expect(new Set(versions).size).toBe(5)
  })

  it('goes on from any version it saw, whoever else has watched', async () => {
    const maps = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    const from = await revisionOf(maps)
    await plane.ok('POST', maps, configMap('w'))
    for (let round = 0; round < 5; round += 1)
      await plane.ok('PATCH', `${maps}/w`, { data: { round: `${round}` } }, mergePatch)
    const selector = 'fieldSelector=metadata.name=w'
    const all = await plane.watch(`${maps}?resourceVersion=${from}&${selector}`, 6)
    for (const [index, { object }] of all.slice(0, -1).entries()) {
      const version = textAt(object, 'metadata', 'resourceVersion')
      const rest = await plane.watch(`${maps}?resourceVersion=${version}&${selector}`, 5 - index)
      expect(rest).toEqual(all.slice(index + 1))
    }
  })

  it.each(['', 'resourceVersion=0'])('that names no version (%j) begins with what there is', async (query) => {
    const maps = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    await plane.ok('POST', maps, configMap('there'))
    const events = await plane.watch(`${maps}?${query}&fieldSelector=metadata.name=there`, 1)
    expect(short(events)).toEqual(['ADDED there'])
  })

  it('of a label sees objects come and go as their labels change', async () => {
    const maps = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    const from = await revisionOf(maps)
    const label = (colour: string | null): Promise<unknown> =>
      plane.ok('PATCH', `${maps}/l`, { metadata: { labels: { colour } } }, mergePatch)
    await plane.ok('POST', maps, configMap('l', { data: { v: '1' } }))
    await label('red')
    await label('blue')
    await plane.ok('PATCH', `${maps}/l`, { data: { v: '2' } }, mergePatch)
    await label('red')
    await plane.ok('PATCH', `${maps}/l`, { data: { v: '3' } }, mergePatch)
    await plane.ok('DELETE', `${maps}/l`)
    const events = await plane.watch(`${maps}?resourceVersion=${from}&labelSelector=colour=red`, 5)
    expect(events.map(({ type, object }) => `${type} ${textAt(object, 'data', 'v')}`)).toEqual([
      'ADDED 1',
      'DELETED 1',
      'ADDED 2',
      'MODIFIED 3',
      'DELETED 3',
    ])
    // What left is shown as it was, under the version of the change that made it leave.
    expect(at(events[1]?.object, 'metadata', 'labels', 'colour')).toBe('red')
    expect(Number(at(events[1]?.object, 'metadata', 'resourceVersion'))).toBeGreaterThan(
      Number(at(events[0]?.object, 'metadata', 'resourceVersion')),
    )
  })

  it('of one namespace sees nothing of another', async () => {
    const [one, other] = [await plane.namespace(), await plane.namespace()]
    const maps = `/api/v1/namespaces/${one}/configmaps`
    const from = await revisionOf(maps)
    await plane.ok('POST', `/api/v1/namespaces/${other}/configmaps`, configMap('elsewhere'))
    await plane.ok('POST', maps, configMap('here'))
    const query = `resourceVersion=${from}&fieldSelector=metadata.name!=kube-root-ca.crt`
    expect(short(await plane.watch(`${maps}?${query}`, 1))).toEqual(['ADDED here'])
  })

  it('that asks for initial events gets them, then a bookmark that says so, then what happens', async () => {
    const maps = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    await plane.ok('POST', maps, configMap('one', { metadata: { name: 'one', labels: { w: 'l' } } }))
    const query = 'sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&labelSelector=w=l'
    if (!plane.controllers) return
    const events = await plane.watch(`${maps}?${query}`, 2)
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK'])
    expect(at(events[1]?.object, 'metadata', 'annotations', 'k8s.io/initial-events-end')).toBe('true')
  })

  it('of an expired version is told 410 in the stream or at once', async () => {
    const maps = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    const [event] = await plane.watch(`${maps}?resourceVersion=1`, 1).catch((error: unknown) => {
      expect(String(error)).toContain('410')
      return [{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]
    })
    // A server that is young still knows everything.
    if (event?.type === 'ERROR') expect(event.object).toMatchObject({ code: 410, reason: 'Expired' })
  })

  it.each([
    ['tables', 'application/json;as=Table;v=v1;g=meta.k8s.io', 'Table'],
    ['metadata only', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', 'PartialObjectMetadata'],
  ])('may ask for %s', async (_, accept, kind) => {
    const maps = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    await plane.ok('POST', maps, configMap('t'))
    const [event] = await plane.watch(`${maps}?fieldSelector=metadata.name=t`, 1, { accept })
    expect(event).toMatchObject({ type: 'ADDED', object: { kind } })
  })
})
