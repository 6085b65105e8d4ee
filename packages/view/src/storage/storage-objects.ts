/** Kinds of storage as far as lists read them. Any server's: everything but metadata may be missing. */

import type {
  SnapshotPolicy,
  StorageProfile,
  VirtualMachineClone,
  VirtualMachineExport,
  VirtualMachineRestore,
  VirtualMachineSnapshot,
  VirtualMachineSnapshotContent,
  VolumeSnapshot,
} from '@berth/api'
import type { Condition, KubeObject } from '@berth/meta'

/** An object as some server wrote it, which may be an older one: of spec and status, any part may be missing. */
type Seen<Kind extends KubeObject> = KubeObject & {
  [Part in Exclude<keyof Kind, keyof KubeObject>]?: Parts<Kind[Part]>
}

type Parts<Value> = Value extends string | number | boolean | Condition | readonly unknown[] | undefined
  ? Items<Value>
  : Value extends object
    ? { [Key in keyof Value]?: Parts<Value[Key]> }
    : Value

type Items<Value> = Value extends Condition[] ? Value : Value extends readonly (infer Item)[] ? Parts<Item>[] : Value

export interface StorageClassObject extends KubeObject {
  provisioner?: string
  reclaimPolicy?: string
  volumeBindingMode?: string
  allowVolumeExpansion?: boolean
  parameters?: Record<string, string>
}

/** What a class has left, in one part of the cluster. */
export interface CapacityObject extends KubeObject {
  storageClassName?: string
  capacity?: string
  maximumVolumeSize?: string
}

export type StorageProfileObject = Seen<StorageProfile>
export type VolumeSnapshotObject = Seen<VolumeSnapshot>
export type MachineSnapshotObject = Seen<VirtualMachineSnapshot>
export type SnapshotContentObject = Seen<VirtualMachineSnapshotContent>
export type MachineRestoreObject = Seen<VirtualMachineRestore>
export type MachineCloneObject = Seen<VirtualMachineClone>
export type MachineExportObject = Seen<VirtualMachineExport>
/** Snapshots by a schedule, with what is kept (berth.dev/v1alpha1). */
export type SnapshotPolicyObject = Seen<SnapshotPolicy> & { spec: Partial<SnapshotPolicy['spec']> }

/** On snapshots that a policy made: its name. */
export const policyLabel = 'berth.dev/snapshot-policy'
/** What somebody wrote beside a snapshot. */
export const noteAnnotation = 'berth.dev/note'
