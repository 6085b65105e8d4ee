/** `migrate` and `evacuate/cancel`: moving machines away, as far as this engine does that. */

import { checkMigrate, requireInstance, virtualMachineInstances, type VirtualMachineInstance } from '@berth/api'
import { badRequest, StatusError } from '@berth/meta'
import { nodes } from '@berth/kube'
import type { Subresource, SubresourceAnswer, SubresourceRequest } from '@berth/apiserver'
import type { EngineServices } from '../services.ts'
import { bodyOf, isDryRun } from './action-body.ts'
import { findInstance, findInstanceIfAny, findMachine, targetOf } from './instance-lookup.ts'

const done: SubresourceAnswer = { kind: 'empty', code: 200 }

export function migrateSubresource(services: () => EngineServices): Subresource {
  return {
    methods: ['PUT'],
    async handle(request) {
      bodyOf(request, ['addedNodeSelector'])
      const machine = await findMachine(services(), request)
      const instance = await findInstanceIfAny(services(), request)
      checkMigrate(machine, instance)
      // Nothing passes the check as long as no machine says it can be migrated.
      throw new StatusError('MethodNotAllowed', 'the embedded engine does not migrate machines between its nodes')
    },
  }
}

/** Takes back the wish that a machine leaves its node. */
export function evacuateSubresource(services: () => EngineServices, of: 'machine' | 'instance'): Subresource {
  return {
    methods: ['PUT'],
    async handle(request) {
      if (request.rest.join('/') !== 'cancel')
        throw new StatusError('NotFound', 'the server could not find the requested resource')
      const body = bodyOf(request, ['evacuationNodeName'])
      const instance = await instanceFor(services(), request, of)
      await refuseWhileDrained(services(), instance)
      const marked = instance.status?.evacuationNodeName
      if (marked === undefined || marked === '') return done
      if ((body['evacuationNodeName'] ?? '') !== marked)
        throw new StatusError(
          'InternalError',
          `Internal error occurred: the VMI is marked for evacuation of node "${marked}"; evacuationNodeName has to name it`,
        )
      if (isDryRun(request, body)) return done
      const path = '/status/evacuationNodeName'
      await services().client.patch(virtualMachineInstances, targetOf(request), {
        type: 'json',
        patch: [
          { op: 'test', path, value: marked },
          { op: 'remove', path },
        ],
      })
      return done
    },
  }
}

async function instanceFor(
  services: EngineServices,
  request: SubresourceRequest,
  of: 'machine' | 'instance',
): Promise<VirtualMachineInstance> {
  if (of === 'instance') return findInstance(services, request)
  const machine = await findMachine(services, request)
  return requireInstance(machine, await findInstanceIfAny(services, request))
}

/** A node that carries the drain taint is being emptied for good. */
async function refuseWhileDrained(services: EngineServices, { status }: VirtualMachineInstance): Promise<void> {
  const marked = status?.evacuationNodeName ?? ''
  const name = marked === '' ? (status?.nodeName ?? '') : marked
  if (name === '') return
  const key = services.configuration.get().migrations.nodeDrainTaintKey
  const node = await services.client.get(nodes, { name })
  if ((node.spec?.taints ?? []).some((taint) => taint.key === key && taint.effect === 'NoSchedule'))
    throw badRequest(`Node "${name}" has NodeDrainTaintKey "${key}:NoSchedule"`)
}
