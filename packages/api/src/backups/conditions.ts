/** Where a backup stands: conditions, reasons and words as KubeVirt's controller writes them. */

import { isConditionTrue, setCondition, type Condition } from '@berth/meta'
import type { InstanceBackupStatus, VirtualMachineBackup } from '../types/backup.ts'

/** A backup that is over stays as it is. */
export function isBackupOver({ status }: Readonly<VirtualMachineBackup>): boolean {
  return isConditionTrue(status?.conditions, 'Complete') || isConditionTrue(status?.conditions, 'Failed')
}

/** Reasons of a backup that failed. */
export type BackupFailure = 'Failed' | 'SourceLost' | 'SourceUnhealthy' | 'DeletedDuringInit'

export type BackupStage =
  | { stage: 'initializing'; why: string }
  | { stage: 'running' }
  /** Of those that are pulled: `why` it waits for its export, where that is not only a matter of time. */
  | { stage: 'preparing-export'; why?: string }
  | { stage: 'export-ready' }
  | { stage: 'aborting'; why?: string }
  | { stage: 'failed'; reason: BackupFailure; why: string }
  | { stage: 'complete'; warning?: string }

interface Words {
  type: string
  status: 'True' | 'False'
  reason: string
  message: string
}

const completed = 'Successfully completed VirtualMachineBackup'

export function backupConditions(
  conditions: readonly Condition[] | undefined,
  stage: BackupStage,
  now: Date,
): Condition[] {
  let list = conditions ?? []
  for (const words of wordsOf(stage)) list = setCondition(list, words, now)
  return [...list]
}

function wordsOf(stage: BackupStage): Words[] {
  const progressing = (status: 'True' | 'False', reason: string, message: string): Words => ({
    type: 'Progressing',
    status,
    reason,
    message,
  })
  switch (stage.stage) {
    case 'initializing':
      return [progressing('True', 'Initializing', stage.why)]
    case 'running':
      return [progressing('True', 'Initiated', 'Backup is in progress')]
    case 'aborting':
      return [progressing('True', 'Aborting', stage.why ?? backupWords.aborting)]
    case 'preparing-export':
      return [progressing('True', 'PreparingExport', stage.why ?? 'Backup export is being initialized')]
    case 'export-ready':
      return [progressing('True', 'ExportReady', 'Backup export is ready to pull')]
    case 'failed': {
      const message = `Backup has failed: ${stage.why}`
      return [
        { type: 'Failed', status: 'True', reason: stage.reason, message },
        progressing('False', stage.reason, message),
      ]
    }
    case 'complete': {
      const { warning } = stage
      const reason = warning === undefined ? 'Completed' : 'CompletedWithWarning'
      const message = warning === undefined ? completed : backupWords.warning(warning)
      return [{ type: 'Complete', status: 'True', reason, message }, progressing('False', reason, message)]
    }
  }
}

const quiesceWords = {
  Succeeded: ['True', 'QuiesceSucceeded', 'Guest filesystem was successfully quiesced'],
  Failed: ['False', 'QuiesceFailed', 'Guest filesystem quiesce failed'],
  Skipped: ['False', 'QuiesceSkipped', 'Guest filesystem quiesce was skipped'],
} as const

/** Whether the guest's file systems were frozen. */
export function quiescedCondition(
  conditions: readonly Condition[],
  outcome: NonNullable<InstanceBackupStatus['quiesceStatus']>,
  now: Date,
): Condition[] {
  const [status, reason, message] = quiesceWords[outcome]
  return [...setCondition(conditions, { type: 'Quiesced', status, reason, message }, now)]
}

/** What a backup waits for and how it ended, as KubeVirt's controller says it. */
export const backupWords = {
  completed,
  aborting: 'Backup is aborting',
  expired: 'pull mode backup TTL has expired: Backup is aborting',
  foreignExport: (name: string): string => `VMExport ${name} already exists but is not owned by backup ${name}`,
  machineGone: 'VMI was deleted during backup',
  machineDown: (phase: string): string => `VMI is not in a running state: ${phase}`,
  warning: (text: string): string => `Completed VirtualMachineBackup, warning: ${text}`,
  noMachine: (namespace: string, name: string): string => `VM ${namespace}/${name} doesnt exist`,
  notRunning: (name: string): string => `vm ${name} is not running, cannot do backup`,
  notTracked: (name: string): string => `vm ${name} has no ChangedBlockTracking, cannot start backup`,
  noTracker: (name: string): string => `BackupTracker ${name} does not exist`,
  noClaim: (namespace: string, name: string): string => `PVC ${namespace}/${name} doesnt exist`,
  blockClaim: (namespace: string, name: string): string =>
    `backup target PVC must be a filesystem PVC, provided pvc ${namespace}/${name} is block`,
}
