import { describe, expect, it } from 'vitest'
import { pageAsked, pieceAsked } from './pull-request.ts'

describe('what is asked of a backup', () => {
  it.each([
    ['', { offset: 0, length: 100 }],
    ['length=0', { offset: 0, length: 100 }],
    ['offset=40', { offset: 40, length: 60 }],
    ['offset=40&length=10', { offset: 40, length: 10 }],
    ['offset=99&length=10', { offset: 99, length: 1 }],
    ['length=18446744073709551615', { offset: 0, length: 100 }],
    ['offset=100', { refused: 'offset 100 is beyond export size 100' }],
    ['offset=-1', { refused: 'invalid offset "-1": not a number of bytes' }],
    ['offset=1e1', { refused: 'invalid offset "1e1": not a number of bytes' }],
    ['length=ten', { refused: 'invalid length "ten": not a number of bytes' }],
  ])('by ?%s is a piece', (query, expected) => {
    expect(pieceAsked(new URLSearchParams(query), 100)).toEqual(expected)
  })

  it.each([
    ['', 512],
    ['page_size=7', 7],
    ['page_size=999999999', 16_384],
    ['page_size=0', { refused: 'invalid page_size "0"' }],
    ['page_size=-3', { refused: 'invalid page_size "-3"' }],
    ['page_size=x', { refused: 'invalid page_size "x"' }],
  ])('by ?%s is a page', (query, expected) => {
    expect(pageAsked(new URLSearchParams(query))).toEqual(expected)
  })
})
