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
    machineSnapshots: createInformer({ client, resource: virtualMachineSnapshots, ...runtime }),
    machineSnapshotContents: createInformer({ client, resource: virtualMachineSnapshotContents, ...runtime }),
    restores: createInformer({ client, resource: virtualMachineRestores, ...runtime }),
    clones: createInformer({ client, resource: virtualMachineClones, ...runtime }),
    volumeSnapshots: createInformer({ client, resource: volumeSnapshots, ...runtime }),
    volumeSnapshotContents: createInformer({ client, resource: volumeSnapshotContents, ...runtime }),
    volumeSnapshotClasses: createInformer({ client, resource: volumeSnapshotClasses, ...runtime }),
  }
}
