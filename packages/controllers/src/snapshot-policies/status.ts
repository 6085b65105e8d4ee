/** The status of a policy, from what was found. Pure. */

import type { PolicyMachineStatus, SnapshotPolicy, SnapshotPolicyStatus } from '@berth/api'
import { formatTime, setCondition, type ConditionUpdate } from '@berth/meta'
import { newestFirst, type PolicySnapshot } from './retention.ts'

/** A status has to stay within what a server takes; of more machines the failed ones are told first. */
const maxMachines = 1000

/** What there is of each machine beside its last run. */
export function withKept(
  machines: readonly PolicyMachineStatus[],
  snapshots: ReadonlyMap<string, readonly PolicySnapshot[]>,
): PolicyMachineStatus[] {
  return machines.map((machine) => {
    const good = (snapshots.get(machine.name) ?? []).filter(({ state, deleting }) => state === 'good' && !deleting)
    const newest = good.toSorted(newestFirst)[0]
    const { lastGood: _name, lastGoodTime: _time, ...rest } = machine
    return {
      ...rest,
      kept: good.length,
      ...(newest === undefined ? {} : { lastGood: newest.name, lastGoodTime: formatTime(new Date(newest.takenMs)) }),
    }
  })
}

/** By name, and no more than a status can hold. */
export function listed(machines: readonly PolicyMachineStatus[]): PolicyMachineStatus[] {
  const byName = (a: PolicyMachineStatus, b: PolicyMachineStatus): number => (a.name < b.name ? -1 : 1)
  if (machines.length <= maxMachines) return machines.toSorted(byName)
  const failed = machines.filter(({ result }) => result === 'Failed')
  const others = machines.filter(({ result }) => result !== 'Failed')
  return [...failed, ...others].slice(0, maxMachines).toSorted(byName)
}

export function readyCondition(
  policy: Readonly<SnapshotPolicy>,
  { problem, next }: { problem?: string; next?: Date | undefined },
): ConditionUpdate {
  if (problem !== undefined) return { type: 'Ready', status: 'False', reason: 'InvalidSpec', message: problem }
  if (policy.spec.suspend === true) {
    return { type: 'Ready', status: 'False', reason: suspendedReason, message: 'suspended: no snapshots are taken' }
  }
  if (next === undefined) return { type: 'Ready', status: 'False', reason: 'NeverDue', message: 'it is never due' }
  return { type: 'Ready', status: 'True', reason: 'Scheduled', message: 'snapshots are taken when they are due' }
}

export const suspendedReason = 'Suspended'

/** What a run that has ended came to. */
export function runCondition(machines: readonly PolicyMachineStatus[]): ConditionUpdate {
  const failed = machines.filter(({ result }) => result === 'Failed')
  const type = 'LastRunSucceeded'
  if (machines.length === 0) {
    return { type, status: 'True', reason: 'NoMachines', message: 'no machine is chosen, so there was nothing to do' }
  }
  const [first] = failed
  if (first === undefined) {
    const count = machines.length === 1 ? '1 snapshot taken' : `${machines.length} snapshots taken`
    return { type, status: 'True', reason: 'Completed', message: count }
  }
  const more = failed.length === 1 ? '' : `, and ${failed.length - 1} more`
  return {
    type,
    status: 'False',
    reason: 'SnapshotsFailed',
    message: `${failed.length} of ${machines.length} failed: ${first.name}: ${(first.message ?? '').slice(0, 500)}${more}`,
  }
}

/** The status with conditions set. */
export function withConditions(
  status: SnapshotPolicyStatus,
  updates: readonly ConditionUpdate[],
  now: Date,
): SnapshotPolicyStatus {
  let { conditions } = status as { conditions?: readonly NonNullable<SnapshotPolicyStatus['conditions']>[number][] }
  for (const update of updates) conditions = setCondition(conditions, update, now)
  return { ...status, conditions: [...(conditions ?? [])] }
}
