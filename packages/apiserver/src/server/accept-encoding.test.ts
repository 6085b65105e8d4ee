import { expect, it } from 'vitest'
import { acceptsGzip } from './accept-encoding.ts'

it.each([
  ['', false],
  ['gzip', true],
  ['GZIP', true],
  ['x-gzip', true],
  ['br, gzip;q=0.5', true],
  ['gzip; q=0', false],
  ['gzip;q=0.000', false],
  ['gzip;q=0.001', true],
  ['gzip;q=1.000', true],
  ['gzip;q=2', false],
  ['gzip;q=x', false],
  ['*', true],
  ['*;q=0', false],
  ['gzip;q=0, *', false],
  ['*;q=0, gzip', true],
  ['identity', false],
  [`${'a,'.repeat(10_000)}gzip`, false],
])('Accept-Encoding %j takes gzip: %s', (header, accepted) => {
  expect(acceptsGzip(header)).toBe(accepted)
})
