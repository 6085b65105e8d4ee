/** What a machine's run strategy asks the controller to do next. Source: KubeVirt's vm controller. */

import type { VirtualMachineInstance } from '../types/instance.ts'
import type { RunStrategy, StateChangeRequest, VirtualMachine, VirtualMachineSpec } from '../types/machine.ts'
import { isFinal } from './phase.ts'
import { firstRequest } from './requests.ts'

/** The strategy in force; `running` is the old way to say Always or Halted, and neither means Halted. */
export function strategyOf(spec: VirtualMachineSpec): RunStrategy {
  return spec.runStrategy ?? (spec.running === true ? 'Always' : 'Halted')
}

export type NextAction =
  /** Make the instance, once volumes and back-off allow. */
  | { do: 'create' }
  /** Delete the instance, for a reason that ends up in the event. */
  | { do: 'delete'; instead?: 'start' }
  /** Start was asked for with `paused`: turn the strategy to Always first, the instance follows. */
  | { do: 'switch'; strategy: 'Always' }
  | { do: 'nothing' }

const create: NextAction = { do: 'create' }
const remove: NextAction = { do: 'delete' }
/** Delete and remember to start again: what came down was wanted up. */
const replace: NextAction = { do: 'delete', instead: 'start' }
const nothing: NextAction = { do: 'nothing' }

/** The instance as the table sees it. `ending` is one that is being deleted: wait for it. */
export type InstanceState = 'absent' | 'live' | 'succeeded' | 'failed' | 'ending'
export type RequestState = 'none' | 'start' | 'start-paused' | 'stop'

export function instanceState(instance: VirtualMachineInstance | undefined): InstanceState {
  if (instance === undefined) return 'absent'
  if (instance.metadata.deletionTimestamp !== undefined) return 'ending'
  if (!isFinal(instance)) return 'live'
  return instance.status?.phase === 'Succeeded' ? 'succeeded' : 'failed'
}

function requestState(request: StateChangeRequest | undefined): RequestState {
  if (request === undefined) return 'none'
  if (request.action === 'Stop') return 'stop'
  return request.data?.['paused'] === 'true' ? 'start-paused' : 'start'
}

type Column = { live: NextAction; succeeded: NextAction; failed: NextAction; absent: NextAction }
type Row = Record<RequestState, Column>

const each = (action: NextAction): Column => ({ live: action, succeeded: action, failed: action, absent: action })

const always: Column = { live: nothing, succeeded: remove, failed: remove, absent: create }
const stopAll: Column = { live: remove, succeeded: remove, failed: remove, absent: nothing }
const onRequest: Column = { live: nothing, succeeded: nothing, failed: nothing, absent: nothing }
const started: Column = { live: nothing, succeeded: remove, failed: remove, absent: create }
const once: Column = { live: nothing, succeeded: nothing, failed: nothing, absent: create }

const rerunOnFailure: Column = { live: nothing, succeeded: remove, failed: replace, absent: nothing }

/** Strategy, request and instance to the action. A stop with no instance is only bookkeeping, so it does nothing here. */
export const decisions: Record<RunStrategy, Row> = {
  Always: { none: always, start: always, 'start-paused': always, stop: { ...stopAll, absent: create } },
  RerunOnFailure: { none: rerunOnFailure, start: started, 'start-paused': started, stop: stopAll },
  Manual: { none: onRequest, start: started, 'start-paused': started, stop: stopAll },
  Halted: {
    none: stopAll,
    start: stopAll,
    'start-paused': each({ do: 'switch', strategy: 'Always' }),
    stop: stopAll,
  },
  Once: { none: once, start: once, 'start-paused': once, stop: { ...stopAll, absent: create } },
  WaitAsReceiver: { none: once, start: once, 'start-paused': once, stop: { ...stopAll, absent: create } },
}

/** What to do for this machine now. A machine that is being deleted only loses its instance. */
export function nextAction(machine: VirtualMachine, instance: VirtualMachineInstance | undefined): NextAction {
  const state = instanceState(instance)
  if (state === 'ending') return nothing
  if (machine.metadata.deletionTimestamp !== undefined) return state === 'absent' ? nothing : remove
  const strategy = strategyOf(machine.spec)
  const request = requestState(firstRequest(machine, instance))
  const action = decisions[strategy][request][state]
  if (action.do === 'nothing' && strategy === 'RerunOnFailure' && state === 'absent' && request === 'none') {
    return justSwitched(machine) ? create : nothing
  }
  return action
}

/** RerunOnFailure starts a machine by itself only when it has just become the strategy. */
function justSwitched(machine: VirtualMachine): boolean {
  return machine.status?.runStrategy !== strategyOf(machine.spec)
}

/** Whether the machine is meant to be up, as the status rules see it. */
export function isSetToStart(machine: VirtualMachine, instance: VirtualMachineInstance | undefined): boolean {
  const request = firstRequest(machine, instance)?.action
  return setToStart[strategyOf(machine.spec)](instance, request, machine)
}

type SetToStart = (
  instance: VirtualMachineInstance | undefined,
  request: StateChangeRequest['action'] | undefined,
  machine: VirtualMachine,
) => boolean

const setToStart: Record<RunStrategy, SetToStart> = {
  Always: () => true,
  Halted: () => false,
  WaitAsReceiver: () => false,
  Manual: (instance, request) => (instance === undefined ? request === 'Start' : request !== 'Stop'),
  RerunOnFailure: (instance, request, machine) =>
    instance === undefined
      ? request === 'Start' || (request === undefined && justSwitched(machine))
      : instance.status?.phase !== 'Succeeded',
  Once: (instance) => instance === undefined,
}
