import { assert, constantFrom, date, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSchedule, ScheduleError } from './cron-fields.ts'
import { lastTime, nextTime, scheduleProblem } from './cron.ts'
import { firstInstant, wallTime } from './time-zone.ts'

const at = (text: string): Date => new Date(text)
const next = (schedule: string, after: string, timeZone?: string): string | undefined =>
  nextTime(parseSchedule(schedule), at(after), timeZone === undefined ? {} : { timeZone })?.toISOString()

describe('schedules', () => {
  it.each([
    ['* * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:01:00.000Z'],
    ['* * * * *', '2026-01-01T00:00:59.999Z', '2026-01-01T00:01:00.000Z'],
    ['0 3 * * *', '2026-01-31T03:00:00Z', '2026-02-01T03:00:00.000Z'],
    ['*/15 * * * *', '2026-01-01T00:14:00Z', '2026-01-01T00:15:00.000Z'],
    ['5/20 * * * *', '2026-01-01T00:26:00Z', '2026-01-01T00:45:00.000Z'],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    // 2100 is no leap year.
    ['0 0 29 2 *', '2096-03-01T00:00:00Z', '2104-02-29T00:00:00.000Z'],
    ['0 0 * * sun', '2026-11-22T00:00:00Z', '2026-11-29T00:00:00.000Z'],
    ['0 0 * * 7', '2026-11-22T00:00:00Z', '2026-11-29T00:00:00.000Z'],
    ['0 0 * * 5-7', '2026-11-21T00:00:00Z', '2026-11-22T00:00:00.000Z'],
    ['0 0 1 * mon', '2026-11-22T00:00:00Z', '2026-11-23T00:00:00.000Z'],
    // A star with a step leaves the other day alone to decide: the 13th if it is a Friday.
    ['0 0 13 * */5', '2026-11-22T00:00:00Z', '2026-12-13T00:00:00.000Z'],
    ['0 0 31 dec ?', '2026-11-22T00:00:00Z', '2026-12-31T00:00:00.000Z'],
    ['@hourly', '2026-11-22T00:30:00Z', '2026-11-22T01:00:00.000Z'],
    ['@Weekly', '2026-11-22T00:30:00Z', '2026-11-29T00:00:00.000Z'],
    ['@every 90m', '2026-11-22T00:30:00Z', '2026-11-22T02:00:00.000Z'],
    ['0 12,18-20/2 * * 1-5', '2026-11-20T19:00:00Z', '2026-11-20T20:00:00.000Z'],
  ])('%s after %s is %s', (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected)
  })

  it('have an end when no day fits', () => {
    expect(next('0 0 31 2 *', '2026-01-01T00:00:00Z')).toBeUndefined()
    expect(scheduleProblem('0 0 31 2 *')).toBe('"0 0 31 2 *" names a date that never comes')
    expect(scheduleProblem('0 0 31 2 mon')).toBeUndefined()
  })

  it.each([
    ['* * * *', 'has 4 fields; a schedule has five: minute, hour, day of month, month, day of week'],
    ['60 * * * *', '"60" is no minute; expected 0 to 59, lists, ranges and steps of them'],
    ['* * * foo *', '"foo" is no month; expected 1 to 12 or jan to dec, lists, ranges and steps of them'],
    ['5-1 * * * *', '"5-1": the range of the minute ends before it begins'],
    ['@often', '"@often" is no name of a schedule'],
  ])('%s is refused in words that help', (text, words) => {
    expect(scheduleProblem(text)).toContain(words)
  })

  it.each([
    '',
    '* * * *',
    '* * * * * *',
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
    '@every',
    '@sometimes',
    '1,, * * * *',
    `${'1,'.repeat(200)}1 * * * *`,
  ])('refuse %j', (text) => {
    expect(() => parseSchedule(text)).toThrow(ScheduleError)
  })

  it('refuse a zone there is not', () => {
    expect(() => next('* * * * *', '2026-01-01T00:00:00Z', 'Mars/Olympus')).toThrow(ScheduleError)
  })
})

describe('schedules where clocks are changed', () => {
  it.each([
    // Clocks jump from 02:00 to 03:00 at 01:00Z: due at the jump, then as ever.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00.000Z'],
    // 02:30 comes at 00:30Z and again at 01:30Z: the first time only.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
    // Of every hour: what is jumped over is not made up for, and the repeated hour counts.
    ['15 * * * *', 'Europe/Berlin', '2026-03-29T00:15:00Z', '2026-03-29T01:15:00.000Z'],
    ['15 * * * *', 'Europe/Berlin', '2026-10-25T00:15:00Z', '2026-10-25T01:15:00.000Z'],
    ['0 * * * *', 'Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00.000Z'],
    ['0 * * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T01:00:00.000Z'],
    // By half an hour: 01:30 to 01:59 come twice.
    ['45 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z', '2026-04-04T15:15:00.000Z'],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z', '2026-04-05T15:15:00.000Z'],
    // A whole day that never was: due as it is jumped over.
    ['0 12 * * *', 'Pacific/Apia', '2011-12-30T00:00:00Z', '2011-12-30T10:00:00.000Z'],
    ['0 3 * * *', '+02:00', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00.000Z'],
    ['0 3 * * *', 'Asia/Kathmandu', '2026-01-01T00:00:00Z', '2026-01-01T21:15:00.000Z'],
  ])('%s in %s after %s is %s', (schedule, timeZone, after, expected) => {
    expect(next(schedule, after, timeZone)).toBe(expected)
  })
})

const zone = constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca')
const instant = date({ min: at('2020-01-01'), max: at('2040-01-01'), noInvalidDate: true })
const minute = integer({ min: 0, max: 59 })
const hour = integer({ min: 0, max: 23 })

describe('for any time and zone', () => {
  it('a daily schedule names each day once, at its wall time or at the jump over it', () => {
    assert(
      property(minute, hour, instant, zone, (m, h, after, timeZone) => {
        const found = nextTime(parseSchedule(`${m} ${h} * * *`), after, { timeZone })?.getTime() ?? 0
        const ahead = found - after.getTime()
        expect(ahead).toBeGreaterThan(0)
        expect(ahead).toBeLessThanOrEqual(25 * 3_600_000)
        const wall = new Date(wallTime(found, timeZone))
        const asked = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate(), h, m)
        expect(firstInstant(asked, timeZone)).toBe(found)
      }),
    )
  })

  it('is what going minute by minute finds', () => {
    const fields = tuple(
      constantFrom('*', '*/7', '0', '15,45', '30'),
      constantFrom('*', '*/2', '1-3', '2'),
      constantFrom('*', '*', '25-31', '1'),
      constantFrom('*', '*', '0', 'mon-fri'),
    )
    // Around changes of the clocks, where mistakes would be.
    const near = tuple(
      constantFrom('2026-03-29T00:00:00Z', '2026-10-25T00:00:00Z', '2026-04-04T14:00:00Z', '2026-10-03T15:00:00Z'),
      integer({ min: -300, max: 300 }),
    )
    assert(
      property(fields, near, zone, ([m, h, dom, dow], [around, off], timeZone) => {
        const text = `${m} ${h} ${dom} * ${dow}`
        const after = at(around).getTime() + off * 60_000
        const found = nextTime(parseSchedule(text), new Date(after), { timeZone })?.getTime()
        const slow = minuteByMinute(text, after, timeZone)
        if (slow === undefined) expect(found).toBeGreaterThan(after + 2 * 86_400_000)
        else expect(found).toBe(slow)
      }),
      { numRuns: 60 },
    )
  })

  it('the last time before one is the end of going from one to the next', () => {
    const text = constantFrom('*/20 * * * *', '30 2 * * *', '0 */6 * * *', '0 0 * * 1')
    assert(
      property(text, instant, integer({ min: 0, max: 20_000 }), zone, (schedule, after, minutes, timeZone) => {
        const until = new Date(after.getTime() + minutes * 60_000)
        const parsed = parseSchedule(schedule)
        let expected: Date | undefined
        for (
          let due = nextTime(parsed, after, { timeZone });
          due !== undefined && due <= until;
          due = nextTime(parsed, due, { timeZone })
        ) {
          expected = due
        }
        expect(lastTime(parsed, { after, until, timeZone })).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })

  it('fifty years of missed minutes cost nothing', () => {
    const started = performance.now()
    const until = at('2026-01-01T00:00:30Z')
    expect(lastTime(parseSchedule('* * * * *'), { after: new Date(0), until })).toEqual(at('2026-01-01T00:00:00Z'))
    // An hour when each of them is looked at.
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})

/** The rules said the slow way, over two days. */
function minuteByMinute(text: string, afterMs: number, timeZone: string): number | undefined {
  const schedule = parseSchedule(text)
  if (schedule.kind !== 'fields') throw new Error('no cron expression')
  const { minutes, hours, daysOfMonth, daysOfWeek, eitherDay } = schedule
  const matches = (wallMs: number): boolean => {
    const wall = new Date(wallMs)
    const days = [daysOfMonth.includes(wall.getUTCDate()), daysOfWeek.includes(wall.getUTCDay())]
    const day = eitherDay ? days.some(Boolean) : days.every(Boolean)
    return day && hours.includes(wall.getUTCHours()) && minutes.includes(wall.getUTCMinutes())
  }
  const start = Math.floor(afterMs / 60_000) * 60_000 + 60_000
  for (let time = start; time < start + 2 * 86_400_000; time += 60_000) {
    const wall = wallTime(time, timeZone)
    if (hours.length === 24) {
      if (matches(wall)) return time
      continue
    }
    const jumped = wall - wallTime(time - 60_000, timeZone) - 60_000
    for (let skipped = wall - Math.max(0, jumped); skipped < wall; skipped += 60_000) if (matches(skipped)) return time
    if (matches(wall) && firstInstant(wall, timeZone) === time) return time
  }
  return undefined
}
