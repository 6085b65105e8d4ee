/** The kinds that rows of storage are joined from, and what is kept of each. Machines, claims and DataVolumes are the lists' own watches. */

import { storageClasses } from '@berth/kube'
import { resource, type KubeObject, type Resource } from '@berth/meta'
import {
  noteAnnotation,
  policyLabel,
  type CapacityObject,
  type MachineRestoreObject,
  type MachineSnapshotObject,
  type SnapshotContentObject,
  type SnapshotPolicyObject,
  type StorageClassObject,
  type StorageProfileObject,
  type StorageTable,
  type VolumeSnapshotObject,
} from '@berth/view'
import { kinds } from '../rows/kinds.ts'
import type { Variant } from '../watches/contract.ts'

interface StorageKind<T extends KubeObject> {
  resource: Resource<T>
  variant: Variant<T>
}

function kind<T extends KubeObject>(
  apiVersion: string,
  plural: string,
  of: { kind: string; namespaced?: boolean; shape?: (object: T) => T },
): StorageKind<T> {
  const { kind: name, namespaced = true, shape } = of
  return {
    resource: resource<T>({ apiVersion, resource: plural, kind: name, namespaced }),
    variant: { id: 'storage', ...(shape === undefined ? {} : { shape }) },
  }
}

const snapshots = 'snapshot.kubevirt.io/v1beta1'

export const storageKinds = {
  machines: kinds.machines,
  instances: kinds.instances,
  claims: kinds.claims,
  dataVolumes: kinds.dataVolumes,
  // kube knows the parts that it needs itself.
  classes: { resource: storageClasses as Resource<StorageClassObject>, variant: { id: 'storage' } },
  capacities: kind<CapacityObject>('storage.k8s.io/v1', 'csistoragecapacities', { kind: 'CSIStorageCapacity' }),
  profiles: kind<StorageProfileObject>('cdi.kubevirt.io/v1beta1', 'storageprofiles', {
    kind: 'StorageProfile',
    namespaced: false,
  }),
  volumeSnapshots: kind<VolumeSnapshotObject>('snapshot.storage.k8s.io/v1', 'volumesnapshots', {
    kind: 'VolumeSnapshot',
  }),
  machineSnapshots: kind<MachineSnapshotObject>(snapshots, 'virtualmachinesnapshots', {
    kind: 'VirtualMachineSnapshot',
    shape: withFewAnnotations,
  }),
  contents: kind<SnapshotContentObject>(snapshots, 'virtualmachinesnapshotcontents', {
    kind: 'VirtualMachineSnapshotContent',
    shape: withoutCopies,
  }),
  restores: kind<MachineRestoreObject>(snapshots, 'virtualmachinerestores', { kind: 'VirtualMachineRestore' }),
  policies: kind<SnapshotPolicyObject>('berth.dev/v1alpha1', 'snapshotpolicies', { kind: 'SnapshotPolicy' }),
} as const

export type StorageKindName = keyof typeof storageKinds

/** What each table is joined from; the first is what its rows stand for. */
export const kindsOfTable: Readonly<Record<StorageTable, readonly StorageKindName[]>> = {
  volumes: ['claims', 'dataVolumes', 'machines', 'instances', 'classes', 'volumeSnapshots'],
  snapshots: ['machineSnapshots', 'contents', 'volumeSnapshots', 'restores', 'machines'],
  classes: ['classes', 'capacities', 'profiles', 'claims'],
  policies: ['policies', 'machines', 'machineSnapshots'],
}

/** A snapshot's content holds its whole machine and claims, which no list shows. */
function withoutCopies({ apiVersion, kind: name, metadata, spec }: SnapshotContentObject): SnapshotContentObject {
  return {
    apiVersion,
    kind: name,
    metadata,
    spec: {
      ...(spec?.virtualMachineSnapshotName === undefined
        ? {}
        : { virtualMachineSnapshotName: spec.virtualMachineSnapshotName }),
      volumeBackups: (spec?.volumeBackups ?? []).map(({ volumeName, volumeSnapshotName }) => ({
        ...(volumeName === undefined ? {} : { volumeName }),
        ...(volumeSnapshotName === undefined ? {} : { volumeSnapshotName }),
      })),
    },
  }
}

function withFewAnnotations(snapshot: MachineSnapshotObject): MachineSnapshotObject {
  const { annotations, labels, ...metadata } = snapshot.metadata
  const note = annotations?.[noteAnnotation]
  return {
    ...snapshot,
    metadata: {
      ...metadata,
      ...(note === undefined ? {} : { annotations: { [noteAnnotation]: note } }),
      ...(labels === undefined ? {} : { labels }),
    },
  }
}

/** The policy that made a snapshot. */
export function policyOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.[policyLabel]
}
