/** What is refused of a SnapshotPolicy beyond its schema. The controller asks the same on clusters, where nothing else does. */

import {
  DurationError,
  invalidValue,
  isLabelValue,
  isQualifiedName,
  isTimeZone,
  MetaError,
  parseDuration,
  requiredValue,
  scheduleProblem,
  labelSelectorFromObject,
  type StatusCause,
} from '@berth/meta'
import type { SnapshotPolicy } from '../types/snapshot-policy.ts'

const minuteMs = 60_000
/** The longest `every`: a year of days. */
const maxEveryMs = 366 * 24 * 60 * minuteMs
/** A name that is also a label's value. */
const maxNameLength = 63

export function validateSnapshotPolicy({ metadata, spec }: SnapshotPolicy): StatusCause[] {
  const { name = '' } = metadata
  return [
    ...(name.length <= maxNameLength
      ? []
      : [invalidValue('metadata.name', name, `must be no more than ${maxNameLength} characters`)]),
    ...whenProblems(spec),
    ...windowProblems(spec.window),
    ...keepProblems(spec.keep),
    ...durationProblems('spec.failureDeadline', spec.failureDeadline),
    ...labelProblems(spec.labels),
    ...selectorProblems(spec.selector),
  ]
}

type Spec = SnapshotPolicy['spec']

function whenProblems({ schedule, every, timeZone }: Spec): StatusCause[] {
  const causes: StatusCause[] = []
  if (schedule === undefined && every === undefined) {
    causes.push(requiredValue('spec.schedule', 'say when: give schedule ("30 2 * * *") or every ("4h")'))
  }
  if (schedule !== undefined) {
    const problem = schedule.trimStart().startsWith('@every') ? 'use the field every' : scheduleProblem(schedule)
    if (problem !== undefined) causes.push(invalidValue('spec.schedule', schedule, problem))
  }
  causes.push(...durationProblems('spec.every', every, { leastMs: minuteMs, mostMs: maxEveryMs }))
  causes.push(...zoneProblems('spec.timeZone', timeZone))
  return causes
}

function windowProblems(window: Spec['window']): StatusCause[] {
  if (window === undefined) return []
  const { start, end, timeZone } = window
  const causes = zoneProblems('spec.window.timeZone', timeZone)
  if (start === '24:00') causes.push(invalidValue('spec.window.start', start, 'a window begins at 23:59 at the latest'))
  if (start === end) {
    causes.push(
      invalidValue('spec.window.end', end, 'a window ends at another time than it begins; leave it out for any time'),
    )
  }
  return causes
}

function keepProblems({ count, days, failed }: Spec['keep']): StatusCause[] {
  const none = count === undefined && days === undefined
  return [
    ...(none ? [requiredValue('spec.keep', 'say what is kept: count (7) or days (30), or both')] : []),
    ...durationProblems('spec.keep.failed', failed),
  ]
}

function labelProblems(labels: Spec['labels'] = {}): StatusCause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith('berth.dev/')) return [invalidValue('spec.labels', key, 'berth.dev/ is for the policy itself')]
    return [...isQualifiedName(key), ...isLabelValue(value)].map((problem) => invalidValue('spec.labels', key, problem))
  })
}

function selectorProblems(selector: Spec['selector']): StatusCause[] {
  try {
    labelSelectorFromObject(selector)
    return []
  } catch (error) {
    if (!(error instanceof MetaError)) throw error
    return [invalidValue('spec.selector', selector, error.message)]
  }
}

function zoneProblems(field: string, timeZone: string | undefined): StatusCause[] {
  if (timeZone === undefined || isTimeZone(timeZone)) return []
  return [invalidValue(field, timeZone, 'is no time zone; name one like Europe/Berlin, or UTC')]
}

function durationProblems(
  field: string,
  value: string | undefined,
  { leastMs = 0, mostMs = Number.MAX_SAFE_INTEGER }: { leastMs?: number; mostMs?: number } = {},
): StatusCause[] {
  if (value === undefined) return []
  try {
    const ms = parseDuration(value)
    if (ms < leastMs) return [invalidValue(field, value, leastMs === 0 ? 'cannot be negative' : 'is a minute at least')]
    return ms > mostMs ? [invalidValue(field, value, 'is a year at most')] : []
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    return [invalidValue(field, value, 'is no duration; write it like 30m, 4h or 1h30m')]
  }
}
