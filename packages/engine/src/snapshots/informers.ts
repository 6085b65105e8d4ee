/** The kinds of snapshots that controllers watch. */

import {
  virtualMachineClones,
  virtualMachineRestores,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  volumeSnapshotClasses,
  volumeSnapshotContents,
  volumeSnapshots,
  type VirtualMachineClone,
  type VirtualMachineRestore,
  type VirtualMachineSnapshot,
  type VirtualMachineSnapshotContent,
  type VolumeSnapshot,
  type VolumeSnapshotClass,
  type VolumeSnapshotContent,
} from '@berth/api'
import type { Clock, Logger } from '@berth/base'
import { createInformer, type Client, type Informer } from '@berth/kube'

/** Indexes by `namespace/name` of what an object is of: a machine, a snapshot, a claim. */
export const bySource = 'bySource'
/** And by the machine that it is for. */
export const byTarget = 'byTarget'

export interface SnapshotInformers {
  machineSnapshots: Informer<VirtualMachineSnapshot>
  machineSnapshotContents: Informer<VirtualMachineSnapshotContent>
  restores: Informer<VirtualMachineRestore>
  clones: Informer<VirtualMachineClone>
  volumeSnapshots: Informer<VolumeSnapshot>
  volumeSnapshotContents: Informer<VolumeSnapshotContent>
  volumeSnapshotClasses: Informer<VolumeSnapshotClass>
}

export function snapshotInformers(client: Client, runtime: { logger: Logger; clock: Clock }): SnapshotInformers {
  return {
    machineSnapshots: createInformer({
      client,
      resource: virtualMachineSnapshots,
      indexes: { [bySource]: ({ metadata, spec }) => [key(metadata.namespace, spec.source.name)] },
      ...runtime,
    }),
    machineSnapshotContents: createInformer({
      client,
      resource: virtualMachineSnapshotContents,
      indexes: { [bySource]: ({ metadata, spec }) => [key(metadata.namespace, spec.virtualMachineSnapshotName)] },
      ...runtime,
    }),
    restores: createInformer({
      client,
      resource: virtualMachineRestores,
      indexes: {
        [bySource]: ({ metadata, spec }) => [key(metadata.namespace, spec.virtualMachineSnapshotName)],
        [byTarget]: ({ metadata, spec }) => [key(metadata.namespace, spec.target.name)],
      },
      ...runtime,
    }),
    clones: createInformer({
      client,
      resource: virtualMachineClones,
      indexes: {
        [bySource]: ({ metadata, spec }) => [key(metadata.namespace, spec.source.name)],
        [byTarget]: ({ metadata, status }) => [key(metadata.namespace, status?.targetName)],
      },
      ...runtime,
    }),
    volumeSnapshots: createInformer({
      client,
      resource: volumeSnapshots,
      indexes: {
        [bySource]: ({ metadata, spec }) => [key(metadata.namespace, spec.source.persistentVolumeClaimName)],
      },
      ...runtime,
    }),
    volumeSnapshotContents: createInformer({ client, resource: volumeSnapshotContents, ...runtime }),
    volumeSnapshotClasses: createInformer({ client, resource: volumeSnapshotClasses, ...runtime }),
  }
}

function key(namespace: string | undefined, name: string | undefined): string {
  return `${namespace ?? ''}/${name ?? ''}`
}
