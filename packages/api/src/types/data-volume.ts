/** CDI's kinds (cdi.kubevirt.io/v1beta1): a volume and where its content comes from. */

import type { Condition, KubeObject } from '@berth/meta'
import type { AccessMode, PersistentVolumeClaimSpec, VolumeMode } from './core.ts'

export interface DataVolumeSource {
  http?: { url: string; checksum?: string; secretRef?: string; certConfigMap?: string }
  blank?: object
  gcs?: { url: string; secretRef?: string }
  imageio?: object
  pvc?: { name: string; namespace: string }
  registry?: { url?: string; imageStream?: string; pullMethod?: string; secretRef?: string; certConfigMap?: string }
  s3?: { url: string; secretRef?: string; certConfigMap?: string }
  snapshot?: { name: string; namespace: string }
  upload?: object
  vddk?: object
}

export interface DataVolumeSpec {
  source?: DataVolumeSource
  /** Instead of `source`: a published image. */
  sourceRef?: { kind: string; name: string; namespace?: string }
  contentType?: 'kubevirt' | 'archive'
  /** Taken literally. Exactly one of `pvc` and `storage`. */
  pvc?: PersistentVolumeClaimSpec
  /** What is missing comes from the storage class's profile. */
  storage?: PersistentVolumeClaimSpec
  preallocation?: boolean
}

export const dataVolumePhases = [
  'Pending',
  'PVCBound',
  'ImportScheduled',
  'ImportInProgress',
  'CloneScheduled',
  'CloneInProgress',
  'SnapshotForSmartCloneInProgress',
  'CloneFromSnapshotSourceInProgress',
  'SmartClonePVCInProgress',
  'CSICloneInProgress',
  'ExpansionInProgress',
  'NamespaceTransferInProgress',
  'UploadScheduled',
  'UploadReady',
  'WaitForFirstConsumer',
  'PendingPopulation',
  'PrepClaimInProgress',
  'RebindInProgress',
  'Paused',
  'Succeeded',
  'Failed',
  'Unknown',
] as const
export type DataVolumePhase = (typeof dataVolumePhases)[number]

export interface DataVolumeStatus {
  claimName?: string
  phase?: DataVolumePhase
  /** `NN.NN%` or `N/A`. */
  progress?: string
  restartCount?: number
  conditions?: Condition[]
}

export interface DataVolume extends KubeObject {
  spec: DataVolumeSpec
  status?: DataVolumeStatus
}

/** A published image that disks are made from. */
export interface DataSource extends KubeObject {
  spec: { source: object }
  status?: { conditions?: Condition[] }
}

export interface CdiConfig extends KubeObject {
  spec: object
  status?: { filesystemOverhead?: { global?: string }; scratchSpaceStorageClass?: string; uploadProxyURL?: string }
}

export interface StorageProfile extends KubeObject {
  spec: { claimPropertySets?: ClaimPropertySet[]; cloneStrategy?: string }
  status?: {
    storageClass?: string
    provisioner?: string
    claimPropertySets?: ClaimPropertySet[]
    cloneStrategy?: string
    dataImportCronSourceFormat?: string
  }
}

export interface ClaimPropertySet {
  accessModes: AccessMode[]
  volumeMode: VolumeMode
}
