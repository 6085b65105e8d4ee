/** Conditions of a machine: those of its instance, and its own. */

import { deepEqual, getCondition, setCondition, type Condition } from '@berth/meta'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'

/** Types that a machine has by itself; every other type mirrors the instance. */
export const ownConditionTypes: readonly string[] = ['Failure', 'RestartRequired', 'ManualRecoveryRequired']

export interface Failure {
  reason: string
  message: string
}

/**
 * The machine's conditions now: each of the instance's copied, those it dropped dropped, Ready worked out, Failure as given.
 * The very same list when nothing changed.
 */
export function machineConditions(input: {
  machine: VirtualMachine
  instance: VirtualMachineInstance | undefined
  failure: Failure | undefined
  now: Date
}): readonly Condition[] {
  const { machine, instance, failure, now } = input
  const before = machine.status?.conditions ?? []
  const mirrored = (instance?.status?.conditions ?? []).filter(
    ({ type }) => type !== 'Ready' && !ownConditionTypes.includes(type),
  )
  const kept = before.filter(
    ({ type }) =>
      type === 'Ready' ||
      (ownConditionTypes.includes(type) && type !== 'Failure') ||
      mirrored.some((each) => each.type === type),
  )
  let after: readonly Condition[] = kept
  for (const condition of mirrored) after = replaceWith(after, condition)
  after = mirrorReady(after, instance, now)
  if (failure !== undefined) {
    const earlier = getCondition(before, 'Failure')
    const base = earlier === undefined ? after : [...after, earlier]
    after = setCondition(base, { type: 'Failure', status: 'True', ...failure }, now)
  }
  return sameList(before, after) ? before : after
}

function mirrorReady(
  conditions: readonly Condition[],
  instance: VirtualMachineInstance | undefined,
  now: Date,
): readonly Condition[] {
  const ready = getCondition(instance?.status?.conditions, 'Ready')
  if (ready !== undefined) return replaceWith(conditions, ready)
  const missing =
    instance === undefined
      ? { reason: 'VMINotExists', message: 'VMI does not exist' }
      : { reason: 'VMIConditionMissing', message: 'VMI is missing the Ready condition' }
  return setCondition(conditions, { type: 'Ready', status: 'False', ...missing }, now)
}

function replaceWith(conditions: readonly Condition[], condition: Condition): readonly Condition[] {
  const index = conditions.findIndex(({ type }) => type === condition.type)
  return index < 0 ? [...conditions, condition] : conditions.map((each, at) => (at === index ? condition : each))
}

function sameList(left: readonly Condition[], right: readonly Condition[]): boolean {
  return deepEqual(left, right)
}
