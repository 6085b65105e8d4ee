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
])('Accept %s is answered with %s', (accept, expected) => {
  expect(ask(accept)).toBe(expected)
})

it.each([
  'application/vnd.kubernetes.protobuf',
  'text/html',
  'application/json;as=Chair;v=v1;g=meta.k8s.io',
  `${',a/b'.repeat(10_000)},*/*`,
])('Accept %s is refused', (accept) => {
  expect(() => ask(accept)).toThrow('only the following media types are accepted')
})
