/** Backups of machines and their trackers. */

import { textColumn, type ResourceData } from './shape.ts'

const group = 'backup.kubevirt.io'
const versions = [{ name: 'v1alpha1' }] as const

export const backupResources = {
  virtualMachineBackup: {
    group,
    versions,
    kind: 'VirtualMachineBackup',
    listKind: 'VirtualMachineBackupList',
    resource: 'virtualmachinebackups',
    singular: 'virtualmachinebackup',
    shortNames: ['vmbackup', 'vmbackups'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1alpha1.VirtualMachineBackup',
    status: true,
    columns: [
      textColumn('SourceKind', '.spec.source.kind'),
      textColumn('SourceName', '.spec.source.name'),
      textColumn('Type', '.status.type'),
      textColumn('CheckpointName', '.status.checkpointName'),
    ],
    webhooks: {
      createValidator: 'virtualmachinebackup-validator.backup.kubevirt.io',
      updateValidator: 'virtualmachinebackup-validator.backup.kubevirt.io',
    },
  },
  virtualMachineBackupTracker: {
    group,
    versions,
    kind: 'VirtualMachineBackupTracker',
    listKind: 'VirtualMachineBackupTrackerList',
    resource: 'virtualmachinebackuptrackers',
    singular: 'virtualmachinebackuptracker',
    shortNames: ['vmbackuptracker', 'vmbackuptrackers'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1alpha1.VirtualMachineBackupTracker',
    status: true,
    columns: [
      textColumn('SourceKind', '.spec.source.kind'),
      textColumn('SourceName', '.spec.source.name'),
      textColumn('LatestCheckpoint', '.status.latestCheckpoint.name'),
      { name: 'CheckpointTime', type: 'date', value: '.status.latestCheckpoint.creationTime' },
    ],
    webhooks: {
      createValidator: 'virtualmachinebackuptracker-validator.backup.kubevirt.io',
      updateValidator: 'virtualmachinebackuptracker-validator.backup.kubevirt.io',
    },
  },
} as const satisfies Record<string, ResourceData>
