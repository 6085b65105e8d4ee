import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { claimedIssuer, readHeader } from './jwt.ts'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? '').toString('base64url')

test.each<[string, string | undefined]>([
  [`${encode({ alg: 'x' })}.${encode({ iss: 'https://a' })}.sig`, 'https://a'],
  [`${encode({})}.${encode({ iss: 7 })}.sig`, undefined],
  [`${encode({})}.${encode({ iss: 'a' })}`, undefined],
  [`${encode({})}.${encode([])}.`, undefined],
  ['a.b.c', undefined],
  ['', undefined],
  [`.${encode({ iss: 'a' })}.${'x'.repeat(20_000)}`, undefined],
])('%s claims to be of %j', (token, issuer) => {
  expect(claimedIssuer(token)).toBe(issuer)
})

test('whatever text comes, nothing but a refusal happens', () => {
  const part = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => encode(value)),
    fc.base64String().map((text) => text.replaceAll('=', '')),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const token = parts.join('.')
      const issuer = claimedIssuer(token)
      expect(issuer === undefined || typeof issuer === 'string').toBe(true)
      try {
        expect(typeof readHeader(token).alg).toBe('string')
      } catch (error) {
        expect((error as Error).message).toBe('it is not a JSON Web Token')
      }
    }),
  )
})
