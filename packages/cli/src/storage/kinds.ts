/** Kinds of storage as the rows of lists read them. */

import { storageClasses } from '@berth/kube'
import { resource, StatusError, type KubeObject, type Resource } from '@berth/meta'
import type {
  CapacityObject,
  ClaimObject,
  MachineRestoreObject,
  MachineSnapshotObject,
  SnapshotContentObject,
  StorageClassObject,
  StorageProfileObject,
  VolumeSnapshotObject,
} from '@berth/view'
import type { Client, ListParams } from '@berth/kube'

export const claims = resource<ClaimObject>({
  apiVersion: 'v1',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
})

export const classes: Resource<StorageClassObject> = storageClasses

export const capacities = resource<CapacityObject>({
  apiVersion: 'storage.k8s.io/v1',
  resource: 'csistoragecapacities',
  kind: 'CSIStorageCapacity',
  namespaced: true,
})

export const profiles = resource<StorageProfileObject>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'storageprofiles',
  kind: 'StorageProfile',
  namespaced: false,
})

export const snapshots = resource<MachineSnapshotObject>({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  resource: 'virtualmachinesnapshots',
  kind: 'VirtualMachineSnapshot',
  namespaced: true,
})

export const snapshotContents = resource<SnapshotContentObject>({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  resource: 'virtualmachinesnapshotcontents',
  kind: 'VirtualMachineSnapshotContent',
  namespaced: true,
})

export const restores = resource<MachineRestoreObject>({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  resource: 'virtualmachinerestores',
  kind: 'VirtualMachineRestore',
  namespaced: true,
})

export const volumeSnapshots = resource<VolumeSnapshotObject>({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  resource: 'volumesnapshots',
  kind: 'VolumeSnapshot',
  namespaced: true,
})

/** What only adds to a table: nothing of it where a server does not have the kind, or does not show it to this person. */
export async function listIfShown<T extends KubeObject>(
  client: Client,
  of: Resource<T>,
  params: ListParams = {},
): Promise<T[]> {
  try {
    return (await client.list(of, params)).items
  } catch (error) {
    if (error instanceof StatusError && (error.code === 'NotFound' || error.code === 'Forbidden')) return []
    throw error
  }
}
