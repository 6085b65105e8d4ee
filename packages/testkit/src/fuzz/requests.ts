/** Makes requests: a good one of the corpus, spoilt in its method, path, query, headers or body. */

import { gzipSync } from 'node:zlib'
import { namespace, seeds, subresourceBodies, type Seed } from './corpus.ts'
import { hostileText, mutateBytes, mutateJson } from './mutate.ts'
import type { Json, JsonObject } from './json.ts'
import type { Random } from './random.ts'

export interface FuzzRequest {
  method: string
  /** With the query. */
  path: string
  headers: Record<string, string>
  body: Buffer
}

const contentTypes = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
  'application/json;charset=utf-16',
  'text/plain',
  ';',
] as const

/** Served first, then what is not. */
const accepts = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf, application/json',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;as=Table;v=v9;g=x',
  'application/json;stream=watch',
  '*/*;q=0',
  ';;,,=',
] as const

const parameters: readonly (readonly [string, readonly string[]])[] = [
  ['limit', ['0', '1', '500', '-1', '1e9', '99999999999999999999']],
  ['continue', ['', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ', 'x', 'bnVsbA==', 'W10=']],
  ['resourceVersion', ['', '0', '1', '-1', '99999999', 'x', '1.5']],
  ['resourceVersionMatch', ['Exact', 'NotOlderThan', 'x']],
  ['watch', ['true', '1', 'x']],
  ['sendInitialEvents', ['true', 'x']],
  ['allowWatchBookmarks', ['true', 'x']],
  ['timeoutSeconds', ['0', '1', '-1', 'x', '99999999999999999999']],
  ['labelSelector', ['a=b', 'a in (b,c)', '!a', 'a in (', 'a>1', ',', '((((', 'a'.repeat(300)]],
  ['fieldSelector', ['metadata.name=a', 'metadata.name!=a', 'spec.x=1', '=', 'a\\', 'status.phase=x,,']],
  ['dryRun', ['All', 'all', '']],
  ['fieldManager', ['me', '', 'x'.repeat(200), '\u0007']],
  ['fieldValidation', ['Strict', 'Warn', 'Ignore', 'x']],
  ['force', ['true', 'x']],
  ['pretty', ['true', 'x']],
  ['propagationPolicy', ['Orphan', 'Foreground', 'Background', 'x']],
  ['gracePeriodSeconds', ['0', '-1', 'x', '99999999999999999999']],
  ['orphanDependents', ['true', 'x']],
  ['includeObject', ['None', 'Metadata', 'Object', 'x']],
  ['timeout', ['1s', '0', '-1s', 'x', '999999h']],
  ['ignoreStoreReadErrorWithClusterBreakingPotential', ['true']],
]

const otherPaths = [
  '/',
  '/api',
  '/apis',
  '/api/v1',
  '/apis/fuzz.example',
  '/apis/fuzz.example/v1',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/api/v1',
  '/openapi/v3/apis/fuzz.example/v1',
  '/version',
  '/healthz',
  '/livez/ping',
  '/readyz?verbose',
  '/metrics',
  '/api/v1/watch/namespaces',
  '/apis/authentication.k8s.io/v1',
  '//',
  '/api//v1',
  '/%00',
  '/api/v1/namespaces/%2e%2e/configmaps',
  '/apis/x/y/z/a/b/c/d/e/f',
] as const

export function makeRequest(random: Random): FuzzRequest {
  const seed = random.pick(seeds)
  const { method, place } = random.pick(shapes)
  const path = pathOf(seed, place, random)
  // Most leave something behind for the next request to meet.
  const sparing = method === 'DELETE' && place === 'collection' && random.next() < 0.9
  const query = sparing ? 'labelSelector=a%3Db' : queryOf(random)
  const headers = headersOf(method, random)
  return {
    method: random.next() < 0.02 ? random.pick(['OPTIONS', 'TRACE', 'PROPFIND', 'HEAD', 'CONNECTX']) : method,
    path: path + (query === '' ? '' : `${path.includes('?') ? '&' : '?'}${query}`),
    headers,
    body: method === 'GET' ? Buffer.alloc(0) : bodyOf(seed, place, headers, random),
  }
}

type Place = 'collection' | 'object' | 'subresource' | 'other'

const shapes: readonly { method: string; place: Place }[] = [
  { method: 'POST', place: 'collection' },
  { method: 'POST', place: 'collection' },
  { method: 'POST', place: 'collection' },
  { method: 'POST', place: 'subresource' },
  { method: 'PUT', place: 'object' },
  { method: 'PUT', place: 'object' },
  { method: 'PUT', place: 'subresource' },
  { method: 'PATCH', place: 'object' },
  { method: 'PATCH', place: 'object' },
  { method: 'PATCH', place: 'object' },
  { method: 'PATCH', place: 'subresource' },
  { method: 'GET', place: 'collection' },
  { method: 'GET', place: 'collection' },
  { method: 'GET', place: 'object' },
  { method: 'GET', place: 'subresource' },
  { method: 'GET', place: 'other' },
  { method: 'DELETE', place: 'object' },
  { method: 'DELETE', place: 'collection' },
]

const names = ['a', 'a', 'a', 'b', 'gadgets.fuzz.example', 'widgets.fuzz.example', 'default'] as const

function pathOf(seed: Seed, place: Place, random: Random): string {
  if (place === 'other') return random.pick(otherPaths)
  const where = random.next() < 0.95 ? namespace : encodeURIComponent(hostileText(random).toWellFormed().slice(0, 300))
  let path = seed.collection.replace('{ns}', where)
  if (place !== 'collection') path += `/${name(random)}`
  const own = seed.subresources ?? []
  if (place === 'subresource') path += `/${random.pick([...own, ...own, ...own, 'status', 'x'])}`
  if (random.next() >= 0.02) return path
  const spoilt = mutateBytes(Buffer.from(path), random).toString('latin1')
  return `/${spoilt.replaceAll(/[^!-~]/g, '%')}`
}

function name(random: Random): string {
  return random.next() < 0.95
    ? random.pick(names)
    : encodeURIComponent(hostileText(random).toWellFormed().slice(0, 300))
}

function queryOf(random: Random): string {
  const chosen: string[] = []
  const count = random.next() < 0.6 ? 0 : 1 + random.below(3)
  for (let index = 0; index < count; index += 1) {
    const [key, values] = random.pick(parameters)
    const value = random.next() < 0.9 ? random.pick(values) : hostileText(random).toWellFormed().slice(0, 300)
    chosen.push(`${key}=${encodeURIComponent(value)}`)
  }
  return chosen.join('&')
}

function headersOf(method: string, random: Random): Record<string, string> {
  const headers: Record<string, string> = {}
  const patch = method === 'PATCH'
  const usual = patch ? contentTypes.slice(3, 7) : contentTypes.slice(0, 3)
  if (method !== 'GET') {
    const dice = random.next()
    headers['content-type'] =
      dice < 0.03 ? random.pick(contentTypes) : dice < 0.75 && !patch ? 'application/json' : random.pick(usual)
  }
  if (random.next() < 0.4) headers['accept'] = random.pick(random.next() < 0.9 ? accepts.slice(0, 6) : accepts)
  if (random.next() < 0.1) headers['accept-encoding'] = 'gzip'
  if (random.next() < 0.04) headers['content-encoding'] = random.pick(['gzip', 'br', 'x'])
  if (random.next() < 0.03) {
    headers['impersonate-user'] = random.pick(['u', '', 'system:serviceaccount:fuzz:a', 'system:anonymous'])
    if (random.next() < 0.5) headers['impersonate-group'] = random.pick(['system:masters', ''])
    if (random.next() < 0.3) headers['impersonate-extra-%zz'] = 'x'
  }
  if (random.next() < 0.02) headers['if-none-match'] = random.pick(['*', '"x"', 'W/'])
  return headers
}

function bodyOf(seed: Seed, place: Place, headers: Record<string, string>, random: Random): Buffer {
  const type = headers['content-type'] ?? ''
  const base = place === 'subresource' && random.next() < 0.5 ? random.pick(subresourceBodies) : withName(seed, random)
  const good = type.includes('json-patch') ? patchOf(random) : base
  const value = random.next() < 0.3 ? good : mutateJson(good, random)
  let bytes: Buffer = Buffer.from(JSON.stringify(value))
  if (type.includes('protobuf')) bytes = Buffer.concat([Buffer.from('k8s\0'), bytes])
  if (random.next() < 0.06) bytes = mutateBytes(bytes, random)
  if (random.next() < 0.01) bytes = Buffer.concat([bytes, bytes])
  return headers['content-encoding'] === 'gzip' && random.next() < 0.8 ? gzipSync(bytes) : bytes
}

function withName({ object }: Seed, random: Random): JsonObject {
  if (random.next() < 0.7 || object['metadata'] === undefined) return object
  return { ...object, metadata: { name: random.pick(names), namespace } }
}

function patchOf(random: Random): Json {
  const paths = [
    '/metadata/labels',
    '/metadata/annotations/a~1b',
    '/spec',
    '/spec/size',
    '/spec/names/-',
    '/data/k',
    '',
    '/x/0/y',
  ]
  return Array.from({ length: 1 + random.below(3) }, () => ({
    op: random.pick(['add', 'remove', 'replace', 'move', 'copy', 'test']),
    path: random.pick(paths),
    from: random.pick(paths),
    value: random.pick<Json>([{ a: 'b' }, 'x', 1, null, []]),
  }))
}
