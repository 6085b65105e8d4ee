/** The controller of ImageBuild. */

import { randomBytes } from 'node:crypto'
import { dataVolumes, imageBuildAnnotation, imageBuildLabel, imageBuilds, virtualMachineInstances } from '@berth/api'
import { createController, createEventRecorder, createInformer, keyFor } from '@berth/kube'
import type { KubeObject } from '@berth/meta'
import type { ControllerDefinition, ControllerParts, RunningController } from '../controller.ts'
import { reconcileBuild } from './reconcile.ts'

const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

export const imageBuildController: ControllerDefinition = {
  name: 'image-builds',
  summary: 'makes golden images by machines that set them up, and publishes them as versions',
  rights: [
    { apiGroups: ['berth.dev'], resources: ['imagebuilds'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['berth.dev'], resources: ['imagebuilds/status'], verbs: ['update', 'patch'] },
    { apiGroups: ['cdi.kubevirt.io'], resources: ['datavolumes', 'datasources'], verbs: all },
    { apiGroups: ['cdi.kubevirt.io'], resources: ['datavolumes/source'], verbs: ['create'] },
    { apiGroups: ['kubevirt.io'], resources: ['virtualmachineinstances'], verbs: all },
    { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['get', 'create', 'patch', 'delete'] },
    { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ],
  start,
}

function start(parts: ControllerParts): RunningController {
  const { client, clock, random, logger, namespace } = parts
  const scope = { client, clock, random, logger, ...(namespace === undefined ? {} : { namespace }) }
  const builds = createInformer({ ...scope, resource: imageBuilds })
  const disks = createInformer({ ...scope, resource: dataVolumes, labelSelector: imageBuildLabel })
  const machines = createInformer({ ...scope, resource: virtualMachineInstances, labelSelector: imageBuildLabel })
  const events = createEventRecorder({ client, component: 'image-build-controller', clock, random, logger })
  const world = { client, clock, events, newToken: () => randomBytes(16).toString('hex') }
  const controller = createController({
    name: 'image-builds',
    clock,
    random,
    logger,
    watches: [{ informer: builds }, { informer: disks, keys: buildOf }, { informer: machines, keys: buildOf }],
    reconcile: (key) => reconcileBuild(world, key),
  })
  controller.start()
  const listed = async (): Promise<void> => {
    await Promise.all([builds.start(), disks.start(), machines.start()])
  }
  return {
    ready: listed(),
    async stop() {
      await Promise.all([controller.stop(), builds.stop(), disks.stop(), machines.stop()])
      await events.flush()
    },
  }
}

function buildOf({ metadata }: KubeObject): string[] {
  const key = metadata.annotations?.[imageBuildAnnotation]
  if (key !== undefined) return [key]
  const name = metadata.labels?.[imageBuildLabel]
  return name === undefined ? [] : [keyFor(metadata.namespace, name)]
}
