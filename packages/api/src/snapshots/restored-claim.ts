/** The claim that a restore makes of a snapshot of a volume. Source: KubeVirt's restore controller. */

import { compareQuantities, type JsonObject } from '@berth/meta'
import { persistentStateLabel } from '../persistent-state.ts'
import type { PersistentVolumeClaim } from '../types/core.ts'
import type { KeptMachine, VirtualMachineRestore, VolumeBackup } from '../types/snapshot.ts'
import { lastRestoreAnnotation } from './clone.ts'
import { restoreMark } from './restored-machine.ts'

export const restoreNameAnnotation = 'restore.kubevirt.io/name'
/** On a claim that becomes the machine's when there is one: the restore's name. */
export const ownedByMachineAnnotation = 'restore.kubevirt.io/owned-by-vm'
/** On a claim: the DataVolume that takes it as it is. */
export const populatedForAnnotation = 'cdi.kubevirt.io/storage.populatedFor'
/** On a DataVolume: its claim is there already. */
export const prePopulatedAnnotation = 'cdi.kubevirt.io/storage.prePopulated'

/** What says how the claim before was bound and filled. */
const foreign = [
  'pv.kubernetes.io',
  'volume.beta.kubernetes.io',
  'cdi.kubevirt.io',
  'volume.kubernetes.io',
  'k8s.io/CloneRequest',
  'k8s.io/CloneOf',
]
const contentType = 'cdi.kubevirt.io/storage.contentType'

export interface ClaimToRestore {
  name: string
  backup: VolumeBackup
  source: Readonly<KeptMachine>
  /** Quantity; the least that the claim asks for. */
  restoreSize?: string | undefined
}

/** Without an owner, which depends on whether there is a machine already. */
export function restoredClaim(
  restore: Readonly<VirtualMachineRestore>,
  { name, backup, source, restoreSize }: ClaimToRestore,
): PersistentVolumeClaim {
  const { metadata, spec } = backup.persistentVolumeClaim
  const override = restore.spec.volumeRestoreOverrides?.find(({ volumeName }) => volumeName === backup.volumeName)
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key === contentType || !foreign.some((start) => key.startsWith(start)),
  )
  const { [persistentStateLabel]: _, ...labels } = metadata.labels ?? {}
  const dataSource: JsonObject = {
    apiGroup: 'snapshot.storage.k8s.io',
    kind: 'VolumeSnapshot',
    name: backup.volumeSnapshotName ?? '',
  }
  const { accessModes, storageClassName, volumeMode, resources } = spec
  const asked = resources?.requests?.['storage']
  const grows = restoreSize !== undefined && (asked === undefined || compareQuantities(asked, restoreSize) < 0)
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      namespace: restore.metadata.namespace ?? '',
      name,
      labels: {
        ...labels,
        'restore.kubevirt.io/source-vm-name': source.metadata.name ?? '',
        'restore.kubevirt.io/source-vm-namespace': source.metadata.namespace ?? '',
        ...override?.labels,
      },
      annotations: {
        ...Object.fromEntries(annotations),
        [restoreNameAnnotation]: restore.metadata.name ?? '',
        [lastRestoreAnnotation]: restoreMark(restore),
        ...override?.annotations,
      },
    },
    spec: {
      ...(accessModes === undefined ? {} : { accessModes }),
      ...(storageClassName === undefined ? {} : { storageClassName }),
      ...(volumeMode === undefined ? {} : { volumeMode }),
      resources: { ...resources, requests: { ...resources?.requests, ...(grows ? { storage: restoreSize } : {}) } },
      dataSource,
      dataSourceRef: dataSource,
    },
  }
}
