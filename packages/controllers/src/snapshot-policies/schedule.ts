/** When a policy is due, by its schedule, its interval and its window. Pure: the time is passed in. */

import { lastTime, nextTime, parseDuration, parseSchedule, wallTime, type Schedule } from '@berth/base'
import type { SnapshotPolicySpec } from '@berth/api'

export interface When {
  /** The run to begin now, by the latest time it was due at: however many were missed, it is one. */
  due?: Date
  /** When the next run begins if nothing is due now; undefined when there never is one. */
  next?: Date
}

export interface Moments {
  now: Date
  /** What `every` counts from. */
  madeAt: Date
  /** What was due up to then has been seen to. */
  countedFrom: Date
}

type Times = Pick<SnapshotPolicySpec, 'schedule' | 'every' | 'timeZone' | 'window'>

const minuteMs = 60_000

/** @param spec one that `validateSnapshotPolicy` has nothing against */
export function whenDue(spec: Times, { now, madeAt, countedFrom }: Moments): When {
  const { timeZone = 'UTC' } = spec
  const since = countedFrom < madeAt ? madeAt : countedFrom
  const found = schedulesOf(spec).map((schedule) => {
    // An interval goes on from when the policy was made, so that slow runs do not shift it.
    const last = lastTime(schedule, { after: schedule.kind === 'interval' ? madeAt : since, until: now, timeZone })
    const from = schedule.kind === 'interval' ? (last ?? madeAt) : now
    return { last: last !== undefined && last > since ? last : undefined, next: nextTime(schedule, from, { timeZone }) }
  })
  const last = latest(found.map((each) => each.last))
  const next = earliest(found.map((each) => each.next))
  if (last === undefined) return next === undefined ? {} : begin(spec, next)
  if (isOpen(spec, now)) return { due: last }
  return begin(spec, now)
}

/** Whether snapshots may be begun at an instant. */
export function isOpen({ window, timeZone }: Pick<Times, 'window' | 'timeZone'>, at: Date): boolean {
  if (window === undefined) return true
  const [start, end] = [minutesOf(window.start), minutesOf(window.end)]
  const wall = wallTime(at.getTime(), window.timeZone ?? timeZone ?? 'UTC')
  const minute = Math.floor(wall / minuteMs) % (24 * 60)
  return start < end ? minute >= start && minute < end : minute >= start || minute < end
}

/** The time itself where the window is open then, otherwise when it opens next. */
function begin(spec: Times, at: Date): When {
  if (isOpen(spec, at)) return { next: at }
  const { window, timeZone } = spec
  if (window === undefined) return { next: at }
  const opening = parseSchedule(`${minutesOf(window.start) % 60} ${Math.floor(minutesOf(window.start) / 60)} * * *`)
  let next: Date | undefined = at
  // Where clocks jump over a whole window there is none that day.
  for (let days = 0; days < 3 && next !== undefined; days += 1) {
    next = nextTime(opening, next, { timeZone: window.timeZone ?? timeZone ?? 'UTC' })
    if (next !== undefined && isOpen(spec, next)) return { next }
  }
  return {}
}

function schedulesOf({ schedule, every }: Times): Schedule[] {
  return [
    ...(schedule === undefined ? [] : [parseSchedule(schedule)]),
    ...(every === undefined ? [] : [{ kind: 'interval' as const, everyMs: parseDuration(every) }]),
  ]
}

function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number)
  return (hours ?? 0) * 60 + (minutes ?? 0)
}

function latest(dates: readonly (Date | undefined)[]): Date | undefined {
  return extreme(dates, (a, b) => a > b)
}

function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
  return extreme(dates, (a, b) => a < b)
}

function extreme(dates: readonly (Date | undefined)[], better: (a: Date, b: Date) => boolean): Date | undefined {
  let best: Date | undefined
  for (const date of dates) if (date !== undefined && (best === undefined || better(date, best))) best = date
  return best
}
