import { expect, it } from 'vitest'
import { returnAddress } from './return-address.ts'

it.each([
  ['/workloads?q=web', '/workloads?q=web'],
  ['/', '/'],
  [undefined, '/'],
  ['', '/'],
  ['//evil.example', '/'],
  [String.raw`/\evil.example`, '/'],
  ['/\t/evil.example', '/'],
  ['/\n\\evil.example', '/'],
  [' //evil.example', '/'],
  ['/%2f/evil.example', '/%2f/evil.example'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in?from=/', '/'],
])('%s leads to %s', (from, to) => {
  expect(returnAddress(from)).toBe(to)
})
