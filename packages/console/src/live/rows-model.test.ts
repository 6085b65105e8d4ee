import { describe, expect, it } from 'vitest'
import { leavingKeys, waitingChanges } from './rows-model.ts'

describe('what waits while rows are held', () => {
  it.each([
    ['nothing', 'abcde', 'abcde', 0],
    ['one that left, and drew one in below', 'abcde', 'bcdef', 1],
    ['one that left a short list', 'abc', 'bc', 1],
    ['three that left the top', 'abcdef', 'def', 3],
    ['one that came', 'abc', 'xabc', 1],
    ['one that moved to the end', 'abcde', 'bcdea', 1],
    ['two that changed places', 'abcde', 'bacde', 1],
    ['one that left and one that moved', 'abcde', 'cdeb', 2],
    ['all others', 'abc', 'xyz', 3],
  ])('is %s', (_what, shown, latest, expected) => {
    expect(waitingChanges(shown.split(''), latest.split(''))).toBe(expected)
  })

  it('knows which rows are no longer at their place', () => {
    const group = { group: 'g', count: 1, collapsed: false }
    expect([...leavingKeys([group, 'a', 'b'], ['b', 'c'])]).toEqual(['a'])
  })
})
