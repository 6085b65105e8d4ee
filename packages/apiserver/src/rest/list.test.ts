import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { boat, boatsPath, openHarbour, type Harbour } from '../server/testing/harbour.ts'

let harbour: Harbour

beforeEach(async () => {
  harbour = await openHarbour({ historyLimit: 100 })
})
afterEach(() => harbour.close())

const everywhere = '/apis/harbour.example/v1/boats'

async function fill(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const name = `boat-${String(index).padStart(3, '0')}`
    await harbour.ask('POST', boatsPath, {
      body: { ...boat(name), metadata: { name, labels: { side: index % 2 === 0 ? 'port' : 'starboard' } } },
    })
  }
}

const names = (json: JsonObject): string[] =>
  (json['items'] as { metadata: { name: string } }[]).map((item) => item.metadata.name)

describe('list', () => {
  it('gives everything of a namespace, or of all, with one resourceVersion', async () => {
    await fill(3)
    await harbour.ask('POST', '/apis/harbour.example/v1/namespaces/other/boats', { body: boat('far') })
    const one = await harbour.ask('GET', boatsPath)
    expect(one.json).toMatchObject({
      kind: 'BoatList',
      apiVersion: 'harbour.example/v1',
      metadata: { resourceVersion: String(harbour.store.revision) },
    })
    expect(names(one.json)).toEqual(['boat-000', 'boat-001', 'boat-002'])
    expect(names((await harbour.ask('GET', everywhere)).json)).toHaveLength(4)
    expect(names((await harbour.ask('GET', '/apis/harbour.example/v1/namespaces/empty/boats')).json)).toEqual([])
  })

  it.each([
    ['labelSelector=side%3Dport', ['boat-000', 'boat-002', 'boat-004']],
    ['labelSelector=side%3Dport,side!%3Dport', []],
    ['labelSelector=side+in+(port,starboard)', ['boat-000', 'boat-001', 'boat-002', 'boat-003', 'boat-004']],
    ['labelSelector=side+in+(starboard),!wet', ['boat-001', 'boat-003']],
    ['fieldSelector=metadata.name%3Dboat-003', ['boat-003']],
    ['fieldSelector=metadata.name!%3Dboat-003&labelSelector=side%3Dstarboard', ['boat-001']],
    ['fieldSelector=status.phase%3DAfloat', ['boat-001']],
  ])('selects with %s', async (query, expected) => {
    await fill(5)
    await harbour.ask('PATCH', `${boatsPath}/boat-001/status`, {
      type: 'application/merge-patch+json',
      body: { status: { phase: 'Afloat' } },
    })
    expect(names((await harbour.ask('GET', `${boatsPath}?${query}`)).json)).toEqual(expected)
  })

  it.each([
    'labelSelector=a%20b%20c',
    'fieldSelector=spec.sails%3D1',
    'fieldSelector=nonsense',
    'limit=many',
    'timeoutSeconds=soon',
    'continue=nonsense',
    'resourceVersion=soon',
    'resourceVersion=-1',
  ])('refuses %s with 400', async (query) => {
    expect(await harbour.ask('GET', `${boatsPath}?${query}`)).toMatchObject({
      code: 400,
      json: { reason: 'BadRequest' },
    })
  })

  it('pages over one consistent state while it changes', async () => {
    await fill(10)
    const first = await harbour.ask('GET', `${boatsPath}?limit=4`)
    expect(first.json.metadata).toMatchObject({ remainingItemCount: 6 })
    await harbour.ask('DELETE', `${boatsPath}/boat-005`)
    await harbour.ask('POST', boatsPath, { body: boat('boat-0055') })
    const seen = names(first.json)
    let token = (first.json.metadata as { continue?: string }).continue
    while (token !== undefined && token !== '') {
      const page = await harbour.ask('GET', `${boatsPath}?limit=4&continue=${token}`)
      expect(page.json.metadata?.resourceVersion).toBe(first.json.metadata?.resourceVersion)
      seen.push(...names(page.json))
      token = (page.json.metadata as { continue?: string }).continue
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => `boat-00${index}`))
  })

  it('pages with a selector too', async () => {
    await fill(10)
    const seen: string[] = []
    let token = ''
    do {
      const page = await harbour.ask('GET', `${boatsPath}?limit=2&labelSelector=side%3Dport&continue=${token}`)
      seen.push(...names(page.json))
      token = (page.json.metadata as { continue?: string }).continue ?? ''
    } while (token !== '')
    expect(seen).toEqual(['boat-000', 'boat-002', 'boat-004', 'boat-006', 'boat-008'])
  })

  it('answers 410 when the history of a page is gone, with a token that goes on anyway', async () => {
    await fill(10)
    const first = await harbour.ask('GET', `${boatsPath}?limit=4`)
    const { continue: token = '' } = first.json.metadata as { continue?: string }
    for (let count = 0; count < 150; count += 1) {
      await harbour.ask('PATCH', `${boatsPath}/boat-000`, {
        type: 'application/merge-patch+json',
        body: { spec: { sails: count } },
      })
    }
    const expired = await harbour.ask('GET', `${boatsPath}?limit=4&continue=${token}`)
    expect(expired).toMatchObject({ code: 410, json: { reason: 'Expired' } })
    const { continue: again = '' } = expired.json.metadata as { continue?: string }
    expect(names((await harbour.ask('GET', `${boatsPath}?limit=100&continue=${again}`)).json)).toHaveLength(6)
    const exact = await harbour.ask('GET', `${boatsPath}?resourceVersion=2&resourceVersionMatch=Exact`)
    expect(exact).toMatchObject({
      code: 410,
      json: { message: 'The resourceVersion for the provided list is too old.' },
    })
  })

  it('shows an older state when asked for exactly that', async () => {
    await fill(2)
    const then = harbour.store.revision
    await fill(4)
    const { json } = await harbour.ask('GET', `${boatsPath}?resourceVersion=${then}&resourceVersionMatch=Exact`)
    expect(names(json)).toEqual(['boat-000', 'boat-001'])
    const newer = await harbour.ask('GET', `${boatsPath}?resourceVersion=${then}`)
    expect(names(newer.json)).toHaveLength(4)
  })

  it('says when a version has not happened yet', async () => {
    const { code, json } = await harbour.ask('GET', `${boatsPath}?resourceVersion=100000`)
    expect(code).toBe(504)
    expect(json).toMatchObject({
      reason: 'Timeout',
      message: `Timeout: Too large resource version: 100000, current: ${harbour.store.revision}`,
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    })
  })
})

describe('representations', () => {
  const as = (kind: string) => ({ accept: `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json` })

  it('renders tables and metadata of lists and objects', async () => {
    await harbour.ask('POST', boatsPath, { body: boat('gull', { spec: { sails: 3 } }) })
    const table = await harbour.ask('GET', boatsPath, { headers: as('Table') })
    expect(table.json).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: [{ name: 'Name' }, { name: 'Sails' }],
      rows: [{ cells: ['gull', 3], object: { kind: 'PartialObjectMetadata', metadata: { name: 'gull' } } }],
    })
    const one = await harbour.ask('GET', `${boatsPath}/gull?includeObject=Object`, { headers: as('Table') })
    expect(one.json).toMatchObject({ kind: 'Table', rows: [{ object: { kind: 'Boat', spec: { sails: 3 } } }] })
    const metadata = await harbour.ask('GET', boatsPath, { headers: as('PartialObjectMetadataList') })
    expect(metadata.json).toMatchObject({ kind: 'PartialObjectMetadataList', items: [{ metadata: { name: 'gull' } }] })
    expect((metadata.json['items'] as JsonObject[])[0]?.['spec']).toBeUndefined()
  })

  it('answers YAML, indented JSON, and 406 to what it cannot say', async () => {
    await harbour.ask('POST', boatsPath, { body: boat('gull') })
    const get = (accept: string, query = '') => harbour.ask('GET', `${boatsPath}/gull${query}`, { headers: { accept } })
    expect((await get('application/yaml')).text).toContain('kind: Boat\n')
    expect((await get('*/*', '?pretty=true')).text).toContain('\n  "kind": "Boat"')
    expect((await get('application/vnd.kubernetes.protobuf,application/json')).json['kind']).toBe('Boat')
    expect(await get('application/vnd.kubernetes.protobuf')).toMatchObject({
      code: 406,
      json: { reason: 'NotAcceptable' },
    })
  })

  it('serves other versions of the same objects, with the warning of a deprecated one', async () => {
    await harbour.ask('POST', boatsPath, { body: boat('gull') })
    const old = '/apis/harbour.example/v1beta1/namespaces/default/boats'
    const list = await harbour.ask('GET', old)
    expect(list.json).toMatchObject({
      apiVersion: 'harbour.example/v1beta1',
      items: [{ apiVersion: 'harbour.example/v1beta1' }],
    })
    expect(list.headers['warning']).toEqual(['299 - "harbour.example/v1beta1 Boat is deprecated; use v1"'])
    const updated = await harbour.ask('PATCH', `${old}/gull`, {
      type: 'application/merge-patch+json',
      body: { spec: { sails: 1 } },
    })
    expect(updated.json).toMatchObject({ apiVersion: 'harbour.example/v1beta1', spec: { sails: 1 } })
    expect((await harbour.ask('GET', `${boatsPath}/gull`)).json['apiVersion']).toBe('harbour.example/v1')
  })

  it('takes YAML bodies', async () => {
    const { code, json } = await harbour.ask('POST', boatsPath, {
      type: 'application/yaml',
      body: 'apiVersion: harbour.example/v1\nkind: Boat\nmetadata: {name: gull}\nspec: &s\n  sails: 2\n',
    })
    expect(code).toBe(201)
    expect(json).toMatchObject({ spec: { sails: 2 } })
    const asJson = { ...boat('big', { spec: { notes: { text: 'x'.repeat(300_000) } } }) }
    expect((await harbour.ask('POST', boatsPath, { type: 'application/yaml', body: asJson })).code).toBe(201)
  })
})
