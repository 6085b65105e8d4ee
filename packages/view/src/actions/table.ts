/** The table of actions. */

import type { WorkloadKind } from '../rows/row.ts'
import type { ActionId, ActionSpec } from './action.ts'

const machine = ['VirtualMachine'] as const
const machineOrInstance = ['VirtualMachine', 'VirtualMachineInstance'] as const
const everything = ['VirtualMachine', 'VirtualMachineInstance', 'Pod', 'Deployment'] as const

const onMachine = (name: string, body?: Record<string, number>): Pick<ActionSpec, 'does' | 'subresource'> => ({
  does: 'subresource',
  subresource: { parent: 'virtualmachines', name, ...(body === undefined ? {} : { body }) },
})
const makes = (group: string, version: string, kind: string): Pick<ActionSpec, 'creates'> => ({
  creates: { group, version, resource: `${kind.toLowerCase()}s`, kind },
})
const onInstance = (name: string): Pick<ActionSpec, 'does' | 'subresource'> => ({
  does: 'subresource',
  subresource: { parent: 'virtualmachineinstances', name },
})

/** In the order of menus. */
export const actionTable = [
  {
    id: 'start',
    kinds: machine,
    rule: 'start',
    ...onMachine('start'),
    danger: 'none',
    bulk: true,
    goal: 'running',
    undo: 'stop',
  },
  {
    id: 'stop',
    kinds: machine,
    rule: 'stop',
    ...onMachine('stop'),
    danger: 'interrupts',
    bulk: true,
    goal: 'stopped',
    undo: 'start',
  },
  // The rule for a stop without grace is refusalOf's own: it allows more than `stop` does.
  {
    id: 'force-stop',
    kinds: machine,
    ...onMachine('stop', { gracePeriod: 0 }),
    danger: 'loses',
    bulk: true,
    goal: 'stopped',
    undo: 'start',
  },
  {
    id: 'restart',
    kinds: machine,
    rule: 'restart',
    ...onMachine('restart'),
    danger: 'interrupts',
    bulk: true,
    goal: 'restarted',
  },
  {
    id: 'force-restart',
    kinds: machine,
    rule: 'restart',
    ...onMachine('restart', { gracePeriodSeconds: 0 }),
    danger: 'loses',
    bulk: true,
    goal: 'restarted',
  },
  {
    id: 'pause',
    kinds: machineOrInstance,
    rule: 'pause',
    ...onInstance('pause'),
    danger: 'interrupts',
    bulk: true,
    goal: 'paused',
    undo: 'unpause',
  },
  {
    id: 'unpause',
    kinds: machineOrInstance,
    rule: 'unpause',
    ...onInstance('unpause'),
    danger: 'none',
    bulk: true,
    goal: 'unpaused',
    undo: 'pause',
  },
  {
    id: 'soft-reboot',
    kinds: machineOrInstance,
    rule: 'softreboot',
    ...onInstance('softreboot'),
    danger: 'interrupts',
    bulk: true,
  },
  { id: 'reset', kinds: machineOrInstance, rule: 'reset', ...onInstance('reset'), danger: 'loses', bulk: true },
  {
    id: 'migrate',
    kinds: machine,
    rule: 'migrate',
    ...onMachine('migrate'),
    danger: 'none',
    bulk: true,
    goal: 'migrated',
  },
  { id: 'vnc', kinds: machineOrInstance, rule: 'vnc', does: 'opens', danger: 'none', bulk: false },
  { id: 'console', kinds: machineOrInstance, rule: 'console', does: 'opens', danger: 'none', bulk: false },
  { id: 'edit', kinds: machine, does: 'opens', danger: 'none', bulk: false },
  {
    id: 'snapshot',
    kinds: machine,
    does: 'creates',
    ...makes('snapshot.kubevirt.io', 'v1beta1', 'VirtualMachineSnapshot'),
    danger: 'none',
    bulk: true,
  },
  {
    id: 'clone',
    kinds: machine,
    does: 'opens',
    ...makes('clone.kubevirt.io', 'v1beta1', 'VirtualMachineClone'),
    danger: 'none',
    bulk: false,
  },
  {
    id: 'export',
    kinds: machine,
    does: 'opens',
    ...makes('export.kubevirt.io', 'v1', 'VirtualMachineExport'),
    danger: 'none',
    bulk: false,
  },
  { id: 'delete', kinds: everything, does: 'delete', danger: 'destroys', bulk: true, goal: 'deleted' },
] as const satisfies readonly ActionSpec[]

const byId = new Map<string, ActionSpec>(actionTable.map((action) => [action.id, action]))

/** Undefined for a text that is none. */
export function findAction(id: string): ActionSpec | undefined {
  return byId.get(id)
}

export function actionOf(id: ActionId): ActionSpec {
  const action = byId.get(id)
  if (action === undefined) throw new Error(`there is no action ${id}`)
  return action
}

export function actionsFor(kind: WorkloadKind): readonly ActionSpec[] {
  return actionTable.filter(({ kinds }: ActionSpec) => kinds.includes(kind))
}
