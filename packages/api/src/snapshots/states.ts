/** How far a snapshot or a restore is, read from its status. Source: KubeVirt's snapshot and restore controllers. */

import { getCondition, parseTime } from '@berth/meta'
import type { VirtualMachineRestore, VirtualMachineSnapshot, VirtualMachineSnapshotContent } from '../types/snapshot.ts'

/** Until when a snapshot has to be taken, unless it says otherwise. */
export const defaultFailureDeadline = '5m0s'
/** How long a restore with WaitGracePeriod waits for its target to be off. */
export const restoreGraceMs = 5 * 60_000

export const snapshotFinalizers = {
  snapshot: 'snapshot.kubevirt.io/vmsnapshot-protection',
  content: 'snapshot.kubevirt.io/vmsnapshotcontent-protection',
  restore: 'snapshot.kubevirt.io/vmrestore-protection',
  /** On the machine while a snapshot of it is taken. */
  source: 'snapshot.kubevirt.io/snapshot-source-protection',
  volumeSnapshot: 'snapshot.storage.kubernetes.io/volumesnapshot-bound-protection',
  volumeSnapshotAsSource: 'snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection',
  volumeSnapshotContent: 'snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection',
} as const

export function snapshotContentName({ metadata, status }: Readonly<VirtualMachineSnapshot>): string {
  return status?.virtualMachineSnapshotContentName ?? `vmsnapshot-content-${metadata.uid ?? ''}`
}

/** @param machineSnapshot its uid */
export function volumeSnapshotName(machineSnapshot: string, volume: string): string {
  return `vmsnapshot-${machineSnapshot}-volume-${volume}`
}

export function isSnapshotReady({ status }: Readonly<VirtualMachineSnapshot>): boolean {
  return status?.readyToUse === true
}

export function isSnapshotProgressing({ status }: Readonly<VirtualMachineSnapshot>): boolean {
  return status?.phase !== 'Failed' && status?.phase !== 'Succeeded'
}

export function isContentReady({ status }: Readonly<VirtualMachineSnapshotContent>): boolean {
  return status?.readyToUse === true
}

export interface Moment {
  now: Date
  /** `spec.failureDeadline` in milliseconds; 0 for none. */
  deadlineMs: number
}

/** Until the deadline; undefined where there is none, negative when it is over. */
export function untilDeadlineMs(
  { metadata }: Readonly<VirtualMachineSnapshot>,
  { now, deadlineMs }: Moment,
): number | undefined {
  if (deadlineMs === 0) return undefined
  return parseTime(metadata.creationTimestamp ?? '').getTime() + deadlineMs - now.getTime()
}

export function isDeadlineExceeded(snapshot: Readonly<VirtualMachineSnapshot>, moment: Moment): boolean {
  if (snapshot.status?.phase === 'Failed') return true
  return isSnapshotProgressing(snapshot) && (untilDeadlineMs(snapshot, moment) ?? 0) < 0
}

/** It goes away, or nothing comes of it any more. */
export function isSnapshotTerminating(snapshot: Readonly<VirtualMachineSnapshot>, moment: Moment): boolean {
  return snapshot.metadata.deletionTimestamp !== undefined || isDeadlineExceeded(snapshot, moment)
}

/** Whether the content goes with the snapshot: one that never became ready always does. */
export function contentGoesWith(
  { spec }: Readonly<VirtualMachineSnapshot>,
  content: Readonly<VirtualMachineSnapshotContent>,
): boolean {
  return (spec.deletionPolicy ?? 'Delete') === 'Delete' || !isContentReady(content)
}

export function canUnlock(
  snapshot: Readonly<VirtualMachineSnapshot>,
  content: Readonly<VirtualMachineSnapshotContent> | undefined,
  moment: Moment,
): boolean {
  if (!isSnapshotProgressing(snapshot)) return true
  const settled = content === undefined || !contentGoesWith(snapshot, content)
  return isSnapshotTerminating(snapshot, moment) && settled
}

export function isRestoreFailed({ status }: Readonly<VirtualMachineRestore>): boolean {
  return getCondition(status?.conditions, 'Failure') !== undefined
}

export function isRestoreComplete({ status }: Readonly<VirtualMachineRestore>): boolean {
  return status?.complete === true
}

export function isRestoreProgressing(restore: Readonly<VirtualMachineRestore>): boolean {
  return !isRestoreComplete(restore) && !isRestoreFailed(restore)
}
