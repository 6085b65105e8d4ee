/** berth.dev/v1alpha1 SnapshotPolicy: which machines get snapshots, when, and how long those are kept. */

import type { Condition, KubeObject, LabelSelectorObject } from '@berth/meta'

export interface SnapshotPolicyWindow {
  /** `HH:MM` */
  start: string
  /** `HH:MM`, exclusive; before `start` when the window goes over midnight. `24:00` is the end of the day. */
  end: string
  /** That of the policy unless given. */
  timeZone?: string
}

/** Whatever this says, the newest good snapshot of a machine stays. */
export interface SnapshotRetention {
  /** Of each machine, at most so many good ones. */
  count?: number
  /** None older than this. */
  days?: number
  /** How long failed ones can be looked at; a Go duration, `24h` unless given. */
  failed?: string
}

export interface SnapshotPolicySpec {
  /** Machines of the namespace; `{}` is all of them. Besides, those that name the policy in an annotation. */
  selector?: LabelSelectorObject
  /** Cron, five fields. */
  schedule?: string
  /** Go duration, counted from when the policy was made. With `schedule` both count. */
  every?: string
  /** Whose clock `schedule` and `window` are read on; UTC unless given. */
  timeZone?: string
  /** Snapshots are begun only within it: what is due outside waits for its start. */
  window?: SnapshotPolicyWindow
  keep: SnapshotRetention
  /** Of each snapshot, as VirtualMachineSnapshot has it. */
  failureDeadline?: string
  /** Of each snapshot. */
  labels?: Record<string, string>
  suspend?: boolean
}

export const policyResults = ['Waiting', 'Running', 'Taken', 'Failed'] as const
export type PolicyResult = (typeof policyResults)[number]

/** How a machine fared. */
export interface PolicyMachineStatus {
  name: string
  result: PolicyResult
  /** In plain words. */
  message?: string
  /** That of the last run. */
  snapshot?: string
  /** The newest good one of this policy. */
  lastGood?: string
  lastGoodTime?: string
  /** Good ones that are there. */
  kept?: number
}

export interface SnapshotPolicyStatus {
  observedGeneration?: number
  /** What was due before this is not made up for. */
  countedFrom?: string
  /** Begin of the last run. */
  lastRun?: string
  /** What the last run was due at. */
  lastScheduled?: string
  nextRun?: string
  /** The run that is going on. */
  run?: { scheduled: string; started: string; machines: string[] }
  machines?: PolicyMachineStatus[]
  conditions?: Condition[]
}

export interface SnapshotPolicy extends KubeObject {
  spec: SnapshotPolicySpec
  status?: SnapshotPolicyStatus
}
