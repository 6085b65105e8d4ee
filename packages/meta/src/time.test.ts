import { describe, expect, it } from 'vitest'
import { MetaError } from './errors.ts'
import { formatMicroTime, formatTime, isTime, parseTime } from './time.ts'

describe('times', () => {
  const date = new Date('2026-01-31T12:30:45.678Z')

  it('prints seconds and microseconds', () => {
    expect(formatTime(date)).toBe('2026-01-31T12:30:45Z')
    expect(formatTime(new Date('2026-01-31T12:30:46Z'))).toBe('2026-01-31T12:30:46Z')
    expect(() => formatTime(new Date(Number.NaN))).toThrow(RangeError)
    expect(formatMicroTime(date)).toBe('2026-01-31T12:30:45.678000Z')
  })

  it.each([
    ['2026-01-31T12:30:45Z', '2026-01-31T12:30:45.000Z'],
    ['2026-01-31T12:30:45.678901Z', '2026-01-31T12:30:45.678Z'],
    ['2026-01-31T14:30:45+02:00', '2026-01-31T12:30:45.000Z'],
    ['2024-02-29t00:00:00z', '2024-02-29T00:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(parseTime(text).toISOString()).toBe(expected)
  })

  it.each([
    '',
    'now',
    '2026-01-31',
    '2026-01-31T12:30Z',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T12:60:00Z',
    '2026-01-01T12:00:60Z',
    '2026-01-31T12:30:45',
    '2026-01-31T12:30:45+99:00',
  ])('refuses %j', (text) => {
    expect(isTime(text)).toBe(false)
    expect(() => parseTime(text)).toThrow(MetaError)
  })
})
