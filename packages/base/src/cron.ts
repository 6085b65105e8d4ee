/**
 * When a cron schedule is due, on the wall clock of a time zone.
 *
 * Where clocks are changed, the rules are those of Debian's cron: a schedule that names hours is due once for each wall time, so a time
 * that clocks jump over is due at the jump, and one that comes twice is due the first time only. A schedule of every hour goes on
 * with the hours that pass: it skips none and repeats with the repeated hour.
 */

import { parseSchedule, ScheduleError, type CronFields, type Schedule } from './cron-fields.ts'
import { firstInstant, isTimeZone, nextTransition, offsetAt, wallTime } from './time-zone.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** The longest wait there can be is for 29 February over a century that is no leap year. */
const maxMonths = 12 * 9

export interface ClockOptions {
  /** Whose wall clock the schedule is read on: a name of the zone database, or an offset like `+02:00`; UTC unless given. */
  timeZone?: string
}

/**
 * The first time after `after` at which the schedule is due; undefined when there is none within nine years, as for 31 February. An
 * interval counts from `after`.
 * @throws {ScheduleError} UnknownTimeZone
 */
export function nextTime(schedule: Schedule, after: Date, { timeZone = 'UTC' }: ClockOptions = {}): Date | undefined {
  if (schedule.kind === 'interval') return new Date(after.getTime() + schedule.everyMs)
  requireTimeZone(timeZone)
  const everyHour = schedule.hours.length === 24
  const next = everyHour
    ? nextOfEveryHour(schedule, after.getTime(), timeZone)
    : nextOfHours(schedule, after.getTime(), timeZone)
  return next === undefined ? undefined : new Date(next)
}

/**
 * The last time in (`after`, `until`] at which the schedule is due; undefined when there is none. Takes time that grows with the
 * logarithm of the span, so that a year of missed minutes costs nothing.
 * @throws {ScheduleError} UnknownTimeZone
 */
export function lastTime(
  schedule: Schedule,
  { after, until, timeZone = 'UTC' }: { after: Date; until: Date } & ClockOptions,
): Date | undefined {
  if (schedule.kind === 'interval') {
    const times = Math.floor((until.getTime() - after.getTime()) / schedule.everyMs)
    return times < 1 ? undefined : new Date(after.getTime() + times * schedule.everyMs)
  }
  const upTo = until.getTime()
  for (let span = minuteMs; ; span *= 2) {
    const from = Math.max(after.getTime(), upTo - span)
    let found: Date | undefined
    for (
      let next = nextTime(schedule, new Date(from), { timeZone });
      next !== undefined && next.getTime() <= upTo;
      next = nextTime(schedule, next, { timeZone })
    ) {
      found = next
    }
    if (found !== undefined || from <= after.getTime()) return found
  }
}

/** What is wrong with a schedule, in one sentence; undefined when it can be used. Also for a date that never comes. */
export function scheduleProblem(text: string): string | undefined {
  try {
    // From any day: within nine years every date comes that there is.
    if (nextTime(parseSchedule(text), new Date(0)) !== undefined) return undefined
    return `"${text}" names a date that never comes`
  } catch (error) {
    if (error instanceof ScheduleError) return error.message
    throw error
  }
}

/** Wall times in order, each at its first instant. */
function nextOfHours(schedule: CronFields, afterMs: number, timeZone: string): number | undefined {
  // A wall time before this one was first shown before `after`; see firstInstant.
  let wall = wallTime(afterMs, timeZone)
  for (;;) {
    const next = nextWall(schedule, wall)
    if (next === undefined) return undefined
    const instant = firstInstant(next, timeZone)
    if (instant > afterMs) return instant
    wall = next
  }
}

/** Instants in order, from one change of the clocks to the next. */
function nextOfEveryHour(schedule: CronFields, afterMs: number, timeZone: string): number | undefined {
  let instant = afterMs
  // The wall time that counts from is one that has passed, but at a change of the clocks, whose own wall time may be due.
  let wall = wallTime(instant, timeZone)
  for (let guard = 0; guard < maxMonths * 31; guard += 1) {
    const offset = offsetAt(instant, timeZone)
    const next = nextWall(schedule, wall)
    if (next === undefined) return undefined
    const due = next - offset
    // A day at a time, so that two changes that cancel each other out are not overlooked.
    const horizon = Math.min(due, instant + dayMs)
    const change = nextTransition(instant, horizon, timeZone)
    if (change === undefined && horizon === due) return due
    instant = change ?? horizon
    wall = wallTime(instant, timeZone) - (change === undefined ? 0 : 1)
  }
  return undefined
}

/** The first wall time of the schedule after `wallMs`, both written as if they were UTC. */
function nextWall(schedule: CronFields, wallMs: number): number | undefined {
  const from = Math.floor(wallMs / minuteMs) * minuteMs + minuteMs
  const start = new Date(from)
  let year = start.getUTCFullYear()
  let month = start.getUTCMonth()
  for (let count = 0; count <= maxMonths; count += 1) {
    if (schedule.months.includes(month + 1)) {
      const found = nextInMonth(schedule, { year, month, from })
      if (found !== undefined) return found
    }
    month += 1
    if (month === 12) [year, month] = [year + 1, 0]
  }
  return undefined
}

function nextInMonth(
  schedule: CronFields,
  { year, month, from }: { year: number; month: number; from: number },
): number | undefined {
  const end = Date.UTC(year, month + 1, 1)
  const first = Math.max(Date.UTC(year, month, 1), Math.floor(from / dayMs) * dayMs)
  for (let day = first; day < end; day += dayMs) {
    if (!isDue(schedule, new Date(day))) continue
    for (const hour of schedule.hours) {
      const hourStart = day + hour * hourMs
      if (hourStart + hourMs <= from) continue
      const minute = schedule.minutes.find((candidate) => hourStart + candidate * minuteMs >= from)
      if (minute !== undefined) return hourStart + minute * minuteMs
    }
  }
  return undefined
}

function isDue({ daysOfMonth, daysOfWeek, eitherDay }: CronFields, day: Date): boolean {
  const ofMonth = daysOfMonth.includes(day.getUTCDate())
  const ofWeek = daysOfWeek.includes(day.getUTCDay())
  return eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek
}

function requireTimeZone(timeZone: string): void {
  if (isTimeZone(timeZone)) return
  throw new ScheduleError('UnknownTimeZone', `"${timeZone}" is no time zone`, {
    remedy: 'Name one of the zone database, like Europe/Berlin, or UTC.',
  })
}
