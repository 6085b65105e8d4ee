import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepClone, deepEqual } from './equal.ts'
import { formatPath, getPath, setPath } from './json.ts'

describe('deepEqual', () => {
  it.each([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: undefined }, { b: undefined }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [null, {}, false],
    [0, '0', false],
    [{ toString: 1 }, {}, false],
    [{}, { constructor: 1 }, false],
  ])('%j and %j: %s', (left, right, expected) => {
    expect(deepEqual(left, right)).toBe(expected)
    expect(deepEqual(right, left)).toBe(expected)
  })
})

describe('deepClone', () => {
  it('makes an equal value that shares nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = deepClone(value)
        expect(deepEqual(copy, value)).toBe(true)
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value)
      }),
    )
  })

  it('keeps a member named __proto__ data', () => {
    const copy: unknown = deepClone(JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}')
  })
})

describe('paths', () => {
  it('reads only own members', () => {
    const value = { a: [{ b: 1 }] }
    expect(getPath(value, ['a', 0, 'b'])).toBe(1)
    expect(getPath(value, ['a', 'length'])).toBeUndefined()
    expect(getPath(value, ['constructor'])).toBeUndefined()
    expect(getPath(value, ['a', 3, 'b'])).toBeUndefined()
  })

  it('creates objects on the way', () => {
    const value = { a: null }
    setPath(value, ['a', 'b', 'c'], 1)
    expect(value).toEqual({ a: { b: { c: 1 } } })
    expect(() => setPath({ a: 1 }, ['a', 'b'], 1)).toThrow('a is not an object')
  })

  it('prints as Kubernetes does', () => {
    expect(formatPath(['spec', 'disks', 0, 'name'])).toBe('spec.disks[0].name')
    expect(formatPath([])).toBe('')
  })
})
