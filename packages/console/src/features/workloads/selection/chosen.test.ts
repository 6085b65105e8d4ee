import { describe, expect, it } from 'vitest'
import { choose, chooseAll, chosenCount, headState, isChosen, nothingChosen, selectionOf, toggle } from './chosen.ts'

describe('selection', () => {
  it('names single rows', () => {
    const two = choose(nothingChosen, ['a', 'b'], true)
    expect([isChosen(two, 'a'), isChosen(two, 'c')]).toEqual([true, false])
    expect(chosenCount(two, 8431)).toBe(2)
    expect(headState(two, 8431)).toBe('some')
    expect(selectionOf(toggle(two, 'a'))).toEqual({ kind: 'keys', keys: ['b'] })
  })

  it('of everything costs nothing, and has exceptions', () => {
    const all = chooseAll('web-')
    expect(headState(all, 8431)).toBe('all')
    const most = toggle(toggle(all, 'web-1'), 'web-2')
    expect([isChosen(most, 'web-1'), isChosen(most, 'web-3')]).toEqual([false, true])
    expect(chosenCount(most, 8431)).toBe(8429)
    expect(selectionOf(most)).toEqual({ kind: 'query', table: 'workloads', query: 'web-', except: ['web-1', 'web-2'] })
    expect(chosenCount(choose(most, ['web-1', 'web-9'], true), 8431)).toBe(8430)
  })

  it('is none when all were taken out one by one', () => {
    expect(headState(choose(chooseAll(''), ['a', 'b'], false), 2)).toBe('none')
    expect(headState(nothingChosen, 0)).toBe('none')
  })

  it('does not change what it came from', () => {
    const one = choose(nothingChosen, ['a'], true)
    toggle(one, 'b')
    expect(chosenCount(one, 10)).toBe(1)
    expect(chosenCount(nothingChosen, 10)).toBe(0)
  })

  it('is bounded', () => {
    const keys = Array.from({ length: 6000 }, (_, at) => `vm-${at}`)
    expect(chosenCount(choose(nothingChosen, keys, true), 10_000)).toBe(5000)
  })
})
