import { expect, it } from 'vitest'
import type { ApiRequest } from '../../transport.ts'
import { seatsOf } from './work-estimate.ts'

const request = (query: string, headers: Record<string, string> = {}): ApiRequest => ({
  method: 'GET',
  path: '/',
  query: new URLSearchParams(query),
  headers,
  body: async () => Buffer.alloc(0),
  user: { name: 'ann', groups: [] },
  upgrade: false,
  signal: new AbortController().signal,
})

it.each([
  ['get', '', undefined, {}, 1],
  ['list', '', 0, {}, 1],
  ['list', '', 250, {}, 3],
  ['list', '', 50_000, {}, 10],
  ['list', 'limit=100', 50_000, {}, 1],
  ['list', 'limit=500', 50_000, {}, 5],
  ['list', 'limit=500&labelSelector=a', 50_000, {}, 10],
  ['list', 'limit=nonsense', 50_000, {}, 10],
  ['deletecollection', '', 250, {}, 3],
  ['watch', 'watch=1', 50_000, {}, 10],
  ['watch', 'watch=1&resourceVersion=5', 50_000, {}, 1],
  ['watch', 'watch=1&resourceVersion=5&sendInitialEvents=true', 50_000, {}, 10],
  ['create', '', 50_000, { 'content-length': '3000000' }, 6],
  ['create', '', undefined, { 'content-length': 'nonsense' }, 1],
])('%s ?%s of %s objects takes its seats', (verb, query, count, headers, seats) => {
  expect(seatsOf(verb, request(query, headers), () => count)).toBe(seats)
})
