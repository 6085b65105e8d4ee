/** Entries of a timeline from what the API keeps: events, and the phases an instance went through. */

import type { VirtualMachine, VirtualMachineInstance } from '@berth/api'
import type { EventObject } from '@berth/kube'
import { findAction, type TimelineEntry } from '@berth/view'
import type { TaskRecord } from '../../tasks/task-book.ts'

const maxMessage = 2000
/** Phases nobody has to look at twice. */
const badPhases: ReadonlySet<string> = new Set(['Failed', 'Unknown'])

export function eventEntry(event: Readonly<EventObject>): TimelineEntry {
  const { kind = '', name = '' } = event.involvedObject
  const own = kind === 'VirtualMachine' || kind === 'VirtualMachineInstance'
  const who = event.source?.component ?? event.reportingComponent
  return {
    id: `event/${event.metadata.uid ?? event.metadata.name ?? ''}`,
    time: timeOf(event),
    kind: 'event',
    tone: event.type === 'Warning' ? 'warning' : 'normal',
    title: event.reason ?? 'Event',
    message: (event.message ?? '').slice(0, maxMessage),
    ...(own ? {} : { about: { kind, name } }),
    ...(who === undefined || who === '' ? {} : { who }),
    ...(event.count === undefined || event.count < 2 ? {} : { count: event.count }),
  }
}

function timeOf({ lastTimestamp, eventTime, firstTimestamp, metadata }: Readonly<EventObject>): string {
  return lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp ?? ''
}

export function phaseEntries({ metadata, status }: Readonly<VirtualMachineInstance>): TimelineEntry[] {
  const phases = status?.phaseTransitionTimestamps ?? []
  return phases.map(({ phase, phaseTransitionTimestamp }) => ({
    id: `phase/${metadata.uid ?? ''}/${phase}`,
    time: phaseTransitionTimestamp,
    kind: 'state',
    tone: badPhases.has(phase) ? 'warning' : 'normal',
    title: phase,
    message: '',
  }))
}

export function createdEntry({ metadata }: Readonly<VirtualMachine>): TimelineEntry[] {
  if (metadata.creationTimestamp === undefined) return []
  return [
    {
      id: `created/${metadata.uid ?? ''}`,
      time: metadata.creationTimestamp,
      kind: 'change',
      tone: 'normal',
      title: 'Created',
      message: '',
    },
  ]
}

/**
 * What people did to the machine with this console, whoever it was. What a form asked for is shown to those who asked: which machine it was
 * about is their word only, and anybody could write their name into others' history.
 */
export function taskEntries(
  tasks: readonly TaskRecord[],
  { cluster, namespace, name, reader }: { cluster: string; namespace: string; name: string; reader: string },
): TimelineEntry[] {
  return tasks.flatMap((task): TimelineEntry[] => {
    if (task.owner !== reader && !wasPlanned(task)) return []
    const item = task.items.find(
      ({ target }) =>
        target.name === name &&
        target.namespace === namespace &&
        target.cluster === cluster &&
        target.group === 'kubevirt.io',
    )
    if (item === undefined) return []
    return [
      {
        id: `action/${task.id}`,
        time: task.startedAt,
        kind: 'action',
        tone: item.state === 'failed' ? 'warning' : 'normal',
        title: task.action,
        message: (item.message ?? '').slice(0, maxMessage),
        who: task.owner.replace(/^[a-z]+:/, ''),
      },
    ]
  })
}

/** Plans read their machines with the person's own rights. */
function wasPlanned({ action }: TaskRecord): boolean {
  const known = findAction(action)
  return known !== undefined && known.does !== 'opens'
}
