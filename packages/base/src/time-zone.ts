/**
 * Wall clocks of time zones, by the zone database that comes with the JavaScript engine. A wall time is written as the milliseconds it
 * would have in UTC, so that calendar arithmetic needs no zone.
 */

const formats = new Map<string, Intl.DateTimeFormat>()

/** Whether `name` is a time zone of the zone database (`Europe/Berlin`, `UTC`) or a fixed offset (`+02:00`). */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    // RangeError is how Intl says that it knows no such zone.
    return false
  }
}

/** What clocks in the zone show at an instant. @throws {RangeError} for an unknown zone */
export function wallTime(instantMs: number, timeZone: string): number {
  const fields: Record<string, number> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(instantMs)) fields[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

const second = 1000
/** No zone is further from UTC than 14 hours, and none has jumped by more than a day: within this around a wall time lies its instant. */
const reachMs = 48 * 3_600_000

/**
 * The first instant at which clocks show `wallMs`; where clocks jump over it, the instant of the jump.
 * Never decreases as `wallMs` grows.
 */
export function firstInstant(wallMs: number, timeZone: string): number {
  const before = offsetAt(wallMs - reachMs, timeZone)
  const after = offsetAt(wallMs + reachMs, timeZone)
  // The greater offset is the earlier instant.
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    const instant = wallMs - offset
    if (offsetAt(instant, timeZone) === offset) return instant
  }
  return nextTransition(wallMs - reachMs, wallMs + reachMs, timeZone) ?? wallMs - after
}

/** The first instant in (`fromMs`, `untilMs`] with another offset than `fromMs`, if the offsets at both ends differ. */
export function nextTransition(fromMs: number, untilMs: number, timeZone: string): number | undefined {
  const offset = offsetAt(fromMs, timeZone)
  if (offsetAt(untilMs, timeZone) === offset) return undefined
  let low = Math.floor(fromMs / second)
  let high = Math.ceil(untilMs / second)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * second, timeZone) === offset) low = middle
    else high = middle
  }
  return high * second
}

/** Wall time minus instant, in ms; positive east of Greenwich. */
export function offsetAt(instantMs: number, timeZone: string): number {
  const whole = Math.floor(instantMs / second) * second
  return wallTime(whole, timeZone) - whole
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(timeZone, format)
  return format
}
