/** All reasons why a machine is not in the state it is meant to be in, as chains from the machine down to the host. */

import { isConditionTrue } from '@berth/meta'
import type { PrintableStatus } from '../types/machine.ts'
import { conditionReasons } from './condition-reasons.ts'
import type { Unread, WhyFacts } from './facts.ts'
import { finding, refTo, type Finding, type ObjectRef } from './finding.ts'
import { emulationReasons, nodeReasons } from './node-reasons.ts'
import { startReasons } from './start-reasons.ts'
import { stoppingReasons } from './stopping-reasons.ts'
import { volumeReasons } from './volume-reasons.ts'
import { wishOf, type WishedState } from './wished.ts'

export interface Explanation {
  machine: ObjectRef
  status: PrintableStatus
  wished: WishedState
  /** Why it is wished so; follows "because". */
  wishedBecause: string
  asWished: boolean
  /** Chains; the first links stand side by side. Empty when all is as wished and nothing is worth a remark. */
  findings: Finding[]
  /** What could not be looked at, so that the list may not be whole. */
  unread: readonly Unread[]
}

export function explain(facts: WhyFacts, now: Date): Explanation {
  const { machine, instance, standalone = false } = facts
  const wish = wishOf(machine, instance, { standalone })
  const status = machine.status?.printableStatus ?? 'Unknown'
  const asWished = statusOf[wish.state].includes(status)
  const about = refTo(machine, standalone ? 'VirtualMachineInstance' : 'VirtualMachine')
  const starting = (wish.state === 'running' || wish.state === 'paused') && !isUp(status)
  const volumes = starting ? volumeReasons(facts) : []
  const nodes = starting ? nodeReasons(facts) : []
  const starts = starting ? startReasons(facts, now) : []
  // What these chains trace to its end is not said a second time by a condition.
  const traced = new Set(volumes.length + starts.length === 0 ? [] : ['Synchronized'])
  const found = [
    ...stoppingReasons(facts, wish, now),
    ...volumes,
    ...nodes,
    ...starts,
    ...conditionReasons(facts, new Set([...traced, ...(wish.state === 'paused' ? ['Paused'] : [])])),
    ...(isConditionTrue(instance?.status?.conditions, 'Ready') ? emulationReasons(facts) : []),
  ]
  return {
    machine: about,
    status,
    wished: wish.state,
    wishedBecause: wish.from,
    asWished,
    findings: found.length > 0 || asWished ? found : [nothingKnown(about, status)],
    unread: facts.unread,
  }
}

const statusOf: Record<WishedState, readonly PrintableStatus[]> = {
  running: ['Running', 'Migrating'],
  paused: ['Paused'],
  stopped: ['Stopped'],
  deleted: [],
}

function isUp(status: PrintableStatus): boolean {
  return ['Running', 'Paused', 'Migrating'].includes(status)
}

function nothingKnown(about: ObjectRef, status: PrintableStatus): Finding {
  return finding(about, `It is ${status}, and nothing says that something is wrong: it is on its way.`, {
    remedy: `If it stays so, see \`berth vm describe ${about.name}\` for what happened to it.`,
  })
}
