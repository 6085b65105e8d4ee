import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  difference,
  FieldSetBuilder,
  intersection,
  isEmptySet,
  parseFieldSet,
  pathsOf,
  sameSet,
  sorted,
  union,
  type FieldSet,
} from './field-set.ts'

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:1')
const path = fc.array(element, { minLength: 1, maxLength: 4 })
const paths = fc.array(path, { maxLength: 8 })

function setOfPaths(list: readonly string[][]): FieldSet {
  const builder = new FieldSetBuilder()
  for (const each of list) builder.add(each)
  return builder.set
}

/** Members as a plain set of texts: what the trie must behave like. */
function members(set: FieldSet): Set<string> {
  return new Set(pathsOf(set).map((each) => each.join(' ')))
}

describe('field sets', () => {
  it('hold what was put in, whatever the order', () => {
    fc.assert(
      fc.property(paths, (list) => {
        const expected = new Set(list.map((each) => each.join(' ')))
        expect(members(setOfPaths(list))).toEqual(expected)
        expect(members(setOfPaths(list.toReversed()))).toEqual(expected)
      }),
    )
  })

  it('unite, subtract and intersect as sets of paths do, and leave their arguments alone', () => {
    fc.assert(
      fc.property(paths, paths, (a, b) => {
        const [left, right] = [setOfPaths(a), setOfPaths(b)]
        const before = JSON.stringify([left, right])
        const [ours, theirs] = [members(left), members(right)]
        const both = [...ours].filter((each) => theirs.has(each))
        const onlyOurs = [...ours].filter((each) => !theirs.has(each))
        expect(members(union(left, right))).toEqual(new Set([...ours, ...theirs]))
        expect(members(difference(left, right))).toEqual(new Set(onlyOurs))
        expect(members(intersection(left, right))).toEqual(new Set(both))
        expect(sameSet(left, right)).toBe(onlyOurs.length === 0 && both.length === theirs.size)
        expect(JSON.stringify([left, right])).toBe(before)
      }),
    )
  })

  it('share what an operation does not change', () => {
    fc.assert(
      fc.property(paths, (list) => {
        const set = setOfPaths(list)
        expect(difference(set, { 'f:other': {} })).toBe(set)
        expect(union(set, {})).toBe(set)
        expect(union(set, structuredClone(set))).toBe(set)
      }),
    )
  })

  it('come back from what a client may send, in canonical form', () => {
    fc.assert(
      fc.property(paths, (list) => {
        const set = setOfPaths(list)
        expect(sameSet(parseFieldSet(sorted(set)) ?? {}, set)).toBe(true)
      }),
    )
    expect(parseFieldSet({ 'k:{"b":1,"a":"x"}': { '.': {} } })).toEqual({ 'k:{"a":"x","b":1}': { '.': {} } })
    expect(parseFieldSet({ 'f:a': {}, 'x:unheard': {}, 'k:{': {} })).toEqual({ 'f:a': {} })
    expect(parseFieldSet({ 'f:a': 'no set' })).toBeUndefined()
    expect(isEmptySet(parseFieldSet({}) ?? { 'f:a': {} })).toBe(true)
  })

  it('never throw on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        parseFieldSet(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('time', () => {
  it('grows with the number of members, not with its square', () => {
    const builder = new FieldSetBuilder()
    const started = performance.now()
    for (let index = 0; index < 150_000; index++) builder.add(['f:spec', `f:key${index}`])
    // Minutes when each member is looked for among all; half a second on a slow machine.
    expect(performance.now() - started).toBeLessThan(20_000)
    expect(Object.keys(builder.set['f:spec'] ?? {})).toHaveLength(150_000)
  })
})
