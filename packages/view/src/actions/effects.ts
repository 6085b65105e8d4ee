/** What an action would do to a machine, as parts of sentences: the words are in the console's message files, `effect.<id>`. */

import { isConditionTrue } from '@berth/meta'
import { claimNames, defaultGraceSeconds, isFinal, keepsState, ownDataVolumeNames, strategyOf } from '@berth/api'
import type { ActionId, ActionOptions } from './action.ts'
import type { MachineState } from './refusal.ts'

export type EffectId =
  | 'starts'
  | 'asked-to-shut-down'
  | 'cut-off-after'
  | 'cut-off'
  | 'stays-off'
  | 'starts-again'
  | 'stands-still'
  | 'goes-on'
  | 'asked-to-reboot'
  | 'reset'
  | 'moves'
  | 'machine-goes'
  | 'instance-goes'
  | 'object-goes'
  | 'pods-go'
  | 'disk-goes'
  | 'disk-stays'
  | 'state-goes'
  | 'snapshot-taken'
  | 'snapshot-frozen'
  | 'snapshot-unfrozen'
  | 'snapshot-off'
  | 'final'

export interface Effect {
  effect: EffectId
  values?: Record<string, string | number>
}

/** Most important first. */
export function effectsOf(id: ActionId, state: MachineState, options: ActionOptions = {}): Effect[] {
  switch (id) {
    case 'start':
      return [{ effect: 'starts' }]
    case 'stop':
      return [...shutDown(state, options.gracePeriod), ...staysOff(state)]
    case 'force-stop':
      return [{ effect: 'cut-off' }, ...staysOff(state)]
    case 'restart':
      return [...shutDown(state, undefined), { effect: 'starts-again' }]
    case 'force-restart':
      return [{ effect: 'cut-off' }, { effect: 'starts-again' }]
    case 'pause':
      return [{ effect: 'stands-still' }]
    case 'unpause':
      return [{ effect: 'goes-on' }]
    case 'soft-reboot':
      return [{ effect: 'asked-to-reboot' }]
    case 'reset':
      return [{ effect: 'reset' }]
    case 'migrate':
      return [{ effect: 'moves' }]
    case 'delete':
      return deletion(state, options)
    case 'snapshot':
      return snapshotOf(state)
    case 'clone':
    case 'export':
    case 'vnc':
    case 'console':
    case 'edit':
      return []
  }
}

/** Of what is no machine: a pod, a deployment. */
export function effectsOnObject(kind: 'Pod' | 'Deployment' | 'VirtualMachineInstance'): Effect[] {
  if (kind === 'VirtualMachineInstance') return [{ effect: 'instance-goes' }, { effect: 'final' }]
  if (kind === 'Deployment') return [{ effect: 'object-goes' }, { effect: 'pods-go' }, { effect: 'final' }]
  return [{ effect: 'object-goes' }, { effect: 'final' }]
}

const runs = ({ instance }: MachineState): boolean => instance !== undefined && !isFinal(instance)

function shutDown(state: MachineState, grace: number | undefined): Effect[] {
  if (!runs(state)) return []
  const own = state.instance?.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds
  const seconds = grace ?? own
  if (seconds === 0) return [{ effect: 'cut-off' }]
  return [{ effect: 'asked-to-shut-down' }, { effect: 'cut-off-after', values: { seconds } }]
}

/** Whether the guest can be asked to write out what it holds decides what a snapshot is worth. */
function snapshotOf(state: MachineState): Effect[] {
  const disks = claimNames((state.instance ?? state.machine.spec.template).spec).length
  const taken: Effect = { effect: 'snapshot-taken', values: { count: disks } }
  if (!runs(state)) return [taken, { effect: 'snapshot-off' }]
  const agent = isConditionTrue(state.instance?.status?.conditions, 'AgentConnected')
  return [taken, { effect: agent ? 'snapshot-frozen' : 'snapshot-unfrozen' }]
}

/** With Always and the like a stop changes the wish, too. */
function staysOff({ machine }: MachineState): Effect[] {
  const strategy = strategyOf(machine.spec)
  return strategy === 'Manual' || strategy === 'RerunOnFailure' || strategy === 'Halted'
    ? []
    : [{ effect: 'stays-off', values: { strategy } }]
}

/** DataVolumes made by the machine are its own and go with it; claims and DataVolumes that it only uses stay. */
function deletion(state: MachineState, { keepDisks = false }: ActionOptions): Effect[] {
  const { machine } = state
  const own = new Set(ownDataVolumeNames(machine))
  const used = claimNames(machine.spec.template.spec).filter((name) => !own.has(name))
  const stays = (name: string): Effect => ({ effect: 'disk-stays', values: { name } })
  return [
    ...(runs(state) ? [{ effect: 'cut-off' } as const] : []),
    { effect: 'machine-goes' },
    ...[...own].map((name): Effect => (keepDisks ? stays(name) : { effect: 'disk-goes', values: { name } })),
    ...(keepsState(machine.spec.template.spec) ? [{ effect: 'state-goes' } as const] : []),
    ...used.map(stays),
    { effect: 'final' },
  ]
}
