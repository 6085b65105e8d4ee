/** `status.stateChangeRequests`: starts and stops that were asked for and not done yet. */

import type { VirtualMachineInstance } from '../types/instance.ts'
import type { StateChangeRequest, VirtualMachine } from '../types/machine.ts'
import { isFinal } from './phase.ts'

/** Requests without those that are done or can never be: what the list should be now. */
export function pendingRequests(
  requests: readonly StateChangeRequest[] | undefined,
  instance: VirtualMachineInstance | undefined,
): StateChangeRequest[] {
  const rest = [...(requests ?? [])]
  while (rest[0] !== undefined && isDone(rest[0], instance)) rest.shift()
  return rest
}

/** The only request that is acted on. */
export function firstRequest(
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
): StateChangeRequest | undefined {
  return pendingRequests(machine.status?.stateChangeRequests, instance)[0]
}

function isDone(request: StateChangeRequest, instance: VirtualMachineInstance | undefined): boolean {
  if (request.action === 'Stop') {
    return instance === undefined || request.uid === undefined || request.uid !== instance.metadata.uid
  }
  return instance !== undefined && instance.metadata.deletionTimestamp === undefined && !isFinal(instance)
}
