import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ByteBudget } from './byte-budget.ts'

it('refuses what does not fit beside what is there, and takes anything when there is nothing', () => {
  const budget = new ByteBudget(100)
  const release = budget.take(500)
  expect(() => budget.take(1)).toThrow('Too many requests, please try again later.')
  release()
  release()
  expect(budget.used).toBe(0)
  budget.take(60)
  budget.take(40)
  expect(() => budget.take(1)).toThrow()
})

it('lets the only holder grow past the limit, not one among others', () => {
  const budget = new ByteBudget(100)
  const only = budget.hold()
  expect([only.grow(90), only.grow(90)]).toEqual([true, true])
  const other = budget.hold()
  expect(other.grow(1)).toBe(false)
  only.release()
  expect(only.grow(50)).toBe(true)
  expect(budget.used).toBe(0)
})

it('counts exactly what is held', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ holder: fc.nat(3), bytes: fc.nat(50), release: fc.boolean() })), (steps) => {
      const budget = new ByteBudget(100)
      const holders = Array.from({ length: 4 }, () => ({ held: budget.hold(), bytes: 0, over: false }))
      for (const { holder, bytes, release } of steps) {
        const each = holders[holder]
        if (each === undefined) continue
        if (release) {
          each.held.release()
          each.bytes = 0
          each.over = true
        } else if (each.held.grow(bytes) && !each.over) each.bytes += bytes
        expect(budget.used).toBe(holders.reduce((sum, { bytes: held }) => sum + held, 0))
      }
    }),
  )
})
