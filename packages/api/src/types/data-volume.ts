/** CDI's kinds (cdi.kubevirt.io/v1beta1): a volume and where its content comes from. */

import type { Condition, KubeObject } from '@berth/meta'
import type { AccessMode, PersistentVolumeClaimSpec, VolumeMode } from './core.ts'

export interface HttpSource {
  url: string
  /** `sha256:…`; md5, sha1 and sha512 too. */
  checksum?: string
  /** Keys `accessKeyId` and `secretKey`: user and password. */
  secretRef?: string
  certConfigMap?: string
  /** `Name: value` */
  extraHeaders?: string[]
  /** Names of secrets whose values are such headers. */
  secretExtraHeaders?: string[]
  insecureSkipVerify?: boolean
}

export interface RegistrySource {
  /** `docker://quay.io/containerdisks/fedora:40` */
  url?: string
  imageStream?: string
  pullMethod?: string
  secretRef?: string
  certConfigMap?: string
  platform?: { architecture?: string }
}

export interface ObjectStoreSource {
  url: string
  secretRef?: string
  certConfigMap?: string
}

export interface NamedSource {
  name: string
  namespace: string
}

export interface DataVolumeSource {
  http?: HttpSource
  blank?: object
  gcs?: ObjectStoreSource
  imageio?: object
  pvc?: NamedSource
  registry?: RegistrySource
  s3?: ObjectStoreSource
  snapshot?: NamedSource
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

/** Where a DataSource's disks come from; without a namespace its own. One of the three. */
export interface DataSourceSource {
  pvc?: Partial<NamedSource>
  snapshot?: Partial<NamedSource>
  dataSource?: Partial<NamedSource>
}

/** What disks are made from by name. */
export interface DataSource extends KubeObject {
  spec: { source: DataSourceSource }
  status?: {
    /** The end of the chain, when it is ready. */
    source?: DataSourceSource
    conditions?: Condition[]
  }
}

/** Keeps a disk as fresh as the image it comes from. */
export interface DataImportCron extends KubeObject {
  spec: {
    /** Cron's five fields; empty for never by itself. */
    schedule: string
    template: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
      spec: DataVolumeSpec
    }
    managedDataSource: string
    /** 3 unless given. */
    importsToKeep?: number
    garbageCollect?: 'Never' | 'Outdated'
    /** What happens to the disks when this goes: `RetainAll` unless given. */
    retentionPolicy?: 'None' | 'RetainAll'
  }
  status?: {
    currentImports?: { dataVolumeName: string; digest: string }[]
    lastImportedPVC?: NamedSource
    lastExecutionTimestamp?: string
    lastImportTimestamp?: string
    sourceFormat?: string
    conditions?: Condition[]
  }
}

export interface CdiConfig extends KubeObject {
  spec: {
    importProxy?: { HTTPProxy?: string; HTTPSProxy?: string; noProxy?: string }
    /** `host` or `host:port` */
    insecureRegistries?: string[]
    uploadProxyURLOverride?: string
  }
  status?: {
    filesystemOverhead?: { global?: string; storageClass?: Record<string, string> }
    scratchSpaceStorageClass?: string
    uploadProxyURL?: string
    preallocation?: boolean
  }
}

export interface StorageProfile extends KubeObject {
  spec: {
    claimPropertySets?: ClaimPropertySet[]
    /** `copy`, `snapshot` or `csi-clone` */
    cloneStrategy?: string
    dataImportCronSourceFormat?: string
    snapshotClass?: string
  }
  status?: {
    storageClass?: string
    provisioner?: string
    claimPropertySets?: ClaimPropertySet[]
    cloneStrategy?: string
    dataImportCronSourceFormat?: string
    snapshotClass?: string
    conditions?: Condition[]
  }
}

export interface ClaimPropertySet {
  accessModes: AccessMode[]
  volumeMode: VolumeMode
}
