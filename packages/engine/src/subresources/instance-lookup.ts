/** Finds the objects and the machine behind a subresource request. */

import {
  instanceNotFound,
  machineNotFound,
  type VirtualMachine,
  type VirtualMachineInstance,
  virtualMachineInstances,
  virtualMachines,
} from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import { badRequest, unlessMissing } from '@berth/meta'
import type { SubresourceRequest } from '@berth/apiserver'
import type { EngineServices } from '../services.ts'

type Named = Pick<SubresourceRequest, 'namespace' | 'name'>

/** Read from the server, not from a cache: an answer must hold for what the client just wrote. */
export async function findInstance(services: EngineServices, request: Named): Promise<VirtualMachineInstance> {
  const instance = await findInstanceIfAny(services, request)
  if (instance === undefined) throw instanceNotFound(request.name)
  return instance
}

export async function findInstanceIfAny(
  services: EngineServices,
  request: Named,
): Promise<VirtualMachineInstance | undefined> {
  return unlessMissing(services.client.get(virtualMachineInstances, targetOf(request)))
}

export async function findMachine(services: EngineServices, request: Named): Promise<VirtualMachine> {
  const machine = await unlessMissing(services.client.get(virtualMachines, targetOf(request)))
  if (machine === undefined) throw machineNotFound(request.name)
  return machine
}

export async function findMachineIfAny(services: EngineServices, request: Named): Promise<VirtualMachine | undefined> {
  return unlessMissing(services.client.get(virtualMachines, targetOf(request)))
}

export function targetOf(request: Named): { namespace: string; name: string } {
  return { namespace: request.namespace ?? '', name: request.name }
}

/** The machine of an instance that the API says is running; 400 in the moment before the driver knows better. */
export function runningDomain(services: EngineServices, instance: VirtualMachineInstance): Domain {
  const domain = services.driver.get(instance.metadata.uid ?? '')
  if (domain === undefined || domain.status.state === 'stopped') throw badRequest('VMI is not running')
  return domain
}
