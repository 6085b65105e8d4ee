/** Snapshots of machines, machines made again from them, and clones. */

import { textColumn, type ColumnData, type ResourceData } from './shape.ts'

const group = 'snapshot.kubevirt.io'
const versions = [{ name: 'v1beta1' }, { name: 'v1alpha1' }] as const

const readyToUse: ColumnData = { name: 'ReadyToUse', type: 'boolean', value: '.status.readyToUse' }
const creationTime: ColumnData = { name: 'CreationTime', type: 'date', value: '.status.creationTime' }
const error = textColumn('Error', '.status.error.message')

export const snapshotResources = {
  virtualMachineSnapshot: {
    group,
    versions,
    kind: 'VirtualMachineSnapshot',
    listKind: 'VirtualMachineSnapshotList',
    resource: 'virtualmachinesnapshots',
    singular: 'virtualmachinesnapshot',
    shortNames: ['vmsnapshot', 'vmsnapshots'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1beta1.VirtualMachineSnapshot',
    status: true,
    columns: [
      textColumn('SourceKind', '.spec.source.kind'),
      textColumn('SourceName', '.spec.source.name'),
      textColumn('Phase', '.status.phase'),
      readyToUse,
      creationTime,
      error,
    ],
    webhooks: {
      createValidator: 'virtualmachinesnapshot-validator.snapshot.kubevirt.io',
      updateValidator: 'virtualmachinesnapshot-validator.snapshot.kubevirt.io',
    },
  },
  virtualMachineSnapshotContent: {
    group,
    versions,
    kind: 'VirtualMachineSnapshotContent',
    listKind: 'VirtualMachineSnapshotContentList',
    resource: 'virtualmachinesnapshotcontents',
    singular: 'virtualmachinesnapshotcontent',
    shortNames: ['vmsnapshotcontent', 'vmsnapshotcontents'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1beta1.VirtualMachineSnapshotContent',
    status: true,
    columns: [readyToUse, creationTime, error],
    webhooks: {},
  },
  virtualMachineRestore: {
    group,
    versions,
    kind: 'VirtualMachineRestore',
    listKind: 'VirtualMachineRestoreList',
    resource: 'virtualmachinerestores',
    singular: 'virtualmachinerestore',
    shortNames: ['vmrestore', 'vmrestores'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1beta1.VirtualMachineRestore',
    status: true,
    columns: [
      textColumn('TargetKind', '.spec.target.kind'),
      textColumn('TargetName', '.spec.target.name'),
      { name: 'Complete', type: 'boolean', value: '.status.complete' },
      { name: 'RestoreTime', type: 'date', value: '.status.restoreTime' },
    ],
    webhooks: {
      createValidator: 'virtualmachinerestore-validator.snapshot.kubevirt.io',
      updateValidator: 'virtualmachinerestore-validator.snapshot.kubevirt.io',
    },
  },
  virtualMachineClone: {
    group: 'clone.kubevirt.io',
    versions,
    kind: 'VirtualMachineClone',
    listKind: 'VirtualMachineCloneList',
    resource: 'virtualmachineclones',
    singular: 'virtualmachineclone',
    shortNames: ['vmclone', 'vmclones'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1beta1.VirtualMachineClone',
    status: true,
    columns: [
      textColumn('Phase', '.status.phase'),
      textColumn('SourceVirtualMachine', '.spec.source.name'),
      textColumn('TargetVirtualMachine', '.spec.target.name'),
    ],
    webhooks: {
      mutator: 'virtualmachineclones-mutator.kubevirt.io',
      createValidator: 'vm-clone-validator.kubevirt.io',
      updateValidator: 'vm-clone-validator.kubevirt.io',
    },
  },
} as const satisfies Record<string, ResourceData>
