/** Which members of a group count, and how many it lacks or has too many. Source: KubeVirt's replica set and pool controllers. */

import { getCondition, isConditionTrue, type Condition } from '@berth/meta'
import { isFinal } from '../status/phase.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'

/** Most that are made or deleted in one go. */
export const burstReplicas = 250

export interface ReplicaMembers {
  /** Run, or are about to. */
  active: Readonly<VirtualMachineInstance>[]
  /** Ended, or about to: replaced. */
  finished: Readonly<VirtualMachineInstance>[]
}

/** Those that are being deleted are neither. */
export function replicaMembers(instances: readonly Readonly<VirtualMachineInstance>[]): ReplicaMembers {
  const kept = instances.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const over = (instance: Readonly<VirtualMachineInstance>): boolean =>
    isFinal(instance) || getCondition(instance.status?.conditions, 'Ready')?.reason === 'PodTerminating'
  return { active: kept.filter((each) => !over(each)), finished: kept.filter(over) }
}

/** Above 0: so many too many; below: so many are missing. */
export function surplus(spec: { replicas?: number }, present: number): number {
  return present - (spec.replicas ?? 1)
}

export function readyCount(members: readonly { status?: { conditions?: Condition[] } | null }[]): number {
  return members.filter(({ status }) => isConditionTrue(status?.conditions, 'Ready')).length
}
