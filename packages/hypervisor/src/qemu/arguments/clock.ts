/** The hardware clock's start (UTC, or UTC moved by a fixed offset or by that of a time zone), what it follows, and late ticks. */

import { DriverError } from '../../driver.ts'
import type { Acceleration } from '../../spec/capabilities.ts'
import type { ClockSpec } from '../../spec/clock.ts'
import { option } from './escape.ts'

/** @throws {DriverError} InvalidSpec when the time zone is unknown */
export function clockArguments(clock: ClockSpec, now: Date, acceleration: Acceleration): string[] {
  const offset = clock.utcOffsetSeconds + (clock.timezone === undefined ? 0 : zoneOffset(clock.timezone, now))
  const base = offset === 0 ? 'utc' : new Date(now.getTime() + offset * 1000).toISOString().slice(0, 19)
  const { rtc, pit } = clock.timers ?? {}
  const lateTicks = acceleration === 'kvm' ? pit?.tickPolicy : undefined
  return [
    '-rtc',
    option('', {
      base,
      clock: rtc?.track === 'guest' ? 'vm' : 'host',
      driftfix: rtc?.tickPolicy === 'delay' ? 'none' : 'slew',
    }),
    ...(lateTicks === undefined ? [] : ['-global', option('', { 'kvm-pit.lost_tick_policy': lateTicks })]),
  ]
}

/** Seconds a time zone is ahead of UTC at a moment. */
function zoneOffset(timeZone: string, now: Date): number {
  let parts: Intl.DateTimeFormatPart[]
  try {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const
    const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', second: 'numeric', ...numeric })
    parts = format.formatToParts(now)
  } catch (error) {
    throw new DriverError('InvalidSpec', `clock.timezone "${timeZone}" is not a time zone`, {
      remedy: 'Use a name like Europe/Berlin.',
      cause: error,
    })
  }
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((each) => each.type === type)?.value)
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return Math.round((local - Math.floor(now.getTime() / 1000) * 1000) / 1000)
}
