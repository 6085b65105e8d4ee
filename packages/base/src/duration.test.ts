import { describe, expect, it } from 'vitest'
import { DurationError, formatAge, parseDuration } from './duration.ts'

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['5m0s', 300_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['-2s', -2000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '5', 'm', '5 m', '5mm', '1h-3m', 'five'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(DurationError)
  })
})

describe('formatAge', () => {
  it.each([
    [0, '0s'],
    [119_000, '119s'],
    [130_000, '2m10s'],
    [600_000, '10m'],
    [4 * 3_600_000 + 60_000, '4h1m'],
    [40 * 86_400_000, '40d'],
  ])('%i ms reads %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text)
  })
})
