/** Conditions of a status: `{type, status, reason, message, …times}`, at most one of each type. */

import { formatTime } from './time.ts'

export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string | null
  lastProbeTime?: string | null
  observedGeneration?: number
}

/** What a caller says about a condition; times are kept by {@link setCondition}. */
export type ConditionUpdate = Omit<Condition, 'lastTransitionTime'>

export function getCondition<T extends Condition>(conditions: readonly T[] | undefined, type: string): T | undefined {
  return conditions?.find((condition) => condition.type === type)
}

/** Whether the condition is there with status `True`. */
export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return getCondition(conditions, type)?.status === 'True'
}

/**
 * The list with one condition set; never changes its input. `lastTransitionTime` moves only when the status does.
 * Returns the very same list when nothing changed, so that callers can skip a write.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  update: ConditionUpdate,
  now: Date,
): readonly Condition[] {
  const list = conditions ?? []
  const index = list.findIndex((condition) => condition.type === update.type)
  const before = list[index]
  const same = before?.status === update.status
  const next: Condition = { ...update, lastTransitionTime: same ? before?.lastTransitionTime : formatTime(now) }
  if (next.lastTransitionTime === undefined) delete next.lastTransitionTime
  // A prober that says nothing of its probe keeps the earlier time.
  if (next.lastProbeTime === undefined && before?.lastProbeTime !== undefined) next.lastProbeTime = before.lastProbeTime
  if (before === undefined) return [...list, next]
  return sameCondition(before, next) ? list : list.with(index, next)
}

function sameCondition(left: Condition, right: Condition): boolean {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]) as Set<keyof Condition>
  return [...keys].every((key) => left[key] === right[key])
}

/** The list without one type; the very same list when it was not there. */
export function removeCondition<T extends Condition>(conditions: readonly T[] | undefined, type: string): readonly T[] {
  const list = conditions ?? []
  return getCondition(list, type) === undefined ? list : list.filter((condition) => condition.type !== type)
}
