/** The status that replica sets and pools share: counts, selector, and whether something fails or is paused. */

import {
  formatLabelSelector,
  labelSelectorFromObject,
  removeCondition,
  setCondition,
  type Condition,
  isConditionTrue,
  type LabelSelectorObject,
} from '@berth/meta'

export interface GroupStatus {
  replicas?: number
  readyReplicas?: number
  labelSelector?: string
  conditions?: Condition[]
}

export interface GroupFailure {
  reason: string
  message: string
}

export function groupStatus(input: {
  before: GroupStatus | null | undefined
  selector: LabelSelectorObject
  replicas: number
  readyReplicas: number
  failure: GroupFailure | undefined
  /** Reason and message while it is paused. */
  paused: GroupFailure | undefined
  now: Date
}): GroupStatus {
  const { before, selector, replicas, readyReplicas, failure, paused, now } = input
  let conditions: readonly Condition[] = before?.conditions ?? []
  const states: [string, GroupFailure | undefined][] = [
    ['ReplicaFailure', failure],
    ['ReplicaPaused', paused],
  ]
  for (const [type, state] of states) {
    const present = conditions.find((each) => each.type === type && each.status === 'True')
    // One that stands keeps its words. They name the generated name of the member that failed: another one each time, so that writing
    // them would be a change, which wakes the controller, which fails again.
    if (state !== undefined && present?.reason === state.reason) continue
    conditions =
      state === undefined
        ? removeCondition(conditions, type)
        : setCondition(conditions, { type, status: 'True', ...state }, now)
  }
  return {
    ...before,
    replicas,
    readyReplicas,
    labelSelector: formatLabelSelector(labelSelectorFromObject(selector)),
    conditions: [...conditions],
  }
}

/** Whether the group was paused or resumed since; undefined while that stays as it was. */
export function pauseChange(before: GroupStatus | null | undefined, paused: boolean): 'paused' | 'resumed' | undefined {
  if (paused === isConditionTrue(before?.conditions ?? [], 'ReplicaPaused')) return undefined
  return paused ? 'paused' : 'resumed'
}

/** The event about such a change. */
export type PauseEvents = Readonly<Record<'paused' | 'resumed', { reason: string; message: string }>>
