/** A machine's status, worked out whole at every sync. Pure. */

import {
  isFinal,
  machineConditions,
  nextStartFailure,
  pendingRequests,
  printableStatus,
  strategyOf,
  withVolumeUpdate,
  annotations,
  type DataVolume,
  type PersistentVolumeClaim,
  type StateChangeRequest,
  type VirtualMachine,
  type VirtualMachineInstance,
  type VirtualMachineStatus,
  type VolumeSnapshotAbility,
} from '@berth/api'
import { deepEqual, isConditionTrue, removeCondition, setCondition } from '@berth/meta'

/** What this sync did. */
export interface Outcome {
  justCreated?: boolean
  justDeleted?: boolean
  /** The deleted instance is to be replaced by a new one. */
  addStart?: boolean
  failure?: { reason: string; message: string }
  restartRequired?: string | undefined
}

export interface StatusInput {
  machine: Readonly<VirtualMachine>
  instance: Readonly<VirtualMachineInstance> | undefined
  outcome: Outcome
  dataVolumes: readonly Readonly<DataVolume>[]
  claims: readonly Readonly<PersistentVolumeClaim>[]
  now: Date
  random: number
  /** Of which of its volumes snapshots can be taken. */
  volumeSnapshots: VolumeSnapshotAbility[]
}

/** The very object of `machine.status` when nothing changed. */
export function machineStatus(input: StatusInput): VirtualMachineStatus | undefined {
  const { machine, instance, outcome, now } = input
  const before = machine.status ?? {}
  const strategy = strategyOf(machine.spec)
  const startFailure = nextStartFailure({ current: before.startFailure, strategy, instance, now, random: input.random })
  const stateChangeRequests = requestsAfter(input)
  let status: VirtualMachineStatus = {
    ...before,
    created: instance !== undefined,
    ready: isConditionTrue(instance?.status?.conditions, 'Ready'),
    conditions: conditionsAfter(input),
  }
  // Empty until the machine has been started once.
  if (instance !== undefined || before.runStrategy !== undefined) status.runStrategy = strategy
  if (instance !== undefined) {
    const generation = machine.metadata.generation ?? 1
    status.desiredGeneration = generation
    status.observedGeneration = Number(instance.metadata.annotations?.[annotations.vmGeneration] ?? generation)
  }
  put(status, 'startFailure', startFailure)
  put(status, 'stateChangeRequests', stateChangeRequests.length === 0 ? undefined : stateChangeRequests)
  status.volumeSnapshotStatuses = input.volumeSnapshots
  status = withVolumeUpdate(status, { machine, instance, now })
  status.printableStatus = printableStatus({
    machine: { ...machine, status },
    instance,
    dataVolumes: input.dataVolumes,
    claims: input.claims,
    ...(outcome.justCreated === undefined ? {} : { justCreated: outcome.justCreated }),
    ...(outcome.justDeleted === undefined ? {} : { justDeleted: outcome.justDeleted }),
  })
  return deepEqual(status, machine.status) ? machine.status : status
}

function requestsAfter({ machine, instance, outcome }: StatusInput): StateChangeRequest[] {
  const requests = pendingRequests(machine.status?.stateChangeRequests, instance)
  const wanted = outcome.addStart === true && !requests.some((request) => request.action === 'Start')
  return wanted ? [...requests, { action: 'Start' }] : requests
}

function conditionsAfter({ machine, instance, outcome, now }: StatusInput): VirtualMachineStatus['conditions'] {
  const conditions = machineConditions({ machine, instance, failure: outcome.failure, now })
  if (outcome.restartRequired !== undefined && instance !== undefined && !isFinal(instance)) {
    return [
      ...setCondition(conditions, { type: 'RestartRequired', status: 'True', message: outcome.restartRequired }, now),
    ]
  }
  return [...removeCondition(conditions, 'RestartRequired')]
}

function put<K extends keyof VirtualMachineStatus>(
  status: VirtualMachineStatus,
  key: K,
  value: VirtualMachineStatus[K] | undefined,
): void {
  if (value === undefined) delete status[key]
  else status[key] = value
}
