/** The rights that pages ask for: of every action, and of every kind they list, make, change or delete. */

import { actionTable, rightOf, type ActionSpec, type NeededRight } from '@berth/view'

const readAndWrite = ['list', 'create', 'patch', 'delete'] as const

const kinds: readonly { group: string; resources: readonly string[]; verbs: readonly string[] }[] = [
  {
    group: 'kubevirt.io',
    resources: ['virtualmachines', 'virtualmachineinstances', 'virtualmachineinstancemigrations'],
    verbs: readAndWrite,
  },
  { group: 'kubevirt.io', resources: ['kubevirts'], verbs: ['list', 'patch'] },
  { group: 'template.kubevirt.io', resources: ['virtualmachinetemplates'], verbs: readAndWrite },
  { group: 'template.kubevirt.io', resources: ['virtualmachinetemplaterequests'], verbs: ['create'] },
  {
    group: 'instancetype.kubevirt.io',
    resources: [
      'virtualmachineinstancetypes',
      'virtualmachinepreferences',
      'virtualmachineclusterinstancetypes',
      'virtualmachineclusterpreferences',
    ],
    verbs: readAndWrite,
  },
  { group: 'cdi.kubevirt.io', resources: ['datavolumes', 'datasources', 'dataimportcrons'], verbs: readAndWrite },
  { group: 'upload.cdi.kubevirt.io', resources: ['uploadtokenrequests'], verbs: ['create'] },
  {
    group: 'snapshot.kubevirt.io',
    resources: ['virtualmachinesnapshots', 'virtualmachinerestores'],
    verbs: readAndWrite,
  },
  { group: 'snapshot.storage.k8s.io', resources: ['volumesnapshots'], verbs: readAndWrite },
  { group: 'clone.kubevirt.io', resources: ['virtualmachineclones'], verbs: readAndWrite },
  { group: 'export.kubevirt.io', resources: ['virtualmachineexports'], verbs: readAndWrite },
  { group: 'berth.dev', resources: ['snapshotpolicies', 'imagebuilds'], verbs: [...readAndWrite, 'update'] },
  {
    group: '',
    resources: ['persistentvolumeclaims', 'secrets', 'configmaps', 'pods', 'services'],
    verbs: [...readAndWrite, 'update'],
  },
  { group: '', resources: ['events', 'nodes', 'namespaces', 'persistentvolumes'], verbs: ['list'] },
  { group: '', resources: ['namespaces'], verbs: ['create', 'delete'] },
  { group: '', resources: ['nodes'], verbs: ['patch'] },
  { group: 'apps', resources: ['deployments'], verbs: readAndWrite },
  { group: 'storage.k8s.io', resources: ['storageclasses', 'csistoragecapacities'], verbs: ['list'] },
  { group: 'k8s.cni.cncf.io', resources: ['network-attachment-definitions'], verbs: readAndWrite },
]

const memoryDump: readonly NeededRight[] = ['memorydump', 'removememorydump'].map((subresource) => ({
  verb: 'update',
  group: 'subresources.kubevirt.io',
  resource: 'virtualmachines',
  subresource,
}))

const streams: readonly NeededRight[] = ['console', 'vnc', 'vnc/screenshot', 'portforward'].map((subresource) => ({
  verb: 'get',
  group: 'subresources.kubevirt.io',
  resource: 'virtualmachineinstances',
  subresource,
}))

const processing: readonly NeededRight[] = ['process', 'create'].map((subresource) => ({
  verb: 'create',
  group: 'subresources.template.kubevirt.io',
  resource: 'virtualmachinetemplates',
  subresource,
}))

const machine = { group: 'kubevirt.io', resource: 'virtualmachines' }

export const rightTable: readonly NeededRight[] = [
  ...kinds.flatMap(({ group, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource }))),
  ),
  ...actionTable.map((action: ActionSpec) => rightOf(action, machine)),
  ...streams,
  ...memoryDump,
  ...processing,
]
