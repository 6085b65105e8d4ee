/** Where the kinds of storage are in the API. */

import type { ObjectReference, StorageRow } from '@berth/view'

type Kind = Pick<ObjectReference, 'group' | 'version' | 'resource'>

export const kindOf = {
  claims: { group: '', version: 'v1', resource: 'persistentvolumeclaims' },
  dataVolumes: { group: 'cdi.kubevirt.io', version: 'v1beta1', resource: 'datavolumes' },
  dataSources: { group: 'cdi.kubevirt.io', version: 'v1beta1', resource: 'datasources' },
  volumeSnapshots: { group: 'snapshot.storage.k8s.io', version: 'v1', resource: 'volumesnapshots' },
  snapshots: { group: 'snapshot.kubevirt.io', version: 'v1beta1', resource: 'virtualmachinesnapshots' },
  contents: { group: 'snapshot.kubevirt.io', version: 'v1beta1', resource: 'virtualmachinesnapshotcontents' },
  restores: { group: 'snapshot.kubevirt.io', version: 'v1beta1', resource: 'virtualmachinerestores' },
  clones: { group: 'clone.kubevirt.io', version: 'v1beta1', resource: 'virtualmachineclones' },
  exports: { group: 'export.kubevirt.io', version: 'v1', resource: 'virtualmachineexports' },
  policies: { group: 'berth.dev', version: 'v1alpha1', resource: 'snapshotpolicies' },
  secrets: { group: '', version: 'v1', resource: 'secrets' },
  configMaps: { group: '', version: 'v1', resource: 'configmaps' },
  machines: { group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines' },
} as const satisfies Record<string, Kind>

export function referenceTo(
  kind: Kind,
  { cluster, namespace, name }: { cluster: string; namespace: string; name: string },
): ObjectReference {
  return { cluster, ...kind, namespace, name }
}

/** What is deleted with a row: of a volume the DataVolume, which takes its claim along, where there is one. */
export function referenceOfRow(row: Exclude<StorageRow, { table: 'classes' }>): ObjectReference {
  switch (row.table) {
    case 'volumes':
      return referenceTo(row.dataVolume ? kindOf.dataVolumes : kindOf.claims, row)
    case 'snapshots':
      return referenceTo(kindOf.snapshots, row)
    case 'policies':
      return referenceTo(kindOf.policies, row)
  }
}
