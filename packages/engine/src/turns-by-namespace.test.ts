import { expect, it } from 'vitest'
import { TurnsByNamespace } from './turns-by-namespace.ts'

it('one namespace does not take all turns, and a turn that ends is free again, once', () => {
  const turns = new TurnsByNamespace({ most: 16, perNamespace: 8 })
  const taken = Array.from({ length: 20 }, () => turns.begin('greedy'))
  const own = taken.filter((end) => end !== undefined)
  expect(own).toHaveLength(8)
  const others = Array.from({ length: 8 }, (_, index) => turns.begin(`n${index}`))
  expect(others).not.toContain(undefined)
  expect(turns.begin('late')).toBeUndefined()
  own[0]?.()
  own[0]?.()
  expect(turns.begin('late')).toBeDefined()
  expect(turns.begin('later')).toBeUndefined()
})
