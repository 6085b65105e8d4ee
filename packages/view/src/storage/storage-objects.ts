/** Kinds of storage as far as lists read them. Any server's: everything but metadata may be missing. */

import type { Condition, KubeObject, LabelSelectorObject } from '@berth/meta'

export interface StorageClassObject extends KubeObject {
  provisioner?: string
  reclaimPolicy?: string
  volumeBindingMode?: string
  allowVolumeExpansion?: boolean
  parameters?: Record<string, string>
}

/** What a class has left, in one part of the cluster. */
export interface CapacityObject extends KubeObject {
  storageClassName?: string
  capacity?: string
  maximumVolumeSize?: string
}

export interface StorageProfileObject extends KubeObject {
  status?: {
    storageClass?: string
    cloneStrategy?: string
    snapshotClass?: string
    claimPropertySets?: { accessModes?: string[]; volumeMode?: string }[]
  }
}

export interface VolumeSnapshotObject extends KubeObject {
  spec?: { source?: { persistentVolumeClaimName?: string } }
  status?: { readyToUse?: boolean; restoreSize?: string; creationTime?: string; error?: { message?: string } }
}

export interface MachineSnapshotObject extends KubeObject {
  spec?: { source?: { kind?: string; name?: string }; deletionPolicy?: string; failureDeadline?: string }
  status?: {
    phase?: string
    readyToUse?: boolean
    creationTime?: string
    error?: { message?: string; time?: string }
    virtualMachineSnapshotContentName?: string
    indications?: string[]
    sourceIndications?: { indication?: string; message?: string }[]
    snapshotVolumes?: { includedVolumes?: string[]; excludedVolumes?: string[] }
    conditions?: Condition[]
  }
}

/** Without the copy of the machine that it holds. */
export interface SnapshotContentObject extends KubeObject {
  spec?: {
    virtualMachineSnapshotName?: string
    volumeBackups?: { volumeName?: string; volumeSnapshotName?: string }[]
  }
}

export interface MachineRestoreObject extends KubeObject {
  spec?: { target?: { kind?: string; name?: string }; virtualMachineSnapshotName?: string }
  status?: { complete?: boolean; restoreTime?: string; conditions?: Condition[] }
}

export interface MachineCloneObject extends KubeObject {
  spec?: { source?: { kind?: string; name?: string }; target?: { kind?: string; name?: string } }
  status?: { phase?: string; targetName?: string; snapshotName?: string; conditions?: Condition[] }
}

export interface MachineExportObject extends KubeObject {
  spec?: { source?: { apiGroup?: string; kind?: string; name?: string }; ttlDuration?: string; tokenSecretRef?: string }
  status?: {
    phase?: string
    tokenSecretRef?: string
    ttlExpirationTime?: string
    conditions?: Condition[]
    links?: { internal?: ExportLinks; external?: ExportLinks }
  }
}

export interface ExportLinks {
  cert?: string
  volumes?: { name: string; formats?: { format: string; url: string }[] }[]
  manifests?: { type: string; url: string }[]
}

/** Snapshots by a schedule, with what is kept (berth.dev/v1alpha1). */
export interface SnapshotPolicyObject extends KubeObject {
  spec: {
    selector?: LabelSelectorObject
    /** Cron, five fields; or `every`. */
    schedule?: string
    every?: string
    timeZone?: string
    window?: { start: string; end: string; timeZone?: string }
    keep?: { count?: number; days?: number }
    failureDeadline?: string
    labels?: Record<string, string>
    suspend?: boolean
  }
  status?: {
    lastRun?: string
    nextRun?: string
    machines?: { name: string; result?: string; message?: string; lastGoodTime?: string }[]
    conditions?: Condition[]
  }
}

/** On snapshots that a policy made: its name. */
export const policyLabel = 'berth.dev/snapshot-policy'
/** What somebody wrote beside a snapshot. */
export const noteAnnotation = 'berth.dev/note'
