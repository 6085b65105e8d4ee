/** Whether the state of a machine allows an action, in the words the server would refuse with. */

import { legality, planStop, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import { StatusError } from '@berth/meta'
import type { ActionId } from './action.ts'
import { actionOf, actionTable } from './table.ts'

export interface MachineState {
  machine: VirtualMachine
  instance: VirtualMachineInstance | undefined
}

/** What nobody does to a machine that goes. */
const unlessDeleting: ReadonlySet<ActionId> = new Set(['delete', 'edit', 'snapshot', 'clone', 'export'])

/** Why it would be refused now; undefined where it would be accepted. Rights are another question. */
export function refusalOf(id: ActionId, { machine, instance }: MachineState): string | undefined {
  const deleting = machine.metadata.deletionTimestamp !== undefined
  if (deleting && unlessDeleting.has(id)) return 'VM is being deleted'
  if (id === 'force-stop') return refusalToForce(machine, instance)
  const { rule } = actionOf(id)
  if (rule === undefined) return undefined
  const answer = legality(rule, machine, instance)
  return answer.allowed ? undefined : inner(answer.why)
}

/** Who refuses is of no use to whom it is said to. */
function inner(why: string): string {
  return why
    .replace(/^admission webhook "[^"]*" denied the request: /, '')
    .replace(/^Cannot migrate VMI, Reason: \w+, Message: /, '')
}

/** A halted machine that is still going down may be ended sooner. */
function refusalToForce(machine: VirtualMachine, instance: VirtualMachineInstance | undefined): string | undefined {
  const plain = legality('stop', machine, instance)
  if (plain.allowed) return undefined
  try {
    planStop(machine, instance, { gracePeriod: 0 })
    return undefined
  } catch (error) {
    if (error instanceof StatusError) return plain.why
    throw error
  }
}

/** Of every action that is refused now; those not named are possible. */
export function refusals(state: MachineState): Partial<Record<ActionId, string>> {
  const found: Partial<Record<ActionId, string>> = {}
  for (const { id } of actionTable) {
    const why = refusalOf(id, state)
    if (why !== undefined) found[id] = why
  }
  return found
}
