// What must hold for any configurations: applying again changes nothing, strangers do not meet, force wins, no owner is lost in silence.
import { deepEqual, type JsonObject } from '@berth/meta'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { difference, isEmptySet, pathsOf, union, type FieldSet } from './field-set.ts'
import { sameManagers } from './managers.ts'
import { setOf } from './set-of.ts'
import { applied, apply, nothing, ship, updated, type State } from './testing.ts'

const value = fc.constantFrom('1', '2', '3')
const notes = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { maxKeys: 3 })
const flags = fc.uniqueArray(fc.constantFrom('red', 'blue', 'green'), { maxLength: 3 })
const member = fc.record({ rank: value, tags: flags, notes }, { requiredKeys: [] })
const crew = fc
  .dictionary(fc.constantFrom('ann', 'bob', 'cid'), member, { maxKeys: 3 })
  .map((items) => Object.entries(items).map(([name, rest]) => ({ name, ...rest })))
const ports = fc
  .uniqueArray(fc.tuple(fc.constantFrom(80, 81), fc.constantFrom('TCP', 'UDP'), value), {
    maxLength: 3,
    selector: ([port, protocol]) => `${port}/${protocol}`,
  })
  .map((items) => items.map(([port, protocol, name]) => ({ port, protocol, name })))
const free = fc.constantFrom<JsonObject>({}, { a: 1 }, { a: { b: 1 } }, { a: { b: 2, c: [1] } }, { c: 'x' })
const content: fc.Arbitrary<JsonObject> = fc.record(
  {
    name: value,
    flags,
    steps: fc.array(value, { maxLength: 2 }),
    notes,
    pair: fc.record({ left: value, right: value }, { requiredKeys: [] }),
    crew,
    ports,
    deep: fc.record({ inner: fc.record({ a: value, b: value }, { requiredKeys: [] }) }, { requiredKeys: [] }),
    free,
  },
  { requiredKeys: [] },
)

interface Step {
  manager: string
  content: JsonObject
  kind: 'apply' | 'force' | 'update'
}

const step: fc.Arbitrary<Step> = fc.record({
  manager: fc.constantFrom('m', 'n', 'o'),
  content,
  kind: fc.constantFrom('apply', 'force', 'update'),
})

/** Any state that can come about; refused applies change nothing. */
const anyState: fc.Arbitrary<State> = fc.array(step, { maxLength: 5 }).map((steps) => {
  let state = nothing
  for (const each of steps) {
    if (each.kind === 'update') state = updated(state, each.manager, each.content)
    else {
      const result = apply(state, each.manager, each.content, each.kind === 'force')
      if (result.kind === 'applied') state = result
    }
  }
  return state
})

function everythingOwned({ managers }: State): FieldSet {
  let all: FieldSet = {}
  for (const entry of managers.values()) all = union(all, entry.fields)
  return all
}

const runs = { numRuns: 300 }

describe('laws of server-side apply', () => {
  it('an apply again changes neither the object nor its owners, nor their times', () => {
    fc.assert(
      fc.property(anyState, content, (state, config) => {
        const once = applied(state, 'me', config, true)
        const twice = applied(once, 'me', config)
        expect(twice.object).toEqual(once.object)
        expect(twice.managers).toBe(once.managers)
      }),
      runs,
    )
  })

  it('managers of different fields can go in any order', () => {
    // Order within lists is the order of arrival, so these configurations have none in common.
    const left = fc.record(
      { name: value, notes, steps: fc.array(value), pair: fc.record({ left: value }) },
      { requiredKeys: [] },
    )
    const right = fc.record(
      { crew, ports, flags, deep: fc.record({ inner: fc.record({ a: value }) }), free },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(left, right, (a, b) => {
        const one = applied(applied(nothing, 'a', a), 'b', b)
        const other = applied(applied(nothing, 'b', b), 'a', a)
        expect(deepEqual(one.object, other.object)).toBe(true)
        expect(sameManagers(one.managers, other.managers)).toBe(true)
      }),
      runs,
    )
  })

  it('force makes the object say what the configuration says, and takes it from whoever said otherwise', () => {
    fc.assert(
      fc.property(anyState, content, (state, config) => {
        const after = applied(state, 'me', config, true)
        const again = apply(after, 'me', config)
        expect(again.kind).toBe('applied')
        const claim = setOf({ spec: config }, ship.schema, ship.context)
        const mine = [...after.managers.values()].filter((entry) => entry.manager === 'me')
        for (const entry of mine) expect(isEmptySet(difference(entry.fields, claim))).toBe(true)
      }),
      runs,
    )
  })

  it('an apply without force takes nothing from anybody', () => {
    fc.assert(
      fc.property(anyState, content, (state, config) => {
        const result = apply(state, 'me', config)
        if (result.kind === 'conflicts') {
          expect(result.conflicts.length).toBeGreaterThan(0)
          return
        }
        for (const [key, entry] of state.managers) {
          const lost = difference(entry.fields, result.managers.get(key)?.fields ?? {})
          expect(pathsOf(lost)).toEqual([])
        }
      }),
      runs,
    )
  })

  it('nobody owns what is not there', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const present = setOf(state.object, ship.schema, ship.context)
        for (const path of pathsOf(everythingOwned(state))) {
          let at: FieldSet | undefined = present
          // Owned containers may be empty by now: they are there, only not as members of their own.
          for (const element of path.slice(0, -1)) at = at?.[element]
          const last = path.at(-1) ?? ''
          const node = at?.[last]
          const gone = at === undefined || (node === undefined && !last.startsWith('f:'))
          expect(gone ? path : []).toEqual([])
        }
      }),
      runs,
    )
  })

  it('what the last owner gives up is gone, and what another owns stays', () => {
    fc.assert(
      fc.property(content, content, (a, b) => {
        const both = applied(applied(nothing, 'a', a), 'b', b, true)
        const alone = applied(both, 'a', {})
        const kept = setOf({ spec: b }, ship.schema, ship.context)
        const left = setOf(alone.object, ship.schema, ship.context)
        // All of b's is there still, and of leaves nothing but b's.
        expect(pathsOf(difference(kept, left)).filter((path) => path.length > 1)).toEqual([])
      }),
      runs,
    )
  })
})
