import { assert, constantFrom, integer, property, record, option } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SnapshotPolicySpec } from '@berth/api'
import { isOpen, whenDue } from './schedule.ts'

const at = (text: string): Date => new Date(text)
type Spec = Omit<SnapshotPolicySpec, 'keep'>

function when(spec: Spec, now: string, countedFrom = '2026-01-01T00:00:00Z'): string {
  const { due, next } = whenDue(
    { ...spec },
    { now: at(now), madeAt: at('2026-01-01T00:00:00Z'), countedFrom: at(countedFrom) },
  )
  if (due !== undefined) return `due ${due.toISOString().slice(0, 16)}`
  return next === undefined ? 'never' : `next ${next.toISOString().slice(0, 16)}`
}

const night = { start: '22:00', end: '04:00' }

describe('when a policy is due', () => {
  it.each<[string, Spec, string, string | undefined, string]>([
    ['not yet', { schedule: '30 2 * * *' }, '2026-01-01T01:00:00Z', undefined, 'next 2026-01-01T02:30'],
    ['on the dot', { schedule: '30 2 * * *' }, '2026-01-01T02:30:00Z', undefined, 'due 2026-01-01T02:30'],
    ['once', { schedule: '30 2 * * *' }, '2026-01-01T02:31:00Z', '2026-01-01T02:30:00Z', 'next 2026-01-02T02:30'],
    ['missed ones are one', { schedule: '30 2 * * *' }, '2026-02-01T12:00:00Z', undefined, 'due 2026-02-01T02:30'],
    ['counts from when it was made', { every: '4h' }, '2026-01-01T03:59:59Z', undefined, 'next 2026-01-01T04:00'],
    ['every', { every: '4h' }, '2026-01-01T04:00:00Z', undefined, 'due 2026-01-01T04:00'],
    [
      'late runs shift nothing',
      { every: '4h' },
      '2026-01-01T04:30:00Z',
      '2026-01-01T04:20:00Z',
      'next 2026-01-01T08:00',
    ],
    ['both count', { every: '4h', schedule: '0 1 * * *' }, '2026-01-01T00:30:00Z', undefined, 'next 2026-01-01T01:00'],
    [
      'the later of both is the run',
      { every: '4h', schedule: '0 5 * * *' },
      '2026-01-01T06:00:00Z',
      undefined,
      'due 2026-01-01T05:00',
    ],
    [
      'waits for the window',
      { schedule: '0 12 * * *', window: night },
      '2026-01-01T12:00:00Z',
      undefined,
      'next 2026-01-01T22:00',
    ],
    [
      'and is due when it opens',
      { schedule: '0 12 * * *', window: night },
      '2026-01-01T22:00:00Z',
      undefined,
      'due 2026-01-01T12:00',
    ],
    [
      'the next is said as the window has it',
      { schedule: '0 12 * * *', window: night },
      '2026-01-01T11:00:00Z',
      undefined,
      'next 2026-01-01T22:00',
    ],
    [
      'the end is outside',
      { every: '1h', window: night },
      '2026-01-02T04:00:00Z',
      '2026-01-02T03:00:00Z',
      'next 2026-01-02T22:00',
    ],
    [
      'in a time zone',
      { schedule: '0 2 * * *', timeZone: 'Europe/Berlin' },
      '2026-01-01T00:59:00Z',
      undefined,
      'next 2026-01-01T01:00',
    ],
    [
      'the window in its own',
      { schedule: '0 2 * * *', window: { start: '01:00', end: '05:00', timeZone: 'America/New_York' } },
      '2026-01-01T02:00:00Z',
      undefined,
      'next 2026-01-01T06:00',
    ],
    [
      'a window that clocks jump over is not open that day',
      { schedule: '0 2 * * *', timeZone: 'Europe/Berlin', window: { start: '02:10', end: '02:40' } },
      '2026-03-29T02:00:00Z',
      '2026-03-28T12:00:00Z',
      'next 2026-03-30T00:10',
    ],
    [
      'the whole day but its last minute',
      { every: '1h', window: { start: '00:00', end: '24:00' } },
      '2026-01-01T23:59:59Z',
      undefined,
      'due 2026-01-01T23:00',
    ],
  ])('%s', (_what, spec, now, countedFrom, expected) => {
    expect(when(spec, now, countedFrom)).toBe(expected)
  })

  const clock = integer({ min: 0, max: 47 }).map(
    (half) => `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`,
  )
  const specs = record({
    schedule: option(constantFrom('30 2 * * *', '*/20 * * * *', '0 0 1 * *', '15 */3 * * mon-fri'), { nil: undefined }),
    every: constantFrom('17m', '4h', '36h'),
    timeZone: constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns'),
    window: option(
      record({ start: clock, end: clock }).filter(({ start, end }) => start !== end),
      { nil: undefined },
    ),
  }).map(({ schedule, window, ...rest }) => ({
    ...rest,
    ...(schedule === undefined ? {} : { schedule }),
    ...(window === undefined ? {} : { window }),
  }))
  const minutes = integer({ min: 0, max: 400 * 24 * 60 })

  it('is due only within the window, once, and what is next is due then', () => {
    assert(
      property(specs, minutes, minutes, (spec, a, b) => {
        const madeAt = at('2026-01-01T00:00:00Z')
        const [countedFrom, now] = [Math.min(a, b), Math.max(a, b)].map((m) => new Date(madeAt.getTime() + m * 60_000))
        if (countedFrom === undefined || now === undefined) throw new Error('two of them')
        const { due, next } = whenDue(spec, { now, madeAt, countedFrom })
        if (due !== undefined) {
          expect(isOpen(spec, now)).toBe(true)
          expect(due > countedFrom && due <= now).toBe(true)
          // A run that has begun is not begun again.
          expect(whenDue(spec, { now, madeAt, countedFrom: now }).due).toBeUndefined()
          return
        }
        expect(next).toBeDefined()
        if (next === undefined) return
        expect(next > now).toBe(true)
        expect(isOpen(spec, next)).toBe(true)
        expect(whenDue(spec, { now: next, madeAt, countedFrom }).due).toBeDefined()
      }),
      { numRuns: 200 },
    )
  })
})
