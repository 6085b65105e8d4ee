/** The columns of `kubectl get pods`, and how a pod's many states become one word (printers `printPod`). */

import { parseTime, isTime, type JsonObject } from '@berth/meta'
import type { PrinterColumn } from '../resource/definition.ts'
import { ageCell } from '../table/cells.ts'
import { ageColumn, text, type CoreObject } from './built-in.ts'
import { numberAt, objectAt, objectsAt, textAt } from './fields.ts'

interface PodSummary {
  ready: number
  total: number
  status: string
  restarts: number
  lastRestart: string
}

function conditionTrue(status: JsonObject | undefined, type: string): boolean {
  return objectsAt(status, 'conditions').some(
    (each) => textAt(each, 'type') === type && textAt(each, 'status') === 'True',
  )
}

/** `ExitCode:1`, `Signal:9` or the reason of a terminated container. */
function endedText(terminated: JsonObject): string {
  const reason = textAt(terminated, 'reason')
  if (reason !== '') return reason
  const signal = numberAt(terminated, 'signal')
  return signal === 0 ? `ExitCode:${numberAt(terminated, 'exitCode')}` : `Signal:${signal}`
}

export function summarize(pod: CoreObject): PodSummary {
  const spec = objectAt(pod, 'spec')
  const status = objectAt(pod, 'status')
  const total = objectsAt(spec, 'containers').length
  const summary: PodSummary = {
    ready: 0,
    total,
    status: textAt(status, 'reason') || textAt(status, 'phase') || 'Unknown',
    restarts: 0,
    lastRestart: '',
  }
  const gated = objectsAt(status, 'conditions').some(
    (each) => textAt(each, 'type') === 'PodScheduled' && textAt(each, 'reason') === 'SchedulingGated',
  )
  if (gated) summary.status = 'SchedulingGated'

  const initializing = initStatus(status, objectsAt(spec, 'initContainers').length)
  const containers = objectsAt(status, 'containerStatuses')
  countRestarts(summary, initializing === undefined ? containers : objectsAt(status, 'initContainerStatuses'))
  if (initializing === undefined) readContainers(summary, containers, status)
  else summary.status = initializing

  if (pod.metadata.deletionTimestamp !== undefined) {
    const phase = textAt(status, 'phase')
    if (textAt(status, 'reason') === 'NodeLost') summary.status = 'Unknown'
    else if (phase !== 'Failed' && phase !== 'Succeeded') summary.status = 'Terminating'
  }
  return summary
}

function readContainers(summary: PodSummary, containers: JsonObject[], status: JsonObject | undefined): void {
  let running = false
  // The first container's reason wins, so they are read from the last.
  for (const container of containers.toReversed()) {
    const state = objectAt(container, 'state')
    const waiting = textAt(objectAt(state, 'waiting'), 'reason')
    const terminated = objectAt(state, 'terminated')
    if (waiting !== '') summary.status = waiting
    else if (terminated !== undefined) summary.status = endedText(terminated)
    else if (container['ready'] === true && objectAt(state, 'running') !== undefined) {
      running = true
      summary.ready += 1
    }
  }
  if (summary.status === 'Completed' && running)
    summary.status = conditionTrue(status, 'Ready') ? 'Running' : 'NotReady'
}

/** `Init:0/2` and the like while init containers run; undefined when they are done. */
function initStatus(status: JsonObject | undefined, total: number): string | undefined {
  for (const [index, container] of objectsAt(status, 'initContainerStatuses').entries()) {
    const state = objectAt(container, 'state')
    const terminated = objectAt(state, 'terminated')
    if (terminated !== undefined && numberAt(terminated, 'exitCode') === 0) continue
    if (terminated !== undefined) return `Init:${endedText(terminated)}`
    const waiting = textAt(objectAt(state, 'waiting'), 'reason')
    if (waiting !== '' && waiting !== 'PodInitializing') return `Init:${waiting}`
    return `Init:${index}/${total}`
  }
  return undefined
}

function countRestarts(summary: PodSummary, containers: JsonObject[]): void {
  for (const container of containers) {
    summary.restarts += numberAt(container, 'restartCount')
    const finished = textAt(objectAt(objectAt(container, 'lastState'), 'terminated'), 'finishedAt')
    if (!isTime(finished)) continue
    if (summary.lastRestart === '' || parseTime(finished) > parseTime(summary.lastRestart))
      summary.lastRestart = finished
  }
}

function restartsText(pod: CoreObject, now: Date): string {
  const { restarts, lastRestart } = summarize(pod)
  return restarts > 0 && lastRestart !== '' ? `${restarts} (${ageCell(lastRestart, now)} ago)` : String(restarts)
}

function readinessGates(pod: CoreObject): string {
  const gates = objectsAt(objectAt(pod, 'spec'), 'readinessGates')
  if (gates.length === 0) return '<none>'
  const passed = gates.filter((gate) => conditionTrue(objectAt(pod, 'status'), textAt(gate, 'conditionType')))
  return `${passed.length}/${gates.length}`
}

function podIp(pod: CoreObject): string {
  const status = objectAt(pod, 'status')
  return textAt(objectsAt(status, 'podIPs')[0], 'ip') || textAt(status, 'podIP') || '<none>'
}

export const podColumns: PrinterColumn[] = [
  text('Ready', (pod) => {
    const { ready, total } = summarize(pod)
    return `${ready}/${total}`
  }),
  text('Status', (pod) => summarize(pod).status),
  text('Restarts', restartsText),
  ageColumn,
  text('IP', podIp, 1),
  text('Node', (pod) => textAt(objectAt(pod, 'spec'), 'nodeName') || '<none>', 1),
  text('Nominated Node', (pod) => textAt(objectAt(pod, 'status'), 'nominatedNodeName') || '<none>', 1),
  text('Readiness Gates', readinessGates, 1),
]
