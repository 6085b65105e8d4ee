import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rangeFor } from './window-range.ts'

describe('window range', () => {
  it('covers what is seen, is bounded, and moves only when it must', () => {
    const visible = fc.record({ from: fc.nat(60_000), count: fc.integer({ min: 1, max: 200 }) })
    fc.assert(
      fc.property(fc.array(visible, { minLength: 1, maxLength: 20 }), (moves) => {
        let current = rangeFor({ from: 0, count: 40 }, undefined)
        for (const move of moves) {
          const next = rangeFor(move, current)
          expect(next.from).toBeLessThanOrEqual(move.from)
          expect(next.from + next.count).toBeGreaterThanOrEqual(move.from + Math.min(move.count, 400))
          expect(next.count).toBeLessThanOrEqual(500)
          expect(rangeFor(move, next)).toBe(next)
          current = next
        }
      }),
    )
  })

  it('stays for small moves', () => {
    const first = rangeFor({ from: 100, count: 30 }, undefined)
    expect(rangeFor({ from: 105, count: 30 }, first)).toBe(first)
    expect(rangeFor({ from: 190, count: 30 }, first)).not.toBe(first)
  })

  it('reaches further ahead than behind, either way', () => {
    const down = rangeFor({ from: 1000, count: 30 }, rangeFor({ from: 800, count: 30 }, undefined))
    expect(down.from + down.count - 1030).toBeGreaterThan(3 * (1000 - down.from) - 30)
    const up = rangeFor({ from: 1000, count: 30 }, rangeFor({ from: 1200, count: 30 }, undefined))
    expect(1000 - up.from).toBeGreaterThan(2 * (up.from + up.count - 1030))
  })
})
