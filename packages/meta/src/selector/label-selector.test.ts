import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MetaError } from '../errors.ts'
import {
  everything,
  formatLabelSelector,
  labelRequirement,
  labelSelectorFromObject,
  matchesLabels,
  selectorOf,
  type LabelOperator,
  type LabelRequirement,
} from './label-selector.ts'
import { parseLabelSelector } from './label-text.ts'

const labels = { app: 'web', tier: 'front', count: '5', empty: '' }

describe('text form', () => {
  it.each([
    ['', true],
    ['app', true],
    ['!app', false],
    ['!gone', true],
    ['app=web', true],
    ['app == web', true],
    ['app=db', false],
    ['app!=db', true],
    ['gone!=db', true],
    ['empty=', true],
    ['app=', false],
    ['app in (web, db)', true],
    ['app in (db)', false],
    ['app notin (db,cache)', true],
    ['gone notin (a)', true],
    ['gone in (a)', false],
    ['empty in (,a)', true],
    ['count>4', true],
    ['count>5', false],
    ['count<6', true],
    ['app>1', false],
    ['app=web,tier=front,!gone', true],
    ['app=web,tier=back', false],
    ['in in (in)', false],
    ['constructor', false],
    ['toString notin (a)', true],
  ])('%j matches: %s', (text, expected) => {
    expect(matchesLabels(parseLabelSelector(text), labels)).toBe(expected)
  })

  it.each([
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a,,b', "found ',', expected: identifier after ','"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['a=(b)', "unable to parse requirement: found '(', expected: identifier"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a=b+c', 'unable to parse requirement: values[0][a]: Invalid value: "b+c": a valid label must be'],
    ['a/b/c=d', 'unable to parse requirement: key: Invalid value: "a/b/c": a qualified name must consist'],
    ['a>b', 'the value must be an integer'],
  ])('refuses %j', (text, words) => {
    expect(() => parseLabelSelector(text)).toThrow(MetaError)
    expect(() => parseLabelSelector(text)).toThrow(words)
  })

  it('prints in the order of keys, values sorted', () => {
    const text = 'z notin (b,a),a==1,c,!d,e>3,f<4,g!=h,i in (k)'
    expect(formatLabelSelector(parseLabelSelector(text))).toBe('a=1,c,!d,e>3,f<4,g!=h,i=k,z notin (a,b)')
  })
})

describe('object form', () => {
  it('matches nothing when absent, everything when empty', () => {
    expect(matchesLabels(labelSelectorFromObject(undefined), labels)).toBe(false)
    expect(matchesLabels(labelSelectorFromObject(null), labels)).toBe(false)
    expect(matchesLabels(labelSelectorFromObject({}), undefined)).toBe(true)
    expect(labelSelectorFromObject({})).toEqual(everything)
  })

  it('reads as its text form', () => {
    const selector = labelSelectorFromObject({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['b', 'a'] },
        { key: 'env', operator: 'NotIn', values: ['x'] },
        { key: 'on', operator: 'Exists' },
        { key: 'off', operator: 'DoesNotExist', values: [] },
      ],
    })
    expect(selector).toEqual(parseLabelSelector('app=web,tier in (a,b),env!=x,on,!off'))
  })

  it.each([
    [{ key: 'a', operator: 'Like', values: ['b'] }, '"Like" is not a valid label selector operator'],
    [{ key: 'a', operator: 'toString' }, '"toString" is not a valid label selector operator'],
    [{ key: 'a', operator: 'In', values: [] }, "for 'in', 'notin' operators, values set can't be empty"],
    [{ key: 'a', operator: 'Exists', values: ['b'] }, 'values set must be empty for exists and does not exist'],
  ])('refuses %j', (expression, words) => {
    expect(() => labelSelectorFromObject({ matchExpressions: [expression] })).toThrow(words)
  })
})

describe('properties', () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9]([-a-zA-Z0-9_.]{0,8}[a-zA-Z0-9])?$/)
  const key = fc.oneof(word, fc.constantFrom('example.com/a', 'in', 'notin'))
  const operator = (...list: LabelOperator[]) => fc.constantFrom(...list)
  const one = fc.nat().map((number) => [String(number)])
  const some = fc.array(fc.oneof(word, fc.constant('')), { minLength: 1, maxLength: 3 })
  const requirement: fc.Arbitrary<LabelRequirement> = fc
    .oneof(
      fc.record({ key, operator: operator('in', 'notin'), values: some }),
      fc.record({ key, operator: operator('exists', 'absent'), values: fc.constant<string[]>([]) }),
      fc.record({ key, operator: operator('gt', 'lt'), values: one }),
    )
    .map((each) => labelRequirement(each.key, each.operator, each.values))

  it('reads back what it prints', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), (list) => {
        const selector = selectorOf(list)
        expect(parseLabelSelector(formatLabelSelector(selector))).toEqual(selector)
      }),
    )
  })

  it('throws only typed errors', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'in', ' ', '=', '!', ',', '(', ')', '<', '>', 'notin') }),
        (text) => {
          try {
            parseLabelSelector(text)
          } catch (error) {
            expect(error).toBeInstanceOf(MetaError)
          }
        },
      ),
    )
  })
})
