/** Ready of an instance that does not run as it should: the first thing that is missing. Source: KubeVirt, in its words. */

import type { ConditionUpdate, InstancePhase } from './instance-status.ts'

const notReady = { type: 'Ready', status: 'False' } as const

/** Its pod is on its way out, or has gone. */
export const terminating: ConditionUpdate = {
  ...notReady,
  reason: 'PodTerminating',
  message: 'virt-launcher pod is terminating',
}

const withoutPod: ConditionUpdate = {
  ...notReady,
  reason: 'PodNotExists',
  message: 'virt-launcher pod has not yet been scheduled',
}

const withoutGuest: ConditionUpdate = {
  ...notReady,
  reason: 'GuestNotRunning',
  message: 'Guest VM is not reported as running',
}

/** What follows from the phase alone; undefined where a running guest has its own say. */
export function readyIn(phase: InstancePhase | undefined): ConditionUpdate | undefined {
  switch (phase) {
    case 'Succeeded':
    case 'Failed':
      return terminating
    case 'Scheduling':
    case 'Scheduled':
      return withoutGuest
    case 'Pending':
    case undefined:
      return withoutPod
    case 'Running':
    case 'WaitingForSync':
    case 'Unknown':
      return undefined
  }
}
