/** clone.kubevirt.io/v1beta1: a machine made from another one, or from a snapshot of it. */

import type { Condition, KubeObject } from '@berth/meta'
import type { TypedReference } from './core.ts'
import type { VolumeRestorePolicy } from './snapshot.ts'

export const clonePhases = [
  'SnapshotInProgress',
  'RestoreInProgress',
  'CreatingTargetVM',
  'Succeeded',
  'Failed',
  'Unknown',
] as const
export type ClonePhase = (typeof clonePhases)[number]

export const volumeNamePolicies = [
  'RandomizeNames',
  'PrefixTargetName',
] as const satisfies readonly VolumeRestorePolicy[]
export type VolumeNamePolicy = (typeof volumeNamePolicies)[number]

export interface VirtualMachineCloneSpec {
  /** A VirtualMachine or a VirtualMachineSnapshot. */
  source: TypedReference
  target?: TypedReference
  /** Of labels and annotations, the keys that are taken over: `*` at the end for any, `!` at the start for not. */
  labelFilters?: string[]
  annotationFilters?: string[]
  template?: { labelFilters?: string[]; annotationFilters?: string[] }
  /** By the interface's name. */
  newMacAddresses?: Record<string, string>
  newSMBiosSerial?: string
  /** JSON patches, each as a text. */
  patches?: string[]
  volumeNamePolicy?: VolumeNamePolicy
}

export interface VirtualMachineCloneStatus {
  phase?: ClonePhase
  creationTime?: string | null
  conditions?: Condition[]
  snapshotName?: string
  restoreName?: string
  targetName?: string
}

export interface VirtualMachineClone extends KubeObject {
  spec: VirtualMachineCloneSpec
  status?: VirtualMachineCloneStatus
}
