import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MetaError } from '../errors.ts'
import { formatFieldSelector, matchesFields, parseFieldSelector } from './field-selector.ts'

const fields: Record<string, string> = { 'metadata.name': 'web', 'status.phase': 'Running' }

describe('field selectors', () => {
  it.each([
    ['', true],
    ['metadata.name=web', true],
    ['metadata.name==web', true],
    ['metadata.name!=web', false],
    ['metadata.name=web,status.phase!=Failed', true],
    ['metadata.name=web,status.phase=Failed', false],
    [',metadata.name=web,', true],
    ['spec.nodeName=', true],
    ['spec.nodeName!=', false],
  ])('%j matches: %s', (text, expected) => {
    expect(matchesFields(parseFieldSelector(text), (field) => fields[field])).toBe(expected)
  })

  it('unescapes values', () => {
    expect(parseFieldSelector(String.raw`a=b\,c\=d\\e`)).toEqual([
      { field: 'a', operator: '=', value: String.raw`b,c=d\e` },
    ])
  })

  it.each([
    ['name', "invalid selector: 'name'; can't understand 'name'"],
    ['a=b,c', "invalid selector: 'a=b,c'; can't understand 'c'"],
    ['a=b=c', 'unescaped character in value: 61'],
    [String.raw`a=b\c`, String.raw`invalid escape sequence: \c`],
    ['a=b\\', 'invalid escape sequence: \\'],
  ])('refuses %j', (text, words) => {
    expect(() => parseFieldSelector(text)).toThrow(MetaError)
    expect(() => parseFieldSelector(text)).toThrow(words)
  })

  it('reads back what it prints', () => {
    const requirement = fc.record({
      field: fc.stringMatching(/^[a-z.]+$/),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.string(),
    })
    fc.assert(
      fc.property(fc.array(requirement), (selector) => {
        expect(parseFieldSelector(formatFieldSelector(selector))).toEqual(selector)
      }),
    )
  })
})
