/** What conditions say, in plain words. */

import type { Condition } from '@berth/meta'
import { isFinal } from '../status/phase.ts'
import { conditionTable, type ConditionRow } from './condition-table.ts'
import { latestFirst } from './events.ts'
import type { WhyFacts } from './facts.ts'
import { finding, refTo, type Finding } from './finding.ts'

/** A finding for each condition in the table, but those whose cause other rules have traced already. */
export function conditionReasons({ machine, instance, events }: WhyFacts, traced: ReadonlySet<string>): Finding[] {
  const live = instance !== undefined && !isFinal(instance) ? instance : undefined
  const of = { VirtualMachine: machine, VirtualMachineInstance: live }
  const seen = new Set<string>()
  return conditionTable.flatMap((row) => {
    const object = of[row.on]
    const condition = object?.status?.conditions?.find((each) => fits(each, row))
    if (object === undefined || condition === undefined || seen.has(row.type) || traced.has(row.type)) return []
    seen.add(row.type)
    const told = row.event === undefined ? undefined : latestFirst(events).find(({ reason }) => reason === row.event)
    const { message = '' } = told ?? condition
    const says = `${row.says}${message === '' ? '.' : `: ${message}`}`
    return [finding(refTo(object, row.on), says, { remedy: row.remedy(machine.metadata.name ?? '') })]
  })
}

function fits({ type, status, reason }: Condition, row: ConditionRow): boolean {
  return type === row.type && status === row.status && (row.reason === undefined || row.reason === reason)
}
