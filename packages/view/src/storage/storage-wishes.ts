/** Objects that the storage pages ask for, from what a person said. */

import type { DataVolume, DataVolumeSource } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import { noteAnnotation, type SnapshotPolicyObject } from './storage-objects.ts'

export interface DiskWish {
  namespace: string
  name: string
  /** A quantity. */
  size: string
  /** The default one unless said. */
  class?: string
  source: DiskSource
}

export type DiskSource =
  | { kind: 'blank' }
  | { kind: 'http' | 's3'; url: string; checksum?: string; secret?: string; certificates?: string }
  | { kind: 'registry'; url: string; secret?: string; certificates?: string }
  | { kind: 'pvc' | 'snapshot'; namespace: string; name: string }
  | { kind: 'image'; namespace: string; name: string }

export function newDisk({ namespace, name, size, class: className, source }: DiskWish): DataVolume {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name, namespace },
    spec: {
      ...(source.kind === 'image'
        ? { sourceRef: { kind: 'DataSource', name: source.name, namespace: source.namespace } }
        : { source: sourceOf(source) }),
      storage: {
        resources: { requests: { storage: size } },
        ...(className === undefined ? {} : { storageClassName: className }),
      },
    },
  }
}

function sourceOf(source: Exclude<DiskSource, { kind: 'image' }>): DataVolumeSource {
  switch (source.kind) {
    case 'blank':
      return { blank: {} }
    case 'http':
      return { http: { url: address(source.url), ...defined('checksum', source.checksum), ...trust(source) } }
    case 's3':
      return { s3: { url: address(source.url), ...trust(source) } }
    case 'registry':
      return { registry: { url: registryUrl(source.url), ...trust(source) } }
    case 'pvc':
      return { pvc: { namespace: source.namespace, name: source.name } }
    case 'snapshot':
      return { snapshot: { namespace: source.namespace, name: source.name } }
  }
}

function trust({ secret, certificates }: { secret?: string; certificates?: string }): {
  secretRef?: string
  certConfigMap?: string
} {
  return { ...defined('secretRef', secret), ...defined('certConfigMap', certificates) }
}

/** Names of files have blanks in them; addresses have not. */
const address = (url: string): string => url.replaceAll(' ', '%20')

/** CDI wants a scheme where everybody else writes none. */
function registryUrl(text: string): string {
  return text.includes('://') ? text : `docker://${text}`
}

export interface SnapshotWish {
  namespace: string
  machine: string
  name: string
  note?: string
  /** `5m`; the server's own unless said. */
  deadline?: string
}

const machineRef = (name: string): { apiGroup: string; kind: string; name: string } => ({
  apiGroup: 'kubevirt.io',
  kind: 'VirtualMachine',
  name,
})

export function newSnapshot({ namespace, machine, name, note, deadline }: SnapshotWish): KubeObject & { spec: object } {
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineSnapshot',
    metadata: {
      name,
      namespace,
      ...(note === undefined || note === '' ? {} : { annotations: { [noteAnnotation]: note } }),
    },
    spec: { source: machineRef(machine), ...defined('failureDeadline', deadline) },
  }
}

export interface RestoreWish {
  namespace: string
  snapshot: string
  /** The machine it is put back into, or the name of a new one. */
  target: string
  name: string
  /** Disks keep their names; of the machine itself only. */
  inPlace: boolean
}

/** The target has to stand still: it is turned off by the restore where it runs. */
export function newRestore({ namespace, snapshot, target, name, inPlace }: RestoreWish): KubeObject & { spec: object } {
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineRestore',
    metadata: { name, namespace },
    spec: {
      target: machineRef(target),
      virtualMachineSnapshotName: snapshot,
      // Disks of a new machine are named after it, not after the restore.
      ...(inPlace
        ? { targetReadinessPolicy: 'StopTarget', volumeRestorePolicy: 'InPlace' }
        : { volumeRestorePolicy: 'PrefixTargetName' }),
    },
  }
}

export interface CloneWish {
  namespace: string
  source: { kind: 'VirtualMachine' | 'VirtualMachineSnapshot'; name: string }
  target: string
  name: string
  /** By interface; those that are not named get fresh ones. */
  macs?: Readonly<Record<string, string>>
  serial?: string
}

export function newClone({ namespace, source, target, name, macs, serial }: CloneWish): KubeObject & { spec: object } {
  const apiGroup = source.kind === 'VirtualMachine' ? 'kubevirt.io' : 'snapshot.kubevirt.io'
  return {
    apiVersion: 'clone.kubevirt.io/v1beta1',
    kind: 'VirtualMachineClone',
    metadata: { name, namespace },
    spec: {
      source: { apiGroup, ...source },
      target: machineRef(target),
      // Its disks are named after it, not after the work that made them.
      volumeNamePolicy: 'PrefixTargetName',
      ...(macs === undefined || Object.keys(macs).length === 0 ? {} : { newMacAddresses: { ...macs } }),
      ...defined('newSMBiosSerial', serial),
    },
  }
}

export interface ExportWish {
  namespace: string
  source: { kind: 'VirtualMachine' | 'VirtualMachineSnapshot' | 'PersistentVolumeClaim'; name: string }
  name: string
  /** `2h`. */
  ttl?: string
}

const exportGroups = {
  VirtualMachine: 'kubevirt.io',
  VirtualMachineSnapshot: 'snapshot.kubevirt.io',
  PersistentVolumeClaim: '',
} as const

export function newExport({ namespace, source, name, ttl }: ExportWish): KubeObject & { spec: object } {
  return {
    apiVersion: 'export.kubevirt.io/v1',
    kind: 'VirtualMachineExport',
    metadata: { name, namespace },
    spec: { source: { apiGroup: exportGroups[source.kind], ...source }, ...defined('ttlDuration', ttl) },
  }
}

export interface PolicyWish {
  namespace: string
  name: string
  labels: Readonly<Record<string, string>>
  when: { schedule: string } | { every: string }
  window?: { start: string; end: string; timeZone?: string }
  keepCount?: number
  keepDays?: number
  suspend: boolean
}

export function newPolicy(wish: PolicyWish): SnapshotPolicyObject {
  const { namespace, name, labels, when, window, keepCount, keepDays, suspend } = wish
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'SnapshotPolicy',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { ...labels } },
      ...when,
      ...(window === undefined ? {} : { window }),
      keep: { ...defined('count', keepCount), ...defined('days', keepDays) },
      ...(suspend ? { suspend } : {}),
    },
  }
}

function defined<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  // A computed key widens to an index signature; there is only this one.
  return (value === undefined || value === '' ? {} : { [key]: value }) as { [K in Key]?: Value }
}
