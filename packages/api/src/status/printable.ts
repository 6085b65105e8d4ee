/** `status.printableStatus`: the first line of a table that matches, worked out afresh at every sync. Source: KubeVirt's vm controller. */

import { getCondition, isConditionTrue, type Condition, type KubeObject } from '@berth/meta'
import type { DataVolume } from '../types/data-volume.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { PrintableStatus, VirtualMachine } from '../types/machine.ts'
import { claimNames, ownDataVolumeNames } from '../volumes.ts'
import { isFinal } from './phase.ts'
import { isSetToStart, strategyOf } from './run-strategy.ts'

export interface PrintableInput {
  machine: VirtualMachine
  instance: VirtualMachineInstance | undefined
  /** DataVolumes of the machine's namespace; only its own are looked at. */
  dataVolumes: readonly DataVolume[]
  /** Claims of the machine's namespace. */
  claims: readonly (KubeObject & { status?: { phase?: string } })[]
  /** Written in this very sync, not seen by the caches yet. */
  justCreated?: boolean
  justDeleted?: boolean
}

/** First match wins. */
export const printableRules: readonly { status: PrintableStatus; matches: (input: PrintableInput) => boolean }[] = [
  { status: 'Terminating', matches: ({ machine }) => machine.metadata.deletionTimestamp !== undefined },
  {
    status: 'Stopping',
    matches: ({ instance, justDeleted }) =>
      isLive(instance) && (instance.metadata.deletionTimestamp !== undefined || justDeleted === true),
  },
  { status: 'Migrating', matches: ({ instance }) => isMigrating(instance) },
  {
    status: 'Paused',
    matches: ({ instance }) => isRunning(instance) && isConditionTrue(instance?.status?.conditions, 'Paused'),
  },
  { status: 'Running', matches: ({ instance }) => isRunning(instance) },
  { status: 'ErrorPvcNotFound', matches: syncFailedWith('FailedPvcNotFound') },
  { status: 'DataVolumeError', matches: (input) => templatedVolumes(input).some(hasFailed) },
  {
    status: 'ErrorUnschedulable',
    matches: ({ instance }) => isFalseWith(instance, 'PodScheduled', 'Unschedulable'),
  },
  { status: 'Provisioning', matches: isProvisioning },
  {
    status: 'WaitingForVolumeBinding',
    matches: (input) => isSetToStart(input.machine, input.instance) && hasUnboundClaim(input),
  },
  { status: 'ErrImagePull', matches: syncFailedWith('ErrImagePull') },
  { status: 'ImagePullBackOff', matches: syncFailedWith('ImagePullBackOff') },
  { status: 'Starting', matches: isStarting },
  { status: 'CrashLoopBackOff', matches: isCrashLooping },
  {
    status: 'Stopped',
    matches: ({ machine, instance }) =>
      instance === undefined
        ? !isSetToStart(machine, undefined) && strategyOf(machine.spec) !== 'WaitAsReceiver'
        : isFinal(instance),
  },
  {
    status: 'WaitingForReceiver',
    matches: ({ machine, instance }) =>
      strategyOf(machine.spec) === 'WaitAsReceiver' &&
      (instance === undefined || instance.status?.phase === 'WaitingForSync'),
  },
]

/** What people see of a machine; `Unknown` when nothing in the table matches. */
export function printableStatus(input: PrintableInput): PrintableStatus {
  return printableRules.find((rule) => rule.matches(input))?.status ?? 'Unknown'
}

function isLive(instance: VirtualMachineInstance | undefined): instance is VirtualMachineInstance {
  return instance !== undefined && !isFinal(instance)
}

function isRunning(instance: VirtualMachineInstance | undefined): boolean {
  return instance?.status?.phase === 'Running'
}

function isMigrating(instance: VirtualMachineInstance | undefined): boolean {
  const migration = instance?.status?.migrationState
  return isSet(migration?.startTimestamp) && !isSet(migration?.endTimestamp)
}

function isSet(time: string | null | undefined): boolean {
  return time !== undefined && time !== null
}

function isFalseWith(instance: VirtualMachineInstance | undefined, type: string, reason: string): boolean {
  const condition = getCondition(instance?.status?.conditions, type)
  return condition?.status === 'False' && condition.reason === reason
}

function syncFailedWith(reason: string): (input: PrintableInput) => boolean {
  return ({ instance }) => isFalseWith(instance, 'Synchronized', reason)
}

function templatedVolumes({ machine, dataVolumes }: PrintableInput): DataVolume[] {
  const own = new Set(ownDataVolumeNames(machine))
  return dataVolumes.filter((volume) => own.has(volume.metadata.name ?? ''))
}

function hasFailed(volume: DataVolume): boolean {
  if (volume.status?.phase === 'Failed') return true
  const running: Condition | undefined = getCondition(volume.status?.conditions, 'Running')
  return running?.status === 'False' && (running.reason === 'Error' || running.reason === 'ImagePullFailed')
}

function isProvisioning(input: PrintableInput): boolean {
  return templatedVolumes(input).some((volume) => {
    const phase = volume.status?.phase
    if (phase === 'Succeeded' || phase === 'PendingPopulation') return false
    return isConditionTrue(volume.status?.conditions, 'Bound') || phase !== 'WaitForFirstConsumer'
  })
}

function hasUnboundClaim({ machine, claims }: PrintableInput): boolean {
  const wanted = new Set(claimNames(machine.spec.template.spec))
  return claims.some((claim) => wanted.has(claim.metadata.name ?? '') && claim.status?.phase !== 'Bound')
}

function isStarting({ instance, justCreated, machine }: PrintableInput): boolean {
  if (instance !== undefined) {
    const phase = instance.status?.phase
    return phase === undefined || phase === 'Pending' || phase === 'Scheduling' || phase === 'Scheduled'
  }
  if (justCreated === true) return true
  // A start that the controller has not got to yet is a start all the same, unless it waits for a back-off.
  return isSetToStart(machine, undefined) && !failsToStart(machine)
}

function failsToStart(machine: VirtualMachine): boolean {
  return (machine.status?.startFailure?.consecutiveFailCount ?? 0) > 0
}

function isCrashLooping({ machine, instance }: PrintableInput): boolean {
  const strategy = strategyOf(machine.spec)
  return (
    !isLive(instance) &&
    failsToStart(machine) &&
    (strategy === 'Always' || strategy === 'RerunOnFailure' || strategy === 'Once')
  )
}
