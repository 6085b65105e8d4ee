/** The controllers of snapshots, with where their events come from. */

import type { Controller, EventRecorder } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { createCloneController } from './clone-controller.ts'
import { createMachineSnapshotContentController } from './machine-snapshot-content-controller.ts'
import { createMachineSnapshotController } from './machine-snapshot-controller.ts'
import { createRestoreController } from './restore-controller.ts'
import { createVolumeSnapshotContentController, createVolumeSnapshotController } from './volume-snapshot-controller.ts'

/** @param record makes what records events of a component, named as KubeVirt names it */
export function createSnapshotControllers(
  services: EngineServices,
  record: (component: string) => EventRecorder,
): { controllers: Controller[]; recorders: EventRecorder[] } {
  const snapshots = record('snapshot-controller')
  const restores = record('restore-controller')
  const clones = record('clone-controller')
  return {
    recorders: [snapshots, restores, clones],
    controllers: [
      createVolumeSnapshotController(services),
      createVolumeSnapshotContentController(services),
      createMachineSnapshotController(services, snapshots),
      createMachineSnapshotContentController(services, snapshots),
      createRestoreController(services, restores),
      createCloneController(services, clones),
    ],
  }
}
