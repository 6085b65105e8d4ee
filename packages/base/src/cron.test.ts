import { assert, date, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextTime, parseSchedule, ScheduleError } from './cron.ts'

const at = (text: string): Date => new Date(text)
const next = (schedule: string, after: string): string | undefined =>
  nextTime(parseSchedule(schedule), at(after))?.toISOString()

describe('schedules', () => {
  it.each([
    ['* * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00.000Z'],
    ['* * * * *', '2026-01-01T00:00:59.999Z', '2026-01-01T00:01:00.000Z'],
    ['0 3 * * *', '2026-01-31T03:00:00Z', '2026-02-01T03:00:00.000Z'],
    ['*/15 * * * *', '2026-01-01T00:14:00Z', '2026-01-01T00:15:00.000Z'],
    ['5/20 * * * *', '2026-01-01T00:26:00Z', '2026-01-01T00:45:00.000Z'],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['0 0 * * sun', '2026-11-22T00:00:00Z', '2026-11-29T00:00:00.000Z'],
    ['0 0 * * 7', '2026-11-22T00:00:00Z', '2026-11-29T00:00:00.000Z'],
    ['0 0 1 * mon', '2026-11-22T00:00:00Z', '2026-11-23T00:00:00.000Z'],
    ['0 0 31 dec ?', '2026-11-22T00:00:00Z', '2026-12-31T00:00:00.000Z'],
    ['@hourly', '2026-11-22T00:30:00Z', '2026-11-22T01:00:00.000Z'],
    ['@every 90m', '2026-11-22T00:30:00Z', '2026-11-22T02:00:00.000Z'],
    ['0 12,18-20/2 * * 1-5', '2026-11-20T19:00:00Z', '2026-11-20T20:00:00.000Z'],
  ])('%s after %s is %s', (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected)
  })

  it('have an end when no day fits', () => {
    expect(next('0 0 31 2 *', '2026-01-01T00:00:00Z')).toBeUndefined()
  })

  it('follow the clock of another place', () => {
    const found = nextTime(parseSchedule('0 3 * * *'), at('2026-01-01T00:00:00Z'), { offsetMinutes: 120 })
    expect(found?.toISOString()).toBe('2026-01-01T01:00:00.000Z')
  })

  it.each([
    '',
    '* * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '*/0 * * * *',
    '5-1 * * * *',
    '*-3 * * * *',
    'a * * * *',
    '@every 0s',
    '@sometimes',
    '1,, * * * *',
  ])('refuse %j', (text) => {
    expect(() => parseSchedule(text)).toThrow(ScheduleError)
  })

  it('name only times that fit, and never skip one', () => {
    const minute = integer({ min: 0, max: 59 })
    const hour = integer({ min: 0, max: 23 })
    assert(
      property(
        minute,
        hour,
        date({ min: at('2000-01-01'), max: at('2100-01-01'), noInvalidDate: true }),
        (m, h, after) => {
          const found = nextTime(parseSchedule(`${m} ${h} * * *`), after)
          expect(found).toBeDefined()
          const ahead = (found?.getTime() ?? 0) - after.getTime()
          expect(ahead).toBeGreaterThan(0)
          expect(ahead).toBeLessThanOrEqual(24 * 3_600_000)
          expect([found?.getUTCMinutes(), found?.getUTCHours()]).toEqual([m, h])
        },
      ),
    )
  })
})
