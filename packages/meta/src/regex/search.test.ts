import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SafeRegex } from './regex.ts'

const all = (pattern: string, text: string, limit?: number): string[] =>
  new SafeRegex(pattern)
    .findAll(text, limit === undefined ? {} : { limit })
    .map(({ start, end }) => text.slice(start, end))

describe('searching', () => {
  it.each<[string, string, string[]]>([
    ['a+', 'caaab a', ['aaa', 'a']],
    ['a+?', 'caab', ['a', 'a']],
    ['(?U)a+', 'caab', ['a', 'a']],
    ['a|ab', 'ab', ['a']],
    ['ab|a', 'ab', ['ab']],
    ['(?:a|ab)(?:c|bcd)', 'abcd', ['abcd']],
    ['', 'ab', ['', '', '']],
    ['a*', 'baac', ['', 'aa', '']],
    ['x*?', 'xx', ['', '', '']],
    [String.raw`\b\w`, 'one two', ['o', 't']],
    ['^a', 'aa', ['a']],
    ['.', '😀é', ['😀', 'é']],
    ['z', 'abc', []],
  ])('%j in %j finds %j', (pattern, text, expected) => {
    expect(all(pattern, text)).toEqual(expected)
  })

  it('stops at the limit, and when the spender says so', () => {
    expect(all('a', 'aaaa', 2)).toEqual(['a', 'a'])
    const spend = (): void => {
      throw new RangeError('enough')
    }
    expect(() => new SafeRegex('a+b').find('aaaa', spend)).toThrow('enough')
    expect(() => new SafeRegex('a+b').test('aaaa', spend)).toThrow('enough')
  })

  it('chooses the match JavaScript chooses, where both read a pattern alike', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(?:ab)', '(?:a|b)', '(?:a|ab)')
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '*?', '+?', '{1,2}', '{0,2}?'))
      .map(([one, count]) => one + count)
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 10 }), (source, text) => {
        const found = new SafeRegex(source).find(text)
        const expected = new RegExp(source, 'u').exec(text)
        expect(found).toEqual(
          expected === null ? undefined : { start: expected.index, end: expected.index + expected[0].length },
        )
      }),
      { numRuns: 2000 },
    )
  })
})
