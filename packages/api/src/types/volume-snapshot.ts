/** snapshot.storage.k8s.io/v1: the state of one volume at one moment. */

import type { KubeObject } from '@berth/meta'
import type { ObjectReference } from './core.ts'
import type { SnapshotDeletionPolicy, SnapshotError } from './snapshot.ts'

export interface VolumeSnapshot extends KubeObject {
  spec: {
    /** Exactly one of both. */
    source: { persistentVolumeClaimName?: string; volumeSnapshotContentName?: string }
    volumeSnapshotClassName?: string
  }
  status?: {
    boundVolumeSnapshotContentName?: string
    creationTime?: string
    readyToUse?: boolean
    /** Quantity. */
    restoreSize?: string
    error?: SnapshotError
  }
}

export interface VolumeSnapshotContent extends KubeObject {
  spec: {
    deletionPolicy: SnapshotDeletionPolicy
    driver: string
    source: { volumeHandle?: string; snapshotHandle?: string }
    sourceVolumeMode?: string
    volumeSnapshotClassName?: string
    volumeSnapshotRef: ObjectReference
  }
  status?: {
    snapshotHandle?: string
    /** Nanoseconds since 1970. */
    creationTime?: number
    readyToUse?: boolean
    /** Bytes. */
    restoreSize?: number
    error?: SnapshotError
  }
}

export interface VolumeSnapshotClass extends KubeObject {
  driver: string
  deletionPolicy: SnapshotDeletionPolicy
  parameters?: Record<string, string>
}
