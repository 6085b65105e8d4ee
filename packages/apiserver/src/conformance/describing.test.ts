import { describe, expect, it } from 'vitest'
import { at, configMap, usePlane, textAt } from './testing/plane.ts'

const plane = usePlane()
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' }

describe('a table', () => {
  it('has columns with descriptions, and rows with the metadata of their objects', async () => {
    const namespace = await plane.namespace()
    await plane.ok('POST', `/api/v1/namespaces/${namespace}/configmaps`, configMap('t', { data: { a: '1', b: '2' } }))
    const path = `/api/v1/namespaces/${namespace}/configmaps?fieldSelector=metadata.name=t`
    const found = await plane.ok('GET', path, undefined, table)
    expect(found).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: [{ name: 'Name', type: 'string', format: 'name' }, { name: 'Data' }, { name: 'Age' }],
      rows: [
        { cells: ['t', 2, expect.any(String)], object: { kind: 'PartialObjectMetadata', metadata: { name: 't' } } },
      ],
    })
  })

  it.each([
    ['None', undefined],
    ['Object', 'ConfigMap'],
    ['Metadata', 'PartialObjectMetadata'],
  ])('with includeObject=%s has rows with %s', async (include, kind) => {
    const namespace = await plane.namespace()
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    await plane.ok('POST', path, configMap('t'))
    const found = await plane.ok('GET', `${path}/t?includeObject=${include}`, undefined, table)
    expect(at(found, 'rows', 0, 'object', 'kind')).toBe(kind)
  })

  it('is refused for a form that nobody has', async () => {
    const ask = { accept: 'application/json;as=Chair;v=v1;g=meta.k8s.io' }
    expect((await plane.call('GET', '/api/v1/namespaces', undefined, ask)).code).toBe(406)
  })
})

describe('a generated name', () => {
  it('is the prefix with five characters that cannot be taken for each other', async () => {
    const path = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    const names = new Set<string>()
    for (let index = 0; index < 5; index += 1) {
      const made = await plane.ok('POST', path, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { generateName: 'g-' },
      })
      names.add(textAt(made, 'metadata', 'name'))
    }
    expect(names.size).toBe(5)
    for (const name of names) expect(name).toMatch(/^g-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  it('gives way to a name, and one of both is needed', async () => {
    const path = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    const both = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'own', generateName: 'g-' } }
    expect(at(await plane.ok('POST', path, both), 'metadata', 'name')).toBe('own')
    const reply = await plane.call('POST', path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })
    expect(reply).toMatchObject({ code: 422, body: { reason: 'Invalid' } })
    expect(reply.text).toContain('name or generateName is required')
  })

  it('of a long prefix is cut to what a name may have', async () => {
    const path = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'g'.repeat(250) } }
    expect(textAt(await plane.ok('POST', path, body), 'metadata', 'name')).toHaveLength(63)
  })
})

describe('discovery', () => {
  it('by itself: every group version that is named is served, with its resources', async () => {
    const groups = await plane.ok('GET', '/apis')
    const versions = Array.isArray(groups['groups'])
      ? groups['groups'].flatMap((group) => {
          const list = at(group, 'versions')
          return Array.isArray(list) ? list.map((each) => textAt(each, 'groupVersion')) : []
        })
      : []
    expect(versions).toContain('rbac.authorization.k8s.io/v1')
    for (const version of versions) {
      const list = await plane.ok('GET', `/apis/${version}`)
      expect(list).toMatchObject({ kind: 'APIResourceList', groupVersion: version })
      expect(at(list, 'resources', 0, 'verbs', 0), version).toBeTypeOf('string')
    }
  })

  it('all at once says the same as one by one', async () => {
    for (const [path, prefix] of [
      ['/api', '/api'],
      ['/apis', '/apis'],
    ] as const) {
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
      const all = await plane.ok('GET', path, undefined, { accept })
      expect(all).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' })
      const group = at(all, 'items', 0)
      const name = textAt(group, 'metadata', 'name')
      const version = textAt(group, 'versions', 0, 'version')
      const one = await plane.ok('GET', [prefix, name, version].filter((part) => part !== '').join('/'))
      const together = at(group, 'versions', 0, 'resources')
      const single = one['resources']
      if (!Array.isArray(together) || !Array.isArray(single)) throw new Error('no resources')
      const names = single.map((each) => textAt(each, 'name')).filter((each) => !each.includes('/'))
      expect(together.map((each) => textAt(each, 'resource')).sort()).toEqual(names.sort())
    }
  })

  it('is not sent again to who has it', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const first = await plane.call('GET', '/apis', undefined, { accept })
    const tag = String(first.headers['etag'])
    const again = await plane.call('GET', '/apis', undefined, { accept, headers: { 'if-none-match': tag } })
    expect(again.code).toBe(304)
  })

  it.each(['/openapi/v3', '/openapi/v2', '/version', '/api', '/apis/apps.nowhere'])('answers %s', async (path) => {
    expect((await plane.call('GET', path)).code).toBe(path.includes('nowhere') ? 404 : 200)
  })

  it('of OpenAPI v3 names a document for each group version, under an address that changes with it', async () => {
    const index = await plane.ok('GET', '/openapi/v3')
    const address = textAt(index, 'paths', 'api/v1', 'serverRelativeURL')
    expect(address).toMatch(/^\/openapi\/v3\/api\/v1\?hash=/)
    const reply = await plane.call('GET', address)
    expect(reply.code).toBe(200)
    expect(Object.keys(at(reply.body, 'components', 'schemas') ?? {})).toContain('io.k8s.api.core.v1.ConfigMap')
  })
})
