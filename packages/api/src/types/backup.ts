/** backup.kubevirt.io/v1alpha1: backups of running machines, and where the next incremental one starts from. */

import type { Condition, KubeObject } from '@berth/meta'
import type { TypedReference } from './core.ts'

export const backupModes = ['Push', 'Pull'] as const
export type BackupMode = (typeof backupModes)[number]

export type BackupType = 'Full' | 'Incremental'

export interface BackupVolumeInfo {
  /** Of the instance's spec. */
  volumeName: string
  /** Where its content is read, while it can be pulled. */
  dataEndpoint?: string
  /** Where is told which parts of it hold data, or have changed. */
  mapEndpoint?: string
}

export interface VirtualMachineBackupSpec {
  /** A VirtualMachine, or a VirtualMachineBackupTracker that knows the machine and the last checkpoint. */
  source: TypedReference
  /** `Push` unless given. */
  mode?: BackupMode
  /** A claim that keeps files: the backup's, or what the guest overwrites while it is pulled. */
  pvcName?: string
  skipQuiesce?: boolean
  forceFullBackup?: boolean
  /** Secret whose key `token` opens what can be pulled. */
  tokenSecretRef?: string
  /** Go duration, from the creation on, that it can be pulled; two hours unless given. */
  ttlDuration?: string
}

export interface VirtualMachineBackupStatus {
  type?: BackupType
  checkpointName?: string
  includedVolumes?: BackupVolumeInfo[]
  /** PEM: of who signs for the endpoints. */
  endpointCert?: string
  /** Of the VirtualMachineExport that it is pulled through. */
  exportUID?: string
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
