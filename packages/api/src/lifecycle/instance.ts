/** pause, reset, console and the like: whether an instance is in the state each needs. Source: KubeVirt's subresource API. */

import { badRequest, isConditionTrue } from '@berth/meta'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { instanceConflict, instanceForbidden, internalError, machineConflict } from './refusals.ts'

export function isPaused(instance: VirtualMachineInstance): boolean {
  return isConditionTrue(instance.status?.conditions, 'Paused')
}

/** @param who KubeVirt's answers speak of the one or the other */
function requireRunning(instance: VirtualMachineInstance, who: 'VM' | 'VMI'): void {
  if (instance.status?.phase !== 'Running') throw instanceConflict(instance, `${who} is not running`)
}

/**
 * A probe of a machine that stands still fails, and would end it.
 * @throws StatusError 409, or 403 with a liveness probe that a pause would fail
 */
export function checkPause(instance: VirtualMachineInstance): void {
  requireRunning(instance, 'VM')
  const { livenessProbe } = instance.spec
  if (livenessProbe !== undefined && livenessProbe.guestAgentPing === undefined)
    throw instanceForbidden(instance, 'Pausing VMIs with a non-GuestAgentPing LivenessProbe is not supported')
  if (isPaused(instance)) throw instanceConflict(instance, 'VMI is already paused')
}

/**
 * @param machine the owner, where there is one
 * @throws StatusError 409
 */
export function checkUnpause(instance: VirtualMachineInstance, machine?: VirtualMachine): void {
  if (machine?.status?.snapshotInProgress !== undefined) throw machineConflict(machine, 'VM snapshot is in progress')
  requireRunning(instance, 'VMI')
  if (!isPaused(instance)) throw instanceConflict(instance, 'VMI is not paused')
}

/** @throws StatusError 409 */
export function checkFreeze(instance: VirtualMachineInstance): void {
  requireRunning(instance, 'VM')
}

/** @throws StatusError 409 */
export function checkUnfreeze(instance: VirtualMachineInstance): void {
  requireRunning(instance, 'VMI')
}

/** @throws StatusError 500, as KubeVirt's node agent answers */
export function checkReset(instance: VirtualMachineInstance): void {
  const phase = instance.status?.phase
  if (phase !== 'Running') throw internalError(`Failed to reset non-running VMI with phase ${phase ?? ''}`)
}

/** @throws StatusError 409 */
export function checkSoftReboot(instance: VirtualMachineInstance): void {
  requireRunning(instance, 'VM')
  if (isPaused(instance)) throw instanceConflict(instance, 'VMI is paused')
  const { acpi } = instance.spec.domain.features ?? {}
  const hasAcpi = acpi?.enabled !== false
  if (!hasAcpi && !isConditionTrue(instance.status?.conditions, 'AgentConnected')) {
    throw instanceConflict(instance, 'VMI neither have the agent connected nor the ACPI feature enabled')
  }
}

/**
 * The code matters: `virtctl console` keeps trying only while it is 400.
 * @throws StatusError 400, or 409 for a failed instance
 */
export function checkConsole(instance: VirtualMachineInstance): void {
  if (instance.spec.domain.devices.autoattachSerialConsole === false) {
    throw badRequest('No serial consoles are present.')
  }
  if (instance.status?.phase === 'Failed') throw instanceConflict(instance, 'VMI is in failed status')
  if (instance.status?.phase !== 'Running') throw badRequest('VMI is not running')
}

/** @throws StatusError 400 */
export function checkVnc(instance: VirtualMachineInstance): void {
  if (instance.spec.domain.devices.autoattachGraphicsDevice === false) {
    throw badRequest('No graphics devices are present.')
  }
  if (instance.status?.phase !== 'Running') throw badRequest('VMI is not running')
}

/** @throws StatusError 409, or 400 without a network card */
export function checkPortForward(instance: VirtualMachineInstance): void {
  requireRunning(instance, 'VMI')
  if (isPaused(instance)) throw instanceConflict(instance, 'VMI is paused')
  if ((instance.spec.domain.devices.interfaces ?? []).length === 0) {
    throw badRequest('no network interfaces are present')
  }
}

/** @throws StatusError 409 without slots for USB devices, 400 */
export function checkUsbRedirection(instance: VirtualMachineInstance): void {
  if (instance.spec.domain.devices.clientPassthrough === undefined) {
    throw instanceConflict(instance, 'Not configured with USB Redirection')
  }
  if (instance.status?.phase !== 'Running') throw badRequest('VMI is not running')
}

/** @throws StatusError 400 */
export function checkVsock(instance: VirtualMachineInstance): void {
  if (instance.spec.domain.devices.autoattachVSOCK !== true) throw badRequest('VSOCK is not attached.')
}

/** @throws StatusError 409; clients see every failure of these as a 500 with text, see the semantics of the three guest queries */
export function checkGuestQuery(instance: VirtualMachineInstance): void {
  requireRunning(instance, 'VMI')
  if (!isConditionTrue(instance.status?.conditions, 'AgentConnected')) {
    throw instanceConflict(instance, 'VMI does not have guest agent connected')
  }
}

/** @throws StatusError 409 for a machine form of a request (console excepted) when no instance is there */
export function requireInstance(
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
): VirtualMachineInstance {
  if (instance === undefined) throw machineConflict(machine, 'VMI is not started')
  return instance
}
