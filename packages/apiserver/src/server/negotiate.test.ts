import { expect, it } from 'vitest'
import type { ApiRequest } from '../transport.ts'
import { negotiate } from './negotiate.ts'

function ask(accept: string | undefined) {
  const request: Pick<ApiRequest, 'headers' | 'query'> = { headers: { accept }, query: new URLSearchParams() }
  // Negotiation reads nothing else of a request.
  const { as, media, metaVersion } = negotiate(request as ApiRequest)
  return `${media} ${as} ${metaVersion}`
}

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'

it.each([
  [undefined, 'json object v1'],
  ['', 'json object v1'],
  ['*/*', 'json object v1'],
  ['application/json', 'json object v1'],
  ['application/yaml', 'yaml object v1'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'json object v1'],
  [`${table},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, 'json table v1'],
  ['application/json;as=Table;g=meta.k8s.io;v=v1beta1', 'json table v1beta1'],
  ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', 'json object v1'],
  ['application/json;as=toString;v=v1;g=meta.k8s.io,application/json', 'json object v1'],
  [
    'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
    'json partial v1',
  ],
  ['application/vnd.kubernetes.protobuf, application/json', 'json object v1'],
  ['application/cbor, application/json;q=0.9', 'json object v1'],
  ['application/json;q=0.5,application/yaml;q=0.9', 'yaml object v1'],
  ['application/yaml;q=0,application/*', 'json object v1'],
  ['application/json; charset=utf-8', 'json object v1'],
])('Accept %s is answered with %s', (accept, expected) => {
  expect(ask(accept)).toBe(expected)
})

const representations = '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml'
const accepted = 'only the following media types are accepted: application/json, application/yaml'

it.each([
  ['application/vnd.kubernetes.protobuf', representations],
  ['application/cbor', representations],
  ['text/html', representations],
  ['application/json;q=0', representations],
  ['application/json;as=Chair;v=v1;g=meta.k8s.io', accepted],
  ['application/json;as=Table;v=v2;g=meta.k8s.io', accepted],
  [`${',a/b'.repeat(10_000)},*/*`, representations],
])('Accept %s is refused', (accept, words) => {
  expect(() => ask(accept)).toThrow(words)
})

it.each([
  ['', undefined, 'kubectl/v1.33', false],
  ['', undefined, 'curl/8.5', true],
  ['pretty=0', undefined, 'curl/8.5', false],
  ['pretty=true', undefined, 'kubectl/v1.33', true],
  ['pretty', undefined, 'kubectl/v1.33', false],
  ['pretty=1&pretty=0', undefined, 'kubectl/v1.33', true],
  ['', 'application/json;pretty=1', 'kubectl/v1.33', true],
])('?%s, Accept %s of %s is pretty: %s', (query, accept, agent, pretty) => {
  const request = { headers: { accept, 'user-agent': agent }, query: new URLSearchParams(query) }
  expect(negotiate(request as unknown as ApiRequest).pretty).toBe(pretty)
})
