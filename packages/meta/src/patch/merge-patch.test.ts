import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepClone } from '../equal.ts'
import type { Json, JsonObject } from '../object.ts'
import { applyMergePatch } from './merge-patch.ts'

describe('applyMergePatch', () => {
  it.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 1 }, { a: { b: null } }, { a: {} }],
    [{}, { a: [null, { b: null }] }, { a: [null, { b: null }] }],
    [{}, { constructor: { prototype: { x: 1 } } }, { constructor: { prototype: { x: 1 } } }],
  ])('%j with %j is %j', (target, patch, expected) => {
    const before = deepClone(target)
    expect(applyMergePatch(target, patch)).toEqual(expected)
    expect(target).toEqual(before)
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })

  it.each([null, 1, 'a', [], [{ op: 'add' }]])('refuses %j', (patch) => {
    expect(() => applyMergePatch({}, patch)).toThrow('a merge patch must be a JSON object')
  })

  it('refuses __proto__ at any depth, and endless depth', () => {
    expect(() => applyMergePatch({}, JSON.parse('{"a":[{"__proto__":{"x":1}}]}'))).toThrow('"__proto__"')
    let deep: Json = {}
    for (let level = 0; level < 600; level += 1) deep = { a: deep }
    expect(() => applyMergePatch({}, deep)).toThrow('nests deeper than 512 levels')
  })

  const object = fc
    .dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>)
    .filter((value) => !JSON.stringify(value).includes('__proto__'))

  it('applied twice is applied once', () => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const once = applyMergePatch(target, patch)
        expect(applyMergePatch(once, patch)).toEqual(once)
      }),
    )
  })

  it('with an empty patch changes nothing, and nulls for all members empties', () => {
    fc.assert(
      fc.property(object, (target) => {
        expect(applyMergePatch(target, {})).toEqual(target)
        const nulls = Object.fromEntries(Object.keys(target).map((key) => [key, null]))
        expect(applyMergePatch(target, nulls)).toEqual({})
      }),
    )
  })
})
