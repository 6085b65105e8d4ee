/** What watches the objects and acts on them, in the order in which it has to begin. */

import { createBackupController } from './backups/backup-controller.ts'
import { createCheckpointController } from './backups/checkpoint-controller.ts'
import { createTrackingController } from './backups/tracking-controller.ts'
import { createPoolController } from './groups/pool-controller.ts'
import { createReplicaSetController } from './groups/replica-set-controller.ts'
import { createInstanceController } from './instances/instance-controller.ts'
import { createMachineController } from './machines/machine-controller.ts'
import { createTaintEvictionController } from './nodes/taint-eviction.ts'
import { instanceOf, type EngineServices } from './services.ts'
import { createSnapshotControllers } from './snapshots/controllers.ts'
import { cleanHost } from './startup-cleaning.ts'
import { createTemplateRequestController } from './templates/request-controller.ts'
import { createTemplateController } from './templates/template-controller.ts'
import { settleMoves } from './volume-updates/settle-moves.ts'
import { createVolumeUpdateController } from './volume-updates/volume-update-controller.ts'
import { createBaseImageController } from './volumes/base-images.ts'
import { createClaimController } from './volumes/claim-controller.ts'
import { createDataVolumeController } from './volumes/data-volume-controller.ts'
import { createImportCronController } from './volumes/import-crons/import-cron-controller.ts'
import { createDataSourceController } from './volumes/sources/data-source-controller.ts'
import { createFillController } from './volumes/sources/fill-controller.ts'
import { Fillings } from './volumes/sources/fillings.ts'
import { createStorageProfileController } from './volumes/storage-profiles.ts'
import { createVolumeController } from './volumes/volume-controller.ts'
import { createEventRecorder, type Controller } from '@berth/kube'

/** Steps that take things apart again, last one first. */
export type Undo = (() => Promise<void> | void)[]

/** Resolves when all have what there is. */
export async function startInformers(services: EngineServices, undo: Undo): Promise<void> {
  const informers = Object.values(services.informers)
  undo.push(async () => {
    await Promise.all(informers.map((informer) => informer.stop()))
  })
  await Promise.all(informers.map((informer) => informer.start()))
}

export async function startControllers(services: EngineServices, undo: Undo): Promise<void> {
  const { client, clock, random, logger, driver, informers } = services
  const recorder = (component: string) => createEventRecorder({ client, component, clock, random, logger })
  const controllerEvents = recorder('virtualmachine-controller')
  const taintEvents = recorder('taint-eviction-controller')
  const instances = createInstanceController(services, {
    controller: controllerEvents,
    handler: services.handlerEvents,
  })
  await settleMoves(services)
  await cleanHost(services)
  const claims = createClaimController(services)
  const snapshots = createSnapshotControllers(services, recorder)
  const fillings = new Fillings(services)
  const controllers: Controller[] = [
    instances,
    createMachineController(services, controllerEvents),
    createReplicaSetController(services, controllerEvents),
    createPoolController(services, controllerEvents),
    claims,
    createVolumeController(services),
    createStorageProfileController(services),
    createFillController(services, { fillings, claims }),
    createDataVolumeController(services, fillings),
    createDataSourceController(services),
    createImportCronController(services),
    createBaseImageController(services),
    createTaintEvictionController(services, taintEvents),
    createTemplateController(services),
    createTemplateRequestController(services),
    ...snapshots.controllers,
    createTrackingController(services),
    createCheckpointController(services),
    createBackupController(services),
    createVolumeUpdateController(services, controllerEvents),
  ]
  const unsubscribe = driver.on((event) => {
    const instance = instanceOf(informers, event.id)
    if (instance === undefined) return
    if (event.type === 'companion')
      services.handlerEvents.record(instance, { type: 'Warning', reason: 'HelperEnded', message: event.message })
    else instances.enqueue(`${instance.metadata.namespace ?? ''}/${instance.metadata.name ?? ''}`)
  })
  undo.push(async () => {
    unsubscribe()
    await Promise.all(controllers.map((controller) => controller.stop()))
    await Promise.all([
      controllerEvents.flush(),
      taintEvents.flush(),
      ...snapshots.recorders.map((events) => events.flush()),
      services.handlerEvents.flush(),
      services.events.flush(),
    ])
  })
  for (const controller of controllers) controller.start()
}
