import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseChallenge } from './challenge.ts'

describe('parseChallenge', () => {
  it.each([
    ['Basic realm="Registry"', { scheme: 'basic' }],
    ['basic', { scheme: 'basic' }],
    [
      'Bearer realm="https://auth.example.com/token",service="r",scope="repository:a/b:pull"',
      { scheme: 'bearer', realm: 'https://auth.example.com/token', service: 'r', scope: 'repository:a/b:pull' },
    ],
    ['BEARER  realm = "https://a/t" , service=r', { scheme: 'bearer', realm: 'https://a/t', service: 'r' }],
    ['Bearer realm="a\\"b"', { scheme: 'bearer', realm: 'a"b' }],
    ['Basic realm="x", Bearer realm="https://a/t"', { scheme: 'bearer', realm: 'https://a/t' }],
    ['Bearer service="no realm", Basic realm="x"', { scheme: 'basic' }],
    ['Negotiate', undefined],
    ['', undefined],
    [undefined, undefined],
    [`Basic realm="${'x'.repeat(10_000)}"`, undefined],
  ])('reads %j', (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge)
  })

  it('answers any header in time', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', '\\', ',', '=', ' ', 'a', 'Bearer '), maxLength: 2000 }),
        (header) => {
          expect(() => parseChallenge(header)).not.toThrow()
        },
      ),
    )
  })
})
