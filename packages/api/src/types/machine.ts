/** VirtualMachine (kubevirt.io/v1): a machine that is meant to exist, running or not. */

import type { MemoryDumpRequest } from './memory-dump.ts'
import type { ChangedBlockTrackingStatus } from './backup.ts'
import type { Condition, KubeObject } from '@berth/meta'
import type { TemplateMetadata } from './core.ts'
import type { DataVolumeSpec } from './data-volume.ts'
import type { Disk } from './domain.ts'
import type { VirtualMachineInstanceSpec } from './instance.ts'
import type { Matcher, MatcherStatus } from './instancetype.ts'
import type { MigratedVolume, Volume } from './volume.ts'

export const runStrategies = ['Always', 'RerunOnFailure', 'Manual', 'Halted', 'Once', 'WaitAsReceiver'] as const
export type RunStrategy = (typeof runStrategies)[number]

export interface DataVolumeTemplate {
  apiVersion?: string
  kind?: string
  metadata: TemplateMetadata & { name: string }
  spec: DataVolumeSpec
}

export interface VirtualMachineSpec {
  /** What a change of a running machine's claims means: others from the next start on, or the data move. */
  updateVolumesStrategy?: 'Replacement' | 'Migration'
  /** Exactly one of `running` (old) and `runStrategy`. */
  running?: boolean
  runStrategy?: RunStrategy
  template: { metadata?: TemplateMetadata | null; spec: VirtualMachineInstanceSpec }
  dataVolumeTemplates?: DataVolumeTemplate[]
  instancetype?: Matcher
  preference?: Matcher
}

export const printableStatuses = [
  'Stopped',
  'Provisioning',
  'Starting',
  'Running',
  'Paused',
  'Stopping',
  'Terminating',
  'CrashLoopBackOff',
  'Migrating',
  'Unknown',
  'ErrorUnschedulable',
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrorPvcNotFound',
  'DataVolumeError',
  'WaitingForVolumeBinding',
  'WaitingForReceiver',
] as const
export type PrintableStatus = (typeof printableStatuses)[number]

/** What a start or stop asked for, until a controller has done it. Only the first of the list is acted on. */
export interface StateChangeRequest {
  action: 'Start' | 'Stop'
  /** Of the instance to stop. */
  uid?: string
  data?: Record<string, string>
}

/** A volume to attach or to detach. */
export interface VolumeRequest {
  addVolumeOptions?: {
    name: string
    disk?: Disk
    volumeSource?: Pick<Volume, 'dataVolume' | 'persistentVolumeClaim'>
  }
  removeVolumeOptions?: { name: string }
}

export interface StartFailure {
  consecutiveFailCount?: number
  lastFailedVMIUID?: string
  retryAfterTimestamp?: string
}

export interface VirtualMachineStatus {
  created?: boolean
  ready?: boolean
  printableStatus?: PrintableStatus
  runStrategy?: RunStrategy
  conditions?: Condition[]
  stateChangeRequests?: StateChangeRequest[]
  startFailure?: StartFailure | null
  observedGeneration?: number
  desiredGeneration?: number
  instancetypeRef?: MatcherStatus
  preferenceRef?: MatcherStatus
  volumeRequests?: VolumeRequest[]
  memoryDumpRequest?: MemoryDumpRequest | null
  snapshotInProgress?: string
  restoreInProgress?: string
  changedBlockTracking?: ChangedBlockTrackingStatus | null
  volumeUpdateState?: { volumeMigrationState?: { migratedVolumes?: MigratedVolume[] } | null } | null
  volumeSnapshotStatuses?: { name: string; enabled: boolean; reason?: string }[]
}

export interface VirtualMachine extends KubeObject {
  spec: VirtualMachineSpec
  status?: VirtualMachineStatus
}
