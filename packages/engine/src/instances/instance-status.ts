/** What a VirtualMachineInstance's status says, as pure functions of the machine. */

import type { VirtualMachineInstance } from '@berth/api'
import type { DomainStatus } from '@berth/hypervisor'

export type InstanceStatus = NonNullable<VirtualMachineInstance['status']>
export type InstancePhase = NonNullable<InstanceStatus['phase']>

export interface ConditionUpdate {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
}

/** A change of status; what it does not name stays. */
export interface StatusUpdate {
  phase?: InstancePhase
  reason?: string
  /** For the event; not part of the status. */
  message?: string
  nodeName?: string
  activePods?: Record<string, string>
  interfaces?: InstanceStatus['interfaces']
  guestOSInfo?: InstanceStatus['guestOSInfo']
  machine?: { type: string }
  memory?: InstanceStatus['memory']
  migrationMethod?: string
  migrationTransport?: string
  qosClass?: InstanceStatus['qosClass']
  launcherContainerImageVersion?: string
  selinuxContext?: string
  fsFreezeStatus?: string | undefined
  VSOCKCID?: number
  volumeStatus?: InstanceStatus['volumeStatus']
  conditions?: ConditionUpdate[]
  removeConditions?: string[]
}

export function phaseUpdate(phase: InstancePhase): StatusUpdate {
  return { phase }
}

/** The machine could not be brought to what the spec asks. */
export function syncFailure(reason: string, message: string): StatusUpdate {
  return {
    conditions: [{ type: 'Synchronized', status: 'False', reason, message }],
  }
}

/** KubeVirt's words, with what is known of the cause behind them. */
const crashed = 'The VirtualMachineInstance crashed.'

/** Phase and wording for a machine that has ended. */
export function endOf(
  instance: Readonly<VirtualMachineInstance>,
  status: DomainStatus,
): StatusUpdate & { phase: 'Succeeded' | 'Failed' } {
  const stopped = 'The VirtualMachineInstance was shut down.'
  switch (status.reason) {
    case 'guest-shutdown':
      return { phase: 'Succeeded', message: stopped }
    case 'destroyed': {
      // Ended by us: a failure to obey when there was a button to press, otherwise the only way there is.
      const graceful = instance.spec.domain.features?.acpi?.enabled !== false
      const asked = instance.metadata.deletionTimestamp !== undefined
      if (!graceful || (asked && instance.spec.terminationGracePeriodSeconds === 0))
        return { phase: 'Succeeded', message: stopped }
      return {
        phase: 'Failed',
        reason: 'Destroyed',
        message: `${crashed} The guest did not power off within its grace period and was ended.`,
      }
    }
    case 'guest-panic':
      return {
        phase: 'Failed',
        reason: 'GuestPanicked',
        message: `${crashed} ${status.detail ?? 'The guest panicked.'}`,
      }
    case 'watchdog':
      return { phase: 'Failed', reason: 'Watchdog', message: `${crashed} The watchdog ended the guest.` }
    case 'crashed':
    case 'user':
    case 'io-error':
    case undefined:
      return {
        phase: 'Failed',
        reason: 'Crashed',
        message: `${crashed} ${status.detail ?? ''}`.trim(),
      }
  }
}
