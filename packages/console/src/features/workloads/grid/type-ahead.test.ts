import { describe, expect, it } from 'vitest'
import { findTyped, typeLetter } from './type-ahead.ts'

const names = ['alpha', undefined, 'beta-1', 'beta-2', 'Bravo', 'charlie']
const find = (text: string, from: number) =>
  findTyped({ text, from, first: 10, end: 10 + names.length, nameAt: (index) => names[index - 10] })

describe('type-ahead', () => {
  it.each([
    ['b', 10, 12],
    ['b', 12, 13],
    ['b', 14, 12],
    ['bb', 12, 13],
    ['br', 12, 14],
    ['beta-2', 12, 13],
    ['be', 12, 12],
    ['a', 15, 10],
    ['x', 10, undefined],
  ])('%s from line %i finds line %s', (text, from, expected) => {
    expect(find(text, from)).toBe(expected)
  })

  it('finds nothing in an empty list', () => {
    expect(findTyped({ text: 'a', from: 0, first: 0, end: 0, nameAt: () => undefined })).toBeUndefined()
  })

  it('puts letters together that come soon after each other', () => {
    const first = typeLetter(undefined, 'w', 1000)
    expect(typeLetter(first, 'e', 1500).text).toBe('we')
    expect(typeLetter(first, 'e', 2500).text).toBe('e')
  })
})
