/** How lifecycle requests are refused, in KubeVirt's words: its errors name kinds in the singular. */

import { conflict, notFound, StatusError } from '@berth/meta'
import { singularTargets } from '../resources.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'

const { virtualMachine, virtualMachineInstance } = singularTargets

/** 404 of a subresource request on a machine that is not there. */
export function machineNotFound(name: string): StatusError {
  return notFound(virtualMachine, name)
}

/** 404 of a subresource request on an instance that is not there. */
export function instanceNotFound(name: string): StatusError {
  return notFound(virtualMachineInstance, name)
}

export function machineConflict(machine: VirtualMachine, why: string): StatusError {
  return conflict(virtualMachine, machine.metadata.name ?? '', why)
}

export function instanceConflict(instance: VirtualMachineInstance, why: string): StatusError {
  return conflict(virtualMachineInstance, instance.metadata.name ?? '', why)
}

/** 403, as KubeVirt words it. */
export function instanceForbidden(instance: VirtualMachineInstance, why: string): StatusError {
  const { group, resource } = virtualMachineInstance
  const name = instance.metadata.name ?? ''
  return new StatusError('Forbidden', `${resource}.${group} "${name}" is forbidden: ${why}`, {
    details: { name, group, kind: resource },
  })
}

export function internalError(why: string): StatusError {
  return new StatusError('InternalError', `Internal error occurred: ${why}`)
}
