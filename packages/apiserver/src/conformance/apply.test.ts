import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { applyPatch, at, configMap, mergePatch, usePlane, type Reply, textAt } from './testing/plane.ts'

const plane = usePlane()

async function newPath(resource = 'configmaps', name = 'a'): Promise<string> {
  return `/api/v1/namespaces/${await plane.namespace()}/${resource}/${name}`
}

const apply = (path: string, manager: string, body: JsonObject, query = ''): Promise<Reply> =>
  plane.call('PATCH', `${path}?fieldManager=${manager}${query}`, body, applyPatch)

const data = (values: JsonObject): JsonObject => configMap('a', { data: values })

interface Entry {
  manager: string
  operation: string
}

function managersOf({ body }: Reply): Entry[] {
  const found = at(body, 'metadata', 'managedFields')
  if (!Array.isArray(found)) return []
  return found.map((entry) => ({ manager: textAt(entry, 'manager'), operation: textAt(entry, 'operation') }))
}

describe('apply', () => {
  it('creates, then changes nothing when it says the same', async () => {
    const path = await newPath()
    const first = await apply(path, 'm', data({ x: '1' }))
    expect(first.code).toBe(201)
    expect(managersOf(first)).toEqual([{ manager: 'm', operation: 'Apply' }])
    const again = await apply(path, 'm', data({ x: '1' }))
    expect(again.code).toBe(200)
    expect(at(again.body, 'metadata', 'resourceVersion')).toBe(at(first.body, 'metadata', 'resourceVersion'))
  })

  it('removes what its manager no longer wants, and keeps what others have', async () => {
    const path = await newPath()
    await apply(path, 'm', data({ x: '1', y: '2' }))
    await plane.ok('PATCH', path, { data: { z: '3' } }, mergePatch)
    const after = await apply(path, 'm', data({ x: '1' }))
    expect(after.body['data']).toEqual({ x: '1', z: '3' })
  })

  it('names the manager it is in conflict with, and takes over by force', async () => {
    const path = await newPath()
    await apply(path, 'one', data({ x: '1' }))
    const conflict = await apply(path, 'two', data({ x: '2' }))
    expect(conflict).toMatchObject({ code: 409, body: { reason: 'Conflict' } })
    expect(conflict.text).toContain('conflict with \\"one\\": .data.x')
    expect(at(conflict.body, 'details', 'causes', 0, 'reason')).toBe('FieldManagerConflict')
    const forced = await apply(path, 'two', data({ x: '2' }), '&force=true')
    expect(forced.body['data']).toEqual({ x: '2' })
    expect(managersOf(forced).map(({ manager }) => manager)).toEqual(['two'])
  })

  it('shares a field that both want alike', async () => {
    const path = await newPath()
    await apply(path, 'one', data({ x: '1' }))
    const shared = await apply(path, 'two', data({ x: '1' }))
    expect(shared.code).toBe(200)
    const left = await apply(path, 'one', data({}))
    expect(left.body['data']).toEqual({ x: '1' })
  })

  it('merges lists by their keys', async () => {
    const path = await newPath('services')
    const service = (ports: JsonObject[]): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a' },
      spec: { ports },
    })
    await apply(path, 'one', service([{ name: 'ssh', port: 22, protocol: 'TCP' }]))
    const both = await apply(path, 'two', service([{ name: 'web', port: 80, protocol: 'TCP' }]))
    const ports = at(both.body, 'spec', 'ports')
    expect(Array.isArray(ports) ? ports.map((port) => textAt(port, 'port')).sort() : []).toEqual(['22', '80'])
    const left = await apply(path, 'one', service([]))
    expect(at(left.body, 'spec', 'ports', 0, 'port')).toBe(80)
    expect(at(left.body, 'spec', 'ports', 1)).toBeUndefined()
  })

  it('of what an update changed is in conflict with it', async () => {
    const path = await newPath()
    await apply(path, 'm', data({ x: '1' }))
    await plane.ok('PATCH', `${path}?fieldManager=editor`, { data: { x: '2' } }, mergePatch)
    const conflict = await apply(path, 'm', data({ x: '1' }))
    expect(conflict.text).toContain('conflict with \\"editor\\" using v1')
  })

  it.each<[string, string, JsonObject, number]>([
    ['without a manager', '', data({}), 422],
    [
      'with managed fields in its body',
      'fieldManager=m',
      configMap('a', { metadata: { name: 'a', managedFields: [{}] } }),
      400,
    ],
    ['of another name', 'fieldManager=m', configMap('b'), 400],
    ['without a kind', 'fieldManager=m', { apiVersion: 'v1', metadata: { name: 'a' } }, 400],
  ])('%s is refused', async (_, query, body, code) => {
    const reply = await plane.call('PATCH', `${await newPath()}?${query}`, body, applyPatch)
    expect(reply.code).toBe(code)
  })

  it('only tries with dry run', async () => {
    const path = await newPath()
    const tried = await apply(path, 'm', data({ x: '1' }), '&dryRun=All')
    expect(tried.code).toBe(201)
    expect((await plane.call('GET', path)).code).toBe(404)
  })

  it('takes YAML', async () => {
    const path = await newPath()
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "1"\n'
    const reply = await plane.call('PATCH', `${path}?fieldManager=m`, yaml, applyPatch)
    expect(reply.body['data']).toEqual({ x: '1' })
  })
})

describe('force', () => {
  it('is for apply alone', async () => {
    const path = await newPath()
    await apply(path, 'm', data({}))
    expect((await plane.call('PATCH', `${path}?force=true`, {}, mergePatch)).code).toBe(422)
  })
})
