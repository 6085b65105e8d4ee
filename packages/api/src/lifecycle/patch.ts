/** What a lifecycle request changes: JSON patches that begin with a test, so that two requests at once cannot both win. */

import type { Json, JsonPatchOperation } from '@berth/meta'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { RunStrategy, StateChangeRequest, VirtualMachine } from '../types/machine.ts'

export interface PlannedPatch {
  /** `machine-status` goes to the status subresource. */
  target: 'machine' | 'machine-status' | 'instance'
  operations: JsonPatchOperation[]
}

/** Switches the strategy, in whichever of the two fields the machine uses. */
export function strategyPatch(
  machine: VirtualMachine,
  strategy: Extract<RunStrategy, 'Always' | 'Halted'>,
): PlannedPatch {
  const { runStrategy, running } = machine.spec
  const operations: JsonPatchOperation[] =
    runStrategy === undefined && running !== undefined
      ? change('/spec/running', running, strategy === 'Always')
      : change('/spec/runStrategy', runStrategy ?? null, strategy)
  return { target: 'machine', operations }
}

/** Sets the queue of requests, and forgets failed starts where the machine is to start. */
export function requestsPatch(machine: VirtualMachine, requests: StateChangeRequest[]): PlannedPatch {
  const value = requests.map((request) => ({ ...request })) as Json
  const starts = requests.some(({ action }) => action === 'Start')
  const { status } = machine
  if (status === undefined) {
    const operations: JsonPatchOperation[] = [
      { op: 'test', path: '/status', value: null },
      { op: 'add', path: '/status', value: { stateChangeRequests: value } },
    ]
    return { target: 'machine-status', operations }
  }
  const current = status.stateChangeRequests?.map((request) => ({ ...request })) ?? null
  const operations = change('/status/stateChangeRequests', current, value)
  if (starts && status.startFailure !== undefined && status.startFailure !== null) {
    operations.push({ op: 'remove', path: '/status/startFailure' })
  }
  return { target: 'machine-status', operations }
}

export function gracePatch(instance: VirtualMachineInstance, seconds: number): PlannedPatch {
  const current = instance.spec.terminationGracePeriodSeconds ?? null
  return { target: 'instance', operations: change('/spec/terminationGracePeriodSeconds', current, seconds) }
}

function change(path: string, from: Json, to: Json): JsonPatchOperation[] {
  return [
    { op: 'test', path, value: from },
    { op: from === null ? 'add' : 'replace', path, value: to },
  ]
}
