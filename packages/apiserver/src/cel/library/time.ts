/** The parts of timestamps, in UTC or another zone, and of durations. */

import { CelFailure, type CelOutcome, type CelValue } from '../values.ts'
import { duration, text, timestamp } from './args.ts'
import { overload, type Library } from './functions.ts'

const nano = 1_000_000_000n
const milli = 1_000_000n

/** Parts of a date whose UTC clock shows the local time. */
const parts: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDayOfYear: (date) => {
    const start = new Date(date)
    start.setUTCMonth(0, 1)
    return Math.round((date.getTime() - start.getTime()) / 86_400_000)
  },
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
}

const floorMillis = (nanos: bigint): number => Number((nanos - (((nanos % milli) + milli) % milli)) / milli)

const zones = new Map<string, Intl.DateTimeFormat>()
const maxZones = 600

/** Names of zones as the time zone database has them; there are some hundred. */
function zoneFormat(name: string): Intl.DateTimeFormat | undefined {
  const known = zones.get(name)
  if (known !== undefined) return known
  if (name.length > 64 || !/^[A-Za-z][\w+/-]*$/.test(name)) return undefined
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
    if (zones.size >= maxZones) zones.clear()
    zones.set(name, format)
    return format
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Milliseconds a zone is ahead of UTC at an instant. */
function offsetOf(zone: string, millis: number): number | CelFailure {
  const fixed = /^([+-]?)(\d{1,4}):(\d{1,4})$/.exec(zone)
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3])
    return (fixed[1] === '-' ? -minutes : minutes) * 60_000
  }
  if (zone === '' || zone === 'UTC') return 0
  const format = zoneFormat(zone)
  if (format === undefined) return new CelFailure(`unknown time zone ${zone}`)
  const shown = format.formatToParts(millis).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const match = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(shown)
  if (match === null) return 0
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0)
  return (match[1] === '-' ? -seconds : seconds) * 1000
}

function part(name: string, args: readonly CelValue[]): CelOutcome {
  const millis = floorMillis(timestamp(args, 0))
  const offset = args.length > 1 ? offsetOf(text(args, 1), millis) : 0
  if (offset instanceof CelFailure) return offset
  return BigInt(parts[name]?.(new Date(millis + offset)) ?? 0)
}

export const time: Library = [
  ...Object.keys(parts).flatMap((name) => [
    overload(`(timestamp).${name}(): int`, (args) => part(name, args)),
    overload(`(timestamp).${name}(string): int`, (args) => part(name, args)),
  ]),
  overload('(duration).getHours(): int', (a) => duration(a, 0) / (3600n * nano)),
  overload('(duration).getMinutes(): int', (a) => duration(a, 0) / (60n * nano)),
  overload('(duration).getSeconds(): int', (a) => duration(a, 0) / nano),
  overload('(duration).getMilliseconds(): int', (a) => duration(a, 0) / milli),
]
