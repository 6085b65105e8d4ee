/** Kubernetes' own kinds of snapshots of single volumes; names and columns are those of its published CRDs. */

import { age, textColumn, type ResourceData } from './shape.ts'

const group = 'snapshot.storage.k8s.io'
const versions = [{ name: 'v1' }] as const

export const volumeSnapshotResources = {
  volumeSnapshot: {
    group,
    versions,
    kind: 'VolumeSnapshot',
    listKind: 'VolumeSnapshotList',
    resource: 'volumesnapshots',
    singular: 'volumesnapshot',
    shortNames: ['vs'],
    categories: [],
    namespaced: true,
    schemaName: 'io.k8s.storage.snapshot.v1.VolumeSnapshot',
    status: true,
    columns: [
      {
        name: 'ReadyToUse',
        type: 'boolean',
        value: '.status.readyToUse',
        description: 'Whether a volume can be made from it.',
      },
      textColumn('SourcePVC', '.spec.source.persistentVolumeClaimName', 'Claim whose volume it was taken of.'),
      textColumn(
        'SourceSnapshotContent',
        '.spec.source.volumeSnapshotContentName',
        'Content that was there before, where it was not taken for this object.',
      ),
      textColumn('RestoreSize', '.status.restoreSize', 'Least size of a volume made from it.'),
      textColumn('SnapshotClass', '.spec.volumeSnapshotClassName', 'Its VolumeSnapshotClass.'),
      textColumn('SnapshotContent', '.status.boundVolumeSnapshotContentName', 'Its VolumeSnapshotContent.'),
      { name: 'CreationTime', type: 'date', value: '.status.creationTime', description: 'The moment it shows.' },
      age,
    ],
    webhooks: {},
  },
  volumeSnapshotContent: {
    group,
    versions,
    kind: 'VolumeSnapshotContent',
    listKind: 'VolumeSnapshotContentList',
    resource: 'volumesnapshotcontents',
    singular: 'volumesnapshotcontent',
    shortNames: ['vsc', 'vscs'],
    categories: [],
    namespaced: false,
    schemaName: 'io.k8s.storage.snapshot.v1.VolumeSnapshotContent',
    status: true,
    columns: [
      {
        name: 'ReadyToUse',
        type: 'boolean',
        value: '.status.readyToUse',
        description: 'Whether a volume can be made from it.',
      },
      { name: 'RestoreSize', type: 'integer', value: '.status.restoreSize', description: 'Its size in bytes.' },
      textColumn('DeletionPolicy', '.spec.deletionPolicy', 'What becomes of it when its VolumeSnapshot is deleted.'),
      textColumn('Driver', '.spec.driver', 'Who took it.'),
      textColumn('VolumeSnapshotClass', '.spec.volumeSnapshotClassName', 'Its VolumeSnapshotClass.'),
      textColumn('VolumeSnapshot', '.spec.volumeSnapshotRef.name', 'Its VolumeSnapshot.'),
      textColumn('VolumeSnapshotNamespace', '.spec.volumeSnapshotRef.namespace', 'Namespace of its VolumeSnapshot.'),
      age,
    ],
    webhooks: {},
  },
  volumeSnapshotClass: {
    group,
    versions,
    kind: 'VolumeSnapshotClass',
    listKind: 'VolumeSnapshotClassList',
    resource: 'volumesnapshotclasses',
    singular: 'volumesnapshotclass',
    shortNames: ['vsclass', 'vsclasses'],
    categories: [],
    namespaced: false,
    schemaName: 'io.k8s.storage.snapshot.v1.VolumeSnapshotClass',
    status: false,
    columns: [
      textColumn('Driver', '.driver'),
      textColumn('DeletionPolicy', '.deletionPolicy', 'What becomes of contents when their VolumeSnapshot is deleted.'),
      age,
    ],
    webhooks: {},
  },
} as const satisfies Record<string, ResourceData>
