import { describe, expect, it } from 'vitest'
import { rateOf, timeLeft } from './rate.ts'

describe('the speed of an upload', () => {
  it('is what came in the time that is looked at', () => {
    const samples = [
      { atMs: 1000, sent: 500 },
      { atMs: 2000, sent: 900 },
      { atMs: 3000, sent: 2500 },
    ]
    expect(rateOf(samples)).toBe(1000)
  })
  it('is not told from too little', () => {
    expect(rateOf([])).toBeUndefined()
    expect(
      rateOf([
        { atMs: 0, sent: 0 },
        { atMs: 100, sent: 10_000 },
      ]),
    ).toBeUndefined()
  })
})

it('tells the time that is left, unless it stands still', () => {
  expect(timeLeft({ size: 3000, sent: 1000, rate: 1000 })).toBe(2000)
  expect(timeLeft({ size: 3000, sent: 1000, rate: 0 })).toBeUndefined()
  expect(timeLeft({ size: 3000, sent: 1000 })).toBeUndefined()
})
