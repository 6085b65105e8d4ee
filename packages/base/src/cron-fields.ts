/** The five fields of a cron expression, read into sets of numbers. Source of the syntax: crontab(5) and Kubernetes' CronJob. */

import { DurationError, parseDuration } from './duration.ts'
import { CodedError } from './errors.ts'

export class ScheduleError extends CodedError<'InvalidSchedule' | 'UnknownTimeZone'> {}

/** What was read; use it with `nextTime`. */
export type Schedule = CronFields | { readonly kind: 'interval'; readonly everyMs: number }

export interface CronFields {
  readonly kind: 'fields'
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly daysOfMonth: readonly number[]
  readonly months: readonly number[]
  /** 0 is Sunday. */
  readonly daysOfWeek: readonly number[]
  /** Both days of month and days of week are restricted: a day of either counts. */
  readonly eitherDay: boolean
}

interface Field {
  name: string
  least: number
  most: number
  /** Three-letter names, the first standing for `least`. */
  names?: readonly string[]
}

const fields = {
  minutes: { name: 'minute', least: 0, most: 59 },
  hours: { name: 'hour', least: 0, most: 23 },
  daysOfMonth: { name: 'day of month', least: 1, most: 31 },
  months: {
    name: 'month',
    least: 1,
    most: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  /** 7 is Sunday, too. */
  daysOfWeek: { name: 'day of week', least: 0, most: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
} satisfies Record<string, Field>

const macros: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

/** Longer texts are no schedules, and reading them should cost nothing. */
const maxLength = 256

/**
 * Reads minute, hour, day of month, month and day of week; a name such as `@daily`; or `@every` with a duration.
 * @throws {ScheduleError} InvalidSchedule, saying which field
 */
export function parseSchedule(text: string): Schedule {
  if (text.length > maxLength) throw invalid('the schedule is too long')
  const trimmed = text.trim()
  if (trimmed.startsWith('@every ')) return { kind: 'interval', everyMs: readInterval(trimmed.slice('@every '.length)) }
  const parts = (macros[trimmed.toLowerCase()] ?? trimmed).split(/\s+/)
  if (trimmed.startsWith('@') && parts.length === 1) {
    throw invalid(
      `"${trimmed}" is no name of a schedule; there are ${Object.keys(macros).join(', ')} and @every with a duration`,
    )
  }
  const [minutes = '', hours = '', daysOfMonth = '', months = '', daysOfWeek = ''] = parts
  if (trimmed === '' || parts.length !== 5) {
    throw invalid(
      `"${text}" has ${trimmed === '' ? 0 : parts.length} fields; a schedule has five: minute, hour, day of month, month, day of week`,
    )
  }
  return {
    kind: 'fields',
    minutes: readField(minutes, fields.minutes),
    hours: readField(hours, fields.hours),
    daysOfMonth: readField(daysOfMonth, fields.daysOfMonth),
    months: readField(months, fields.months),
    daysOfWeek: [...new Set(readField(daysOfWeek, fields.daysOfWeek).map((day) => day % 7))].sort((a, b) => a - b),
    // By their first character, as cron always did: `*/2` does not restrict.
    eitherDay: !/^[*?]/.test(daysOfMonth) && !/^[*?]/.test(daysOfWeek),
  }
}

function readInterval(text: string): number {
  try {
    const everyMs = parseDuration(text)
    if (everyMs >= 1000) return everyMs
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
  }
  throw invalid(`"@every ${text}" is no interval; expected a duration of a second or more, like @every 90m`)
}

function readField(text: string, field: Field): number[] {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(?:([*?])|([a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?)(?:\/(\d{1,2}))?$/i.exec(part)
    if (match === null) throw invalid(`"${part}" is no ${field.name}${expected(field)}`)
    const [, all, first, last, every] = match
    const step = every === undefined ? 1 : Number(every)
    if (step === 0) throw invalid(`"${part}": a step of 0 in the ${field.name} goes nowhere`)
    const from = all === undefined ? readNumber(first ?? '', field) : field.least
    // `5/10` goes on to the end, `5` is one value. A star on days of the week is Sunday to Saturday, not 7 as well.
    const most = all !== undefined && field === fields.daysOfWeek ? 6 : field.most
    const single = all === undefined && last === undefined && every === undefined
    const until = last === undefined ? (single ? from : most) : readNumber(last, field)
    if (until < from) throw invalid(`"${part}": the range of the ${field.name} ends before it begins`)
    for (let value = from; value <= until; value += step) values.add(value)
  }
  return [...values].sort((a, b) => a - b)
}

function readNumber(text: string, field: Field): number {
  const named = (field.names ?? []).indexOf(text.toLowerCase())
  if (named >= 0) return named + field.least
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= field.least && value <= field.most)) {
    throw invalid(`"${text}" is no ${field.name}${expected(field)}`)
  }
  return value
}

function expected({ least, most, names }: Field): string {
  const named = names === undefined ? '' : ` or ${names[0] ?? ''} to ${names.at(-1) ?? ''}`
  return `; expected ${least} to ${most}${named}, lists, ranges and steps of them`
}

function invalid(message: string): ScheduleError {
  return new ScheduleError('InvalidSchedule', message, {
    remedy: 'Write five fields like "30 2 * * *" (every day at 02:30), or @hourly, @daily, @weekly, @monthly.',
  })
}
