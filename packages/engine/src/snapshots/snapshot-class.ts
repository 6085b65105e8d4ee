/** The class of snapshots that the engine brings. */

import type { VolumeSnapshotClass } from '@berth/api'

/** Who makes volumes on this host, and who freezes them. */
export const localDriver = 'local.berth.dev'

export const localSnapshotClass: VolumeSnapshotClass = {
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshotClass',
  metadata: {
    name: 'local-snapshots',
    annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
  },
  driver: localDriver,
  deletionPolicy: 'Delete',
}
