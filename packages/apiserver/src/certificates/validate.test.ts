import { describe, expect, it } from 'vitest'
import { certificateCauses } from './validate.ts'

const inPem = (type: string, body = 'YQ=='): string => `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`
const problemsOf = (text: string): (string | undefined)[] =>
  certificateCauses({ certificate: Buffer.from(text).toString('base64') }).map(({ message }) => message)

describe('certificateCauses', () => {
  it.each<[string, string, RegExp | undefined]>([
    ['one certificate', inPem('CERTIFICATE'), undefined],
    ['a chain, with words around', `a\n${inPem('CERTIFICATE')}b\n${inPem('CERTIFICATE')}`, undefined],
    ['no block', 'a', /must contain at least one CERTIFICATE PEM block/],
    ['a block without an end', '-----BEGIN CERTIFICATE-----\nYQ==', /must contain at least one CERTIFICATE PEM block/],
    ['a key', inPem('PRIVATE KEY'), /only CERTIFICATE PEM blocks are allowed, found "PRIVATE KEY"/],
    ['a key behind a certificate', inPem('CERTIFICATE') + inPem('PRIVATE KEY'), /found "PRIVATE KEY"/],
    ['headers', inPem('CERTIFICATE', 'a: b\n\nYQ=='), /no PEM block headers are permitted/],
  ])('%s', (_, text, problem) => {
    if (problem === undefined) expect(problemsOf(text)).toEqual([])
    else expect(problemsOf(text)).toEqual([expect.stringMatching(problem)])
  })

  it('reads many beginnings without an end in linear time', () => {
    const started = performance.now()
    expect(problemsOf('-----BEGIN A-----\n'.repeat(100_000))).toHaveLength(1)
    // Minutes when the rest is searched for each of them.
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})
