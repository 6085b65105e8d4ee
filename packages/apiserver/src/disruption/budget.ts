/** What a PodDisruptionBudget allows right now, from the pods it is about (Kubernetes' disruption controller). Pure. */

import {
  formatTime,
  isTime,
  labelSelectorFromObject,
  matchesLabels,
  parseTime,
  setCondition,
  type Condition,
  type JsonObject,
} from '@berth/meta'
import { objectAt, objectsAt, textAt } from '../core/fields.ts'
import type { ApiObject } from '../rest/api-object.ts'

/** A pod whose eviction was allowed and that is still there after this is counted again. */
const evictionMs = 120_000

/** True for a pod the budget is about; without a selector it is about none. */
export function concerns(budget: ApiObject, pod: ApiObject): boolean {
  const selector = objectAt(objectAt(budget, 'spec'), 'selector')
  if (selector === undefined) return false
  return matchesLabels(labelSelectorFromObject(selector), pod.metadata.labels)
}

export function isReady(pod: ApiObject): boolean {
  const conditions = objectsAt(objectAt(pod, 'status'), 'conditions')
  return conditions.some((each) => each['type'] === 'Ready' && each['status'] === 'True')
}

/** How many must be healthy, of `expected`. */
function desiredOf(spec: JsonObject | undefined, expected: number): number {
  const { minAvailable, maxUnavailable } = spec ?? {}
  if (maxUnavailable !== undefined) return Math.max(0, expected - share(maxUnavailable, expected))
  return minAvailable === undefined ? Math.max(0, expected - 1) : share(minAvailable, expected)
}

/** Both bounds round up. */
function share(value: unknown, of: number): number {
  if (typeof value === 'number') return value
  const percent = typeof value === 'string' ? Number.parseInt(value, 10) : 0
  return Math.ceil((percent * of) / 100)
}

/** Evictions that were allowed and have not shown in the pods yet. */
function pending(budget: ApiObject, pods: readonly ApiObject[], now: Date): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, at] of Object.entries(objectAt(objectAt(budget, 'status'), 'disruptedPods') ?? {})) {
    const pod = pods.find((each) => each.metadata.name === name)
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) continue
    if (typeof at !== 'string' || !isTime(at)) continue
    if (parseTime(at).getTime() + evictionMs > now.getTime()) found.set(name, at)
  }
  return found
}

/** When an allowed eviction that never happened is to be forgotten, in milliseconds from now. */
export function forgetsIn(status: JsonObject, now: Date): number | undefined {
  const times = Object.values(objectAt(status, 'disruptedPods') ?? {}).filter((at) => typeof at === 'string')
  const next = times.reduce((first, at) => Math.min(first, parseTime(at).getTime() + evictionMs), Infinity)
  return Number.isFinite(next) ? Math.max(0, next - now.getTime()) + 1 : undefined
}

/** @param pods those the budget concerns */
export function budgetStatus(budget: ApiObject, pods: readonly ApiObject[], now: Date): JsonObject {
  const disrupted = pending(budget, pods, now)
  const healthy = pods.filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && !disrupted.has(pod.metadata.name ?? '') && isReady(pod),
  ).length
  const expected = pods.length
  const desired = desiredOf(objectAt(budget, 'spec'), expected)
  const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired)
  // Conditions are what this made of them earlier.
  const before = objectsAt(objectAt(budget, 'status'), 'conditions') as (JsonObject & Condition)[]
  return {
    observedGeneration: budget.metadata.generation ?? 0,
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    ...(disrupted.size === 0 ? {} : { disruptedPods: Object.fromEntries(disrupted) }),
    conditions: allowedCondition(before, { allowed, now, generation: budget.metadata.generation ?? 0 }),
  }
}

function allowedCondition(
  before: readonly Condition[],
  { allowed, now, generation }: { allowed: number; now: Date; generation: number },
): JsonObject[] {
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? ('True' as const) : ('False' as const),
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: generation,
  }
  return setCondition(before, condition, now).map((each) => ({ ...each }))
}

/** The status after one more eviction was allowed. */
export function withEviction(status: JsonObject, pod: string, now: Date): JsonObject {
  const { disruptionsAllowed } = status
  return {
    ...status,
    disruptionsAllowed: (typeof disruptionsAllowed === 'number' ? disruptionsAllowed : 0) - 1,
    disruptedPods: { ...objectAt(status, 'disruptedPods'), [pod]: formatTime(now) },
  }
}

/** Pods that may go whatever a budget says: they serve nobody. */
export function isIdle(pod: ApiObject): boolean {
  const phase = textAt(objectAt(pod, 'status'), 'phase')
  return pod.metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending', ''].includes(phase)
}
