import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import type { ResourceDefinition, Subresource } from '../resource/definition.ts'
import { requestOf } from '../testing/core-server.ts'
import { aggregatedVersionOf } from './aggregated.ts'
import { handleDiscovery } from './discovery.ts'
import type { ResourceSource } from './source.ts'

const handle: Subresource['handle'] = async () => ({
  kind: 'empty',
  code: 202,
})

const boats: ResourceDefinition = {
  group: 'harbour.example',
  versions: [{ name: 'v1' }, { name: 'v1beta1' }],
  kind: 'Boat',
  resource: 'boats',
  singular: 'boat',
  shortNames: ['bo'],
  categories: ['all'],
  namespaced: true,
  status: true,
  schemaName: 'example.harbour.v1.Boat',
  schema: { type: 'object' },
  subresources: { horn: { methods: ['PUT', 'GET'], handle } },
}

const piers: ResourceDefinition = {
  group: '',
  versions: [{ name: 'v1' }],
  kind: 'Pier',
  resource: 'piers',
  singular: 'pier',
  namespaced: false,
  schemaName: 'example.harbour.v1.Pier',
  schema: { type: 'object' },
  verbs: ['get', 'list'],
}

/** A parent that only carries subresources, in a group that presents itself in its own way. */
const remote: ResourceDefinition = {
  ...boats,
  group: 'remote.harbour.example',
  versions: [{ name: 'v1' }],
  verbs: [],
  status: false,
}

function sourceOf(definitions: ResourceDefinition[], rest: Partial<ResourceSource> = {}): ResourceSource {
  return { all: () => definitions, schemas: {}, ...rest }
}

const source = sourceOf([boats, piers, remote], {
  presentation: {
    'remote.harbour.example': { name: 'remotes', resources: [{ name: 'boats/horn', namespaced: true }] },
  },
})

function get(
  path: string,
  headers: Record<string, string> = {},
  from = source,
): { code: number; headers: Record<string, string | string[]>; body: JsonObject } {
  const answer = handleDiscovery(from, requestOf('GET', path, undefined, headers))
  if (answer?.kind !== 'full') throw new Error(`${path} was not answered`)
  const text = answer.body.toString()
  return {
    code: answer.code,
    headers: answer.headers,
    body: text === '' ? {} : (JSON.parse(text) as JsonObject),
  }
}

const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const v2beta1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'

describe('legacy discovery', () => {
  it('names the core versions and where the server is', () => {
    expect(get('/api', { host: 'here:6443' }).body).toMatchObject({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ serverAddress: 'here:6443' }],
    })
  })

  it('lists groups with the first version preferred', () => {
    expect(get('/apis').body['groups']).toEqual([
      {
        name: 'harbour.example',
        versions: [
          { groupVersion: 'harbour.example/v1', version: 'v1' },
          { groupVersion: 'harbour.example/v1beta1', version: 'v1beta1' },
        ],
        preferredVersion: { groupVersion: 'harbour.example/v1', version: 'v1' },
      },
      expect.objectContaining({ name: 'remote.harbour.example' }),
    ])
  })

  it('lists resources and their subresources', () => {
    const { body } = get('/apis/harbour.example/v1beta1')
    expect(body).toMatchObject({ kind: 'APIResourceList', groupVersion: 'harbour.example/v1beta1' })
    expect(body['resources']).toEqual([
      {
        name: 'boats',
        singularName: 'boat',
        namespaced: true,
        kind: 'Boat',
        verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
        shortNames: ['bo'],
        categories: ['all'],
        storageVersionHash: 'mvDSXfXvqlI=',
      },
      { name: 'boats/horn', singularName: '', namespaced: true, kind: 'Boat', verbs: ['get', 'update'] },
      { name: 'boats/status', singularName: '', namespaced: true, kind: 'Boat', verbs: ['get', 'patch', 'update'] },
    ])
    expect(get('/api/v1').body['resources']).toMatchObject([{ name: 'piers', verbs: ['get', 'list'] }])
  })

  it('lets a group present itself differently', () => {
    expect(get('/apis/remote.harbour.example').body['name']).toBe('remotes')
    expect(get('/apis/remote.harbour.example/v1').body['resources']).toEqual([{ name: 'boats/horn', namespaced: true }])
  })

  it.each(['/apis/nowhere.example', '/apis/harbour.example/v9', '/api/v2', '/apis/a/b/c', '/version', '/apis//v1'])(
    'leaves %s to others',
    (path) => {
      expect(handleDiscovery(source, requestOf('GET', path))).toBeUndefined()
    },
  )

  it('answers only GET', () => {
    expect(handleDiscovery(source, requestOf('POST', '/apis', {}))).toBeUndefined()
  })
})

describe('aggregated discovery', () => {
  it.each([
    [undefined, undefined],
    ['application/json', undefined],
    ['*/*', undefined],
    [`${v2},${v2beta1},application/json`, 'v2'],
    [`${v2beta1},application/json`, 'v2beta1'],
    [`application/json, ${v2}`, undefined],
    [`application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,${v2}`, 'v2'],
  ])('for Accept %s chooses %s', (accept, version) => {
    expect(aggregatedVersionOf(accept)).toBe(version)
  })

  it('describes everything in one document', () => {
    const { body, headers } = get('/apis', { accept: v2 })
    expect(headers['content-type']).toBe(v2)
    expect(body).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' })
    expect(body['items']).toMatchObject([
      {
        metadata: { name: 'harbour.example' },
        versions: [
          {
            version: 'v1',
            freshness: 'Current',
            resources: [
              {
                resource: 'boats',
                responseKind: { group: 'harbour.example', version: 'v1', kind: 'Boat' },
                scope: 'Namespaced',
                singularResource: 'boat',
                subresources: [{ subresource: 'horn' }, { subresource: 'status' }],
              },
            ],
          },
          { version: 'v1beta1' },
        ],
      },
      // An empty kind: a parent of subresources that must not compete for the name `boats`.
      { versions: [{ resources: [{ resource: 'boats', responseKind: { kind: '' }, verbs: [] }] }] },
    ])
    expect(get('/api', { accept: v2beta1 }).body['items']).toMatchObject([
      { metadata: {}, versions: [{ resources: [{ resource: 'piers', scope: 'Cluster' }] }] },
    ])
  })
})

describe('entity tags', () => {
  it('answers 304 to who has the document already', () => {
    const { headers } = get('/apis', { accept: v2 })
    const etag = headers['etag']?.toString() ?? ''
    expect(get('/apis', { accept: v2, 'if-none-match': etag }).code).toBe(304)
    expect(get('/apis', { accept: v2, 'if-none-match': `"other", W/${etag}` }).code).toBe(304)
    expect(get('/apis', { accept: v2, 'if-none-match': '"other"' }).code).toBe(200)
    expect(get('/apis', { 'if-none-match': etag }).code).toBe(200)
  })

  it('builds documents again when the registry moves on', () => {
    const definitions = [boats]
    const growing = { all: () => definitions, schemas: {}, revision: 1 }
    const before = get('/apis', {}, growing)
    definitions.push(remote)
    expect(get('/apis', {}, growing).body).toEqual(before.body)
    growing.revision = 2
    expect(get('/apis', {}, growing).body['groups']).toHaveLength(2)
  })
})
