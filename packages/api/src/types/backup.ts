/** backup.kubevirt.io/v1alpha1: backups of running machines, and where the next incremental one starts from. */

import type { Condition, KubeObject } from '@berth/meta'
import type { TypedReference } from './core.ts'

export const backupModes = ['Push', 'Pull'] as const
export type BackupMode = (typeof backupModes)[number]

export type BackupType = 'Full' | 'Incremental'

export interface BackupVolumeInfo {
  /** Of the instance's spec. */
  volumeName: string
}

export interface VirtualMachineBackupSpec {
  /** A VirtualMachine, or a VirtualMachineBackupTracker that knows the machine and the last checkpoint. */
  source: TypedReference
  /** `Push` unless given. */
  mode?: BackupMode
  /** A claim that keeps files. */
  pvcName?: string
  skipQuiesce?: boolean
  forceFullBackup?: boolean
  tokenSecretRef?: string
  ttlDuration?: string
}

export interface VirtualMachineBackupStatus {
  type?: BackupType
  checkpointName?: string
  includedVolumes?: BackupVolumeInfo[]
  conditions?: Condition[]
}

export interface VirtualMachineBackup extends KubeObject {
  spec: VirtualMachineBackupSpec
  status?: VirtualMachineBackupStatus
}

export interface BackupCheckpoint {
  name?: string
  creationTime?: string | null
  volumes?: BackupVolumeInfo[]
}

export interface VirtualMachineBackupTracker extends KubeObject {
  spec: { source: TypedReference }
  status?: { latestCheckpoint?: BackupCheckpoint; checkpointRedefinitionRequired?: boolean }
}

/** Whether the writes to a machine's disks are counted; empty where nobody asked for it. */
export type TrackingState =
  | ''
  | 'PendingRestart'
  | 'Initializing'
  | 'Enabled'
  | 'Disabled'
  | 'IncrementalBackupFeatureGateDisabled'

/** The backup that an instance is in the middle of. */
export interface InstanceBackupStatus {
  backupName?: string
  startTimestamp?: string | null
  endTimestamp?: string | null
  completed?: boolean
  failed?: boolean
  backupMsg?: string
  checkpointName?: string
  volumes?: BackupVolumeInfo[]
  quiesceStatus?: 'Succeeded' | 'Failed' | 'Skipped'
}

export interface ChangedBlockTrackingStatus {
  state: TrackingState
  backupStatus?: InstanceBackupStatus | null
}
