/** How many machines of a pool may be down at once, and which are so ill that they are replaced. */

import { getCondition } from '@berth/meta'
import type { VirtualMachinePool } from '../types/group.ts'
import type { PrintableStatus, VirtualMachine } from '../types/machine.ts'

/** At least one, so that an update always gets on. */
export function maxUnavailable({ maxUnavailable: most = '100%', replicas = 1 }: VirtualMachinePool['spec']): number {
  const count = typeof most === 'number' ? most : Math.trunc((replicas * Number.parseInt(most, 10)) / 100)
  return Math.max(1, count)
}

const failing: readonly PrintableStatus[] = [
  'CrashLoopBackOff',
  'ErrorUnschedulable',
  'DataVolumeError',
  'ErrorPvcNotFound',
  'ErrImagePull',
  'ImagePullBackOff',
]
const defaultThreshold = 3
const defaultFailingMs = 5 * 60_000

/**
 * Start failures in a row, or a failing state for long enough.
 * @param failingMs of `minFailingToStartDuration`; undefined for the default
 */
export function isIll(
  machine: Readonly<VirtualMachine>,
  autohealing: NonNullable<VirtualMachinePool['spec']['autohealing']>,
  { failingMs = defaultFailingMs, now }: { failingMs: number | undefined; now: Date },
): boolean {
  const { startFailure, printableStatus, conditions } = machine.status ?? {}
  const failures = startFailure?.consecutiveFailCount ?? 0
  if (failures >= (autohealing.startUpFailureThreshold ?? defaultThreshold)) return true
  if (printableStatus === undefined || !failing.includes(printableStatus)) return false
  const ready = getCondition(conditions, 'Ready')
  const since = ready?.status === 'False' ? ready.lastTransitionTime : undefined
  return since !== undefined && since !== null && now.getTime() - Date.parse(since) >= failingMs
}
