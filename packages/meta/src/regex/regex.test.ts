import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MetaError } from '../errors.ts'
import { patternOf, patternProblem } from '../schema/formats.ts'

describe('patterns', () => {
  it.each<[string, string, boolean]>([
    ['abc', 'xabcx', true],
    ['^abc$', 'xabc', false],
    ['^$', '', true],
    ['^$', 'a', false],
    ['a.c', 'a\nc', false],
    ['(?s)a.c', 'a\nc', true],
    ['(?i)ÄB', 'äb', true],
    ['(?i:a)b', 'AB', false],
    ['(?m)^b$', 'a\nb\nc', true],
    ['^b$', 'a\nb\nc', false],
    [String.raw`\Ab\z`, 'b', true],
    [String.raw`\bfoo\b`, 'a foo b', true],
    [String.raw`\bfoo\b`, 'afoo', false],
    [String.raw`\Boo`, 'foo', true],
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'my-name', true],
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', '-name', false],
    ['^[^a-c]+$', 'xyz', true],
    ['^[]a]+$', 'a]', true],
    ['^[[:alpha:]_]+$', 'ab_', true],
    ['^[[:^alpha:]]+$', '12', true],
    [String.raw`^\d{3}-\d{2,}$`, '123-4567', true],
    [String.raw`^\d{3}-\d{2,}$`, '123-4', false],
    ['^(?P<year>[0-9]{4})$', '2026', true],
    ['^(?:a|bc|)d$', 'bcd', true],
    ['^(?:a|bc|)d$', 'd', true],
    [String.raw`^\p{Greek}+$`, 'αβγ', true],
    [String.raw`^\pL+$`, 'aé', true],
    [String.raw`^\PL+$`, 'aé', false],
    [String.raw`^\x41\x{1F600}\n$`, 'A😀\n', true],
    ['^.$', '😀', true],
    [String.raw`^\Qa.b\E$`, 'a.b', true],
    ['a{,2}', 'a{,2}', true],
    ['^(a*)*$', 'aaaa', true],
    ['^(a?){3}$', 'aaaa', false],
    [String.raw`^[\w.-]+$`, 'a-b.c_1', true],
    ['x*', '', true],
  ])('%s on %j is %s', (pattern, text, expected) => {
    expect(patternOf(pattern).test(text)).toBe(expected)
  })

  it.each<[string, string]>([
    ['(', 'error parsing regexp: missing closing ): `(`'],
    [')', 'error parsing regexp: unexpected ): `)`'],
    ['[a', 'error parsing regexp: missing closing ]: `[a`'],
    ['*', 'error parsing regexp: missing argument to repetition operator: `*`'],
    ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
    ['[z-a]', 'error parsing regexp: invalid character class range: `z-a`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['(a{100}){100}', 'error parsing regexp: invalid repeat count'],
    [String.raw`\1`, 'error parsing regexp: invalid escape sequence'],
    ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['(?!a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?!`'],
    ['a\\', 'error parsing regexp: trailing backslash at end of expression: ``'],
    ['('.repeat(300), 'error parsing regexp: expression nests too deeply'],
  ])('refuses %s', (pattern, problem) => {
    expect(patternProblem(pattern)?.startsWith(problem)).toBe(true)
    expect(() => patternOf(pattern)).toThrow(MetaError)
  })

  it.each([
    ['(x+x+)+y', 'x'.repeat(20_000)],
    ['^(a|a)*$', `${'a'.repeat(20_000)}b`],
    ['(a*)*b', 'a'.repeat(20_000)],
    ['(a?){500}a{500}b', 'a'.repeat(5000)],
    [String.raw`^(\b\w*)*!$`, 'word '.repeat(2000)],
  ])('%s ends soon on a hostile text', (pattern, text) => {
    const started = performance.now()
    expect(patternOf(pattern).test(text)).toBe(false)
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  it('agrees with JavaScript where both read a pattern alike', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(?:ab)', '(?:a|b|)', '^', '$', String.raw`\b`)
    const piece = fc.tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}')).map(([one, count]) =>
      // Assertions are not repeated: JavaScript takes that only in some forms.
      ['^', '$', String.raw`\b`].includes(one) ? one : one + count,
    )
    const pattern = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 12 }), (source, text) => {
        expect(patternOf(source).test(text)).toBe(new RegExp(source, 'u').test(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('reads or refuses any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('ab()[]{}|*+?\\^$.-:,0129PQdpLx<>i')) }),
        (source) => {
          const problem = patternProblem(source)
          if (problem === undefined) expect(typeof patternOf(source).test('ab')).toBe('boolean')
          else expect(problem).toMatch(/^error parsing regexp: /)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
