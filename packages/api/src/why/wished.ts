/** What state a machine is meant to be in, from its run strategy and what was asked of it last. */

import { isFinal } from '../status/phase.ts'
import { isSetToStart, strategyOf } from '../status/run-strategy.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'

export type WishedState = 'running' | 'paused' | 'stopped' | 'deleted'

export interface Wish {
  state: WishedState
  /** Where the wish comes from; follows "because". */
  from: string
}

/** @param of.standalone no machine stands behind the instance */
export function wishOf(
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  of: { standalone: boolean },
): Wish {
  const wish = wishOfMachine(machine, instance)
  return of.standalone && wish.state !== 'deleted'
    ? { ...wish, from: 'it is an instance without a VM, which runs once' }
    : wish
}

function wishOfMachine(machine: VirtualMachine, instance: VirtualMachineInstance | undefined): Wish {
  if (machine.metadata.deletionTimestamp !== undefined) return { state: 'deleted', from: 'its deletion was asked for' }
  const strategy = strategyOf(machine.spec)
  const request = machine.status?.stateChangeRequests?.[0]
  if (request?.action === 'Stop' && strategy !== 'Always') return { state: 'stopped', from: 'it was asked to stop' }
  if (request?.action === 'Start') return { state: 'running', from: 'it was asked to start' }
  const runsOnce = strategy === 'Once' && instance !== undefined && !isFinal(instance)
  if (!runsOnce && !isSetToStart(machine, instance)) return { state: 'stopped', from: stoppedBecause[strategy] }
  const paused = machine.spec.template.spec.startStrategy === 'Paused'
  return { state: paused ? 'paused' : 'running', from: `its run strategy is ${strategy}` }
}

const stoppedBecause: Record<ReturnType<typeof strategyOf>, string> = {
  Always: 'its run strategy is Always',
  RerunOnFailure: 'its run strategy is RerunOnFailure and its guest shut down in order',
  Manual: 'its run strategy is Manual and nobody started it',
  Halted: 'its run strategy is Halted',
  Once: 'its run strategy is Once and it ran already',
  WaitAsReceiver: 'it waits to be received from another cluster',
}
