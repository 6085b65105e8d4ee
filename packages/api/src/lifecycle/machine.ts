/** start, stop and restart of a VirtualMachine: what each changes, and when it is refused. Source: KubeVirt's subresource API. */

import { badRequest, getCondition, isConditionTrue } from '@berth/meta'
import { isFinal } from '../status/phase.ts'
import { strategyOf } from '../status/run-strategy.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { StateChangeRequest, VirtualMachine } from '../types/machine.ts'
import { gracePatch, requestsPatch, strategyPatch, type PlannedPatch } from './patch.ts'
import { internalError, machineConflict } from './refusals.ts'

/** Grace of a machine that does not say. */
export const defaultGraceSeconds = 30

/** What a failed migration of volumes leaves to a person. */
const needsRecovery =
  'VM recovery required: Volume migration failed, leaving some volumes pointing to non-consistent targets; manual intervention is needed to reassign them to their original volumes.'

export interface StartOptions {
  /** Start with the processors stopped. */
  paused?: boolean
}

/** @throws StatusError with KubeVirt's code and words when the machine cannot be started */
export function planStart(
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  options: StartOptions = {},
): PlannedPatch[] {
  const phase = instance?.status?.phase
  if (instance !== undefined && !isFinal(instance) && phase !== undefined && phase !== 'Unknown') {
    throw machineConflict(machine, 'VM is already running')
  }
  if (isConditionTrue(machine.status?.conditions, 'ManualRecoveryRequired')) {
    throw machineConflict(machine, needsRecovery)
  }
  const strategy = strategyOf(machine.spec)
  const start: StateChangeRequest = {
    action: 'Start',
    ...(options.paused === true ? { data: { paused: 'true' } } : {}),
  }
  if (strategy === 'Halted') {
    return options.paused === true ? [queue(machine, [start])] : [strategyPatch(machine, 'Always')]
  }
  if (strategy !== 'Manual' && strategy !== 'RerunOnFailure') {
    throw machineConflict(machine, `${strategy} does not support manual start requests`)
  }
  if (strategy === 'RerunOnFailure' && phase === 'Failed') {
    throw machineConflict(machine, 'RerunOnFailure does not support starting VM from failed state')
  }
  return [queue(machine, afterStop(instance, start))]
}

export interface StopOptions {
  /** Seconds the guest gets to shut down; 0 ends it at once. */
  gracePeriod?: number
}

/** @throws StatusError with KubeVirt's code and words when the machine cannot be stopped */
export function planStop(
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  options: StopOptions = {},
): PlannedPatch[] {
  const { gracePeriod } = options
  if (gracePeriod !== undefined) requireSeconds(gracePeriod)
  const live = instance !== undefined && !isFinal(instance) ? instance : undefined
  const grace = live === undefined || gracePeriod === undefined ? [] : [gracePatch(live, gracePeriod)]
  const strategy = strategyOf(machine.spec)
  if (strategy === 'Always' || strategy === 'Once' || strategy === 'WaitAsReceiver') {
    return [...grace, strategyPatch(machine, 'Halted')]
  }
  if (live === undefined) throw machineConflict(machine, 'VM is not running')
  const current = live.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds
  if (strategy === 'Halted' && (gracePeriod === undefined || gracePeriod >= current)) {
    throw machineConflict(machine, 'Halted only supports manual stop requests with a shorter graceperiod')
  }
  return [...grace, requestsPatch(machine, [stopOf(live)])]
}

export interface RestartOptions {
  /** Only 0 (at once, not asking the guest) can be given. */
  gracePeriodSeconds?: number
}

/** Grace of a forced restart: KubeVirt gives its launcher one second, not none. */
const forcedGraceSeconds = 1

/** @throws StatusError with KubeVirt's code and words when the machine cannot be restarted */
export function planRestart(
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  options: RestartOptions = {},
): PlannedPatch[] {
  const { gracePeriodSeconds } = options
  if (gracePeriodSeconds !== undefined) {
    requireSeconds(gracePeriodSeconds)
    if (gracePeriodSeconds > 0) throw badRequest('For force restart, only gracePeriod=0 is supported for now')
  }
  if (isConditionTrue(machine.status?.conditions, 'ManualRecoveryRequired'))
    throw machineConflict(machine, needsRecovery)
  const strategy = strategyOf(machine.spec)
  if (strategy === 'Halted' || strategy === 'Once') {
    throw machineConflict(machine, `RunStategy ${strategy} does not support manual restart requests`)
  }
  if (instance === undefined) throw machineConflict(machine, 'VM is not running: Halted')
  const patches = [queue(machine, [stopOf(instance), { action: 'Start' }])]
  return gracePeriodSeconds === 0 ? [gracePatch(instance, forcedGraceSeconds), ...patches] : patches
}

/** @throws StatusError 409 when nothing runs, or 500 as KubeVirt's refusal of the migration it would make */
export function checkMigrate(machine: VirtualMachine, instance: VirtualMachineInstance | undefined): void {
  if (instance?.status?.phase !== 'Running') throw machineConflict(machine, 'VM is not running')
  const migratable = getCondition(instance.status.conditions, 'LiveMigratable')
  if (migratable?.status !== 'False') return
  const { reason = '', message = '' } = migratable
  throw internalError(
    `admission webhook "migration-create-validator.kubevirt.io" denied the request: Cannot migrate VMI, Reason: ${reason}, Message: ${message}`,
  )
}

function stopOf(instance: VirtualMachineInstance): StateChangeRequest {
  const { uid } = instance.metadata
  return { action: 'Stop', ...(uid === undefined ? {} : { uid }) }
}

/** A finished instance has to go before the next one can come. */
function afterStop(instance: VirtualMachineInstance | undefined, start: StateChangeRequest): StateChangeRequest[] {
  return instance !== undefined && isFinal(instance) ? [stopOf(instance), start] : [start]
}

/** A start never overtakes what was asked before; only a lone stop may. */
function queue(machine: VirtualMachine, requests: StateChangeRequest[]): PlannedPatch {
  if ((machine.status?.stateChangeRequests ?? []).length > 0) {
    throw internalError('unable to complete request: stop/start already underway')
  }
  return requestsPatch(machine, requests)
}

function requireSeconds(seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < 0) throw badRequest('gracePeriod has to be greater or equal to 0')
}
