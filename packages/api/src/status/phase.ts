/** Phases of an instance, and how the state of its domain becomes one. */

import type { InstancePhase, PhaseTransition, VirtualMachineInstance } from '../types/instance.ts'

/** Succeeded or Failed: it will never run again. */
export function isFinal(instance: VirtualMachineInstance): boolean {
  const phase = instance.status?.phase
  return phase === 'Succeeded' || phase === 'Failed'
}

/** Whether it ever reached Running; one that never did counts as a failed start. */
export function everRan(instance: VirtualMachineInstance): boolean {
  return (instance.status?.phaseTransitionTimestamps ?? []).some(({ phase }) => phase === 'Running')
}

/** What became of a machine's process. */
export type DomainEnd =
  /** The guest switched itself off, or obeyed the power button. */
  | 'guest-shutdown'
  /** It was ended from outside: grace period over, or killed. */
  | 'destroyed'
  | 'guest-panic'
  | 'crashed'
  | 'watchdog'

const endPhases: Record<Exclude<DomainEnd, 'destroyed'>, 'Succeeded' | 'Failed'> = {
  'guest-shutdown': 'Succeeded',
  'guest-panic': 'Failed',
  crashed: 'Failed',
  watchdog: 'Failed',
}

/**
 * The final phase of a domain that ended. Being destroyed is a failure only where the guest could have been asked to shut down:
 * without ACPI there is no other way to stop it.
 */
export function finalPhase(end: DomainEnd, acpi: boolean): 'Succeeded' | 'Failed' {
  if (end === 'destroyed') return acpi ? 'Failed' : 'Succeeded'
  return endPhases[end]
}

/** The list with a phase appended, once: each phase keeps the time it was first reached. */
export function withTransition(
  transitions: readonly PhaseTransition[] | undefined,
  phase: InstancePhase,
  timestamp: string,
): PhaseTransition[] {
  const list = [...(transitions ?? [])]
  if (!list.some((transition) => transition.phase === phase)) list.push({ phase, phaseTransitionTimestamp: timestamp })
  return list
}
