/** The VolumeSnapshotContent of a VolumeSnapshot: made before anything is frozen, gone after the frozen state. */

import {
  snapshotFinalizers,
  volumeSnapshotContents,
  type VolumeSnapshot,
  type VolumeSnapshotClass,
  type VolumeSnapshotContent,
} from '@berth/api'
import { referenceTo, type PersistentVolumeClaim } from '@berth/kube'
import { formatQuantity, formatTime, quantityFromBytes, StatusError } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'
import type { SnapshotInfo } from '../volumes/volume-types.ts'
import { localDriver } from './snapshot-class.ts'

const nanosPerMs = 1_000_000

/** Names what is frozen in the store of volumes; fixed by the identity of the object, so that taking it twice takes it once. */
export function handleOf({ metadata }: Readonly<VolumeSnapshot>): string {
  return `snap-${metadata.uid ?? ''}`
}

export function contentNameOf({ metadata, spec }: Readonly<VolumeSnapshot>): string {
  return spec.source.volumeSnapshotContentName ?? `snapcontent-${metadata.uid ?? ''}`
}

/** What a content keeps on disk, wherever it came from. */
export function handleOfContent({ spec, status }: Readonly<VolumeSnapshotContent>): string {
  return spec.source.snapshotHandle ?? status?.snapshotHandle ?? `snap-${spec.volumeSnapshotRef.uid ?? ''}`
}

/** Does nothing when it is there. */
export async function ensureContent(
  { client, informers }: EngineServices,
  snapshot: Readonly<VolumeSnapshot>,
  { claim, snapshotClass }: { claim: Readonly<PersistentVolumeClaim>; snapshotClass: Readonly<VolumeSnapshotClass> },
): Promise<void> {
  const name = contentNameOf(snapshot)
  if (informers.volumeSnapshotContents.get(undefined, name) !== undefined) return
  try {
    await client.create(volumeSnapshotContents, {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotContent',
      metadata: { name, finalizers: [snapshotFinalizers.volumeSnapshotContent] },
      spec: {
        deletionPolicy: snapshotClass.deletionPolicy,
        driver: localDriver,
        source: { volumeHandle: volumeNameFor(claim) },
        sourceVolumeMode: claim.spec.volumeMode ?? 'Filesystem',
        volumeSnapshotClassName: snapshotClass.metadata.name ?? '',
        volumeSnapshotRef: referenceTo(snapshot),
      },
    })
  } catch (error) {
    // Made a moment ago, and not in the cache yet.
    if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
  }
}

export function contentStatus(handle: string, info: SnapshotInfo): NonNullable<VolumeSnapshotContent['status']> {
  return {
    snapshotHandle: handle,
    readyToUse: true,
    restoreSize: info.sizeBytes,
    creationTime: info.takenAt.getTime() * nanosPerMs,
  }
}

export function readyStatus(contentName: string, info: SnapshotInfo): NonNullable<VolumeSnapshot['status']> {
  return {
    boundVolumeSnapshotContentName: contentName,
    readyToUse: true,
    restoreSize: formatQuantity(quantityFromBytes(info.sizeBytes)),
    creationTime: formatTime(info.takenAt),
  }
}
