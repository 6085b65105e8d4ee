/** Looks machines up, with failures that say what to do. */

import { unlessMissing, type KubeObject, type Resource } from '@berth/meta'
import type { VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { type Client } from '@berth/kube'
import { CliError } from '../failure.ts'
import { standaloneMachine, virtualMachineInstances, virtualMachines } from '@berth/api'
import { type MachineTarget } from './target.ts'

/** @throws {CliError} NotFound */
export async function getMachine(client: Client, target: MachineTarget): Promise<VirtualMachine> {
  const machine = await getOrNothing(client, virtualMachines, target)
  if (machine !== undefined) return machine
  if ((await findInstance(client, target)) === undefined) throw noSuchMachine(target)
  const { namespace, name } = target
  throw new CliError('NotFound', `"${name}" in namespace "${namespace}" is an instance without a VM`, {
    remedy: `It runs until its guest ends; end it with \`kubectl delete vmi ${name} -n ${namespace}\`.`,
  })
}

/**
 * The machine, or an instance that has none, seen as one.
 * @throws {CliError} NotFound
 */
export async function getMachineOrInstance(
  client: Client,
  target: MachineTarget,
): Promise<{ machine: VirtualMachine; instance: VirtualMachineInstance | undefined; standalone: boolean }> {
  const [machine, instance] = await Promise.all([
    getOrNothing(client, virtualMachines, target),
    findInstance(client, target),
  ])
  if (machine !== undefined) return { machine, instance, standalone: false }
  if (instance === undefined) throw noSuchMachine(target)
  return { machine: standaloneMachine(instance), instance, standalone: true }
}

export function noSuchMachine(target: MachineTarget): CliError {
  return new CliError('NotFound', `there is no VM "${target.name}" in namespace "${target.namespace}"`, {
    remedy: 'See what there is with `berth vm list -A`.',
  })
}

/** The running side of a machine; undefined when it does not run. */
export function findInstance(client: Client, target: MachineTarget): Promise<VirtualMachineInstance | undefined> {
  return getOrNothing(client, virtualMachineInstances, target)
}

/** @throws {CliError} NotFound when there is no such VM, Refused when it does not run */
export async function getInstance(client: Client, target: MachineTarget): Promise<VirtualMachineInstance> {
  const instance = await findInstance(client, target)
  if (instance !== undefined) return instance
  const machine = await getMachine(client, target)
  throw new CliError('Refused', `VM "${target.name}" does not run: it is ${machine.status?.printableStatus ?? 'new'}`, {
    remedy: `Start it with \`berth vm start ${target.name}\`.`,
  })
}

export function getOrNothing<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  target: { namespace?: string; name: string },
): Promise<T | undefined> {
  return unlessMissing(client.get(resource, target))
}
