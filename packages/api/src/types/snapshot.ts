/** snapshot.kubevirt.io/v1beta1: snapshots of whole machines, what they hold, and machines made again from them. */

import type { Condition, KubeObject } from '@berth/meta'
import type { PersistentVolumeClaimSpec, TemplateMetadata, TypedReference } from './core.ts'
import type { VirtualMachineSpec } from './machine.ts'

export const snapshotDeletionPolicies = ['Delete', 'Retain'] as const
export type SnapshotDeletionPolicy = (typeof snapshotDeletionPolicies)[number]

export const snapshotPhases = ['InProgress', 'Succeeded', 'Failed', 'Deleting', 'Unknown'] as const
export type SnapshotPhase = (typeof snapshotPhases)[number]

/** How consistent the guest's data are. */
export const snapshotIndications = [
  'Online',
  'GuestAgent',
  'NoGuestAgent',
  'QuiesceTimeout',
  'Paused',
  'PartialSnapshot',
] as const
export type SnapshotIndication = (typeof snapshotIndications)[number]

/** What went wrong, and when. */
export interface SnapshotError {
  time?: string | null
  message?: string
}

export interface VirtualMachineSnapshotSpec {
  source: TypedReference
  deletionPolicy?: SnapshotDeletionPolicy
  /** Go duration; `5m0s` unless given, `0s` for none. */
  failureDeadline?: string
}

export interface VirtualMachineSnapshotStatus {
  sourceUID?: string
  virtualMachineSnapshotContentName?: string
  creationTime?: string | null
  phase?: SnapshotPhase
  readyToUse?: boolean
  error?: SnapshotError
  conditions?: Condition[]
  /** Older form of `sourceIndications`. */
  indications?: SnapshotIndication[]
  sourceIndications?: { indication: SnapshotIndication; message: string }[]
  snapshotVolumes?: { includedVolumes?: string[]; excludedVolumes?: string[] }
}

export interface VirtualMachineSnapshot extends KubeObject {
  spec: VirtualMachineSnapshotSpec
  status?: VirtualMachineSnapshotStatus
}

/** A machine as it was: what a snapshot keeps of it. */
export interface KeptMachine {
  metadata: TemplateMetadata & { uid?: string }
  spec: VirtualMachineSpec
}

export interface VolumeBackup {
  volumeName: string
  /** The claim as it was. */
  persistentVolumeClaim: { metadata: TemplateMetadata; spec: PersistentVolumeClaimSpec }
  volumeSnapshotName?: string
}

export interface VolumeBackupStatus {
  volumeSnapshotName: string
  readyToUse?: boolean
  creationTime?: string | null
  error?: SnapshotError
}

export interface VirtualMachineSnapshotContent extends KubeObject {
  spec: {
    virtualMachineSnapshotName?: string
    source: { virtualMachine?: KeptMachine }
    volumeBackups?: VolumeBackup[]
  }
  status?: {
    creationTime?: string | null
    readyToUse?: boolean
    error?: SnapshotError
    volumeSnapshotStatus?: VolumeBackupStatus[]
  }
}

export const targetReadinessPolicies = ['StopTarget', 'WaitGracePeriod', 'FailImmediate', 'WaitEventually'] as const
export type TargetReadinessPolicy = (typeof targetReadinessPolicies)[number]
export const volumeRestorePolicies = ['RandomizeNames', 'InPlace', 'PrefixTargetName'] as const
export type VolumeRestorePolicy = (typeof volumeRestorePolicies)[number]
export const volumeOwnershipPolicies = ['Vm', 'None'] as const
export type VolumeOwnershipPolicy = (typeof volumeOwnershipPolicies)[number]

export interface VolumeRestoreOverride {
  volumeName?: string
  restoreName?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

export interface VirtualMachineRestoreSpec {
  /** The machine to put back, or to make. */
  target: TypedReference
  virtualMachineSnapshotName: string
  targetReadinessPolicy?: TargetReadinessPolicy
  volumeRestorePolicy?: VolumeRestorePolicy
  volumeOwnershipPolicy?: VolumeOwnershipPolicy
  volumeRestoreOverrides?: VolumeRestoreOverride[]
  /** JSON patches of a machine that is made, each as a text. */
  patches?: string[]
}

export interface VolumeRestore {
  volumeName: string
  /** Name of the claim. */
  persistentVolumeClaim: string
  volumeSnapshotName: string
  dataVolumeName?: string
}

export interface VirtualMachineRestoreStatus {
  restores?: VolumeRestore[]
  restoreTime?: string | null
  deletedDataVolumes?: string[]
  complete?: boolean
  conditions?: Condition[]
}

export interface VirtualMachineRestore extends KubeObject {
  spec: VirtualMachineRestoreSpec
  status?: VirtualMachineRestoreStatus
}
