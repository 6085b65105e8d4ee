/** Events as lines of a list, newest first. Pure. */

import type { KubeObject } from '@berth/meta'

export interface EventObject extends KubeObject {
  type?: string
  reason?: string
  message?: string
  count?: number
  lastTimestamp?: string | null
  eventTime?: string | null
  series?: { count?: number; lastObservedTime?: string }
  involvedObject?: { kind?: string; namespace?: string; name?: string }
}

export interface EventRow {
  key: string
  cluster: string
  namespace: string
  kind: string
  name: string
  reason: string
  message: string
  warning: boolean
  count: number
  /** ISO 8601; empty when the event says none. */
  time: string
}

export function newestEvents(events: readonly { event: EventObject; cluster: string }[], most: number): EventRow[] {
  return events
    .map(rowOf)
    .toSorted((one, other) => (one.time < other.time ? 1 : -1))
    .slice(0, most)
}

function rowOf({ event, cluster }: { event: EventObject; cluster: string }): EventRow {
  const { involvedObject = {}, metadata, series } = event
  const namespace = involvedObject.namespace ?? metadata.namespace ?? ''
  return {
    key: `${cluster}/${metadata.namespace ?? ''}/${metadata.name ?? ''}`,
    cluster,
    namespace,
    kind: involvedObject.kind ?? '',
    name: involvedObject.name ?? '',
    reason: event.reason ?? '',
    message: event.message ?? '',
    warning: event.type === 'Warning',
    count: series?.count ?? event.count ?? 1,
    time: series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? metadata.creationTimestamp ?? '',
  }
}
