/**
 * The two forms of an event: core/v1, in which all lie in the store, and events.k8s.io/v1, which calls some members otherwise
 * (Kubernetes' conversion `pkg/apis/events/v1`).
 */

import type { JsonObject } from '@berth/meta'
import type { CoreObject } from './built-in.ts'

/** Member in core/v1 to member in events.k8s.io/v1. */
const names = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
} as const

const coreNames: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(names).map(([core, other]) => [other, core]),
)

/** In core/v1, whichever form it has. Changes the object. */
export function toCoreEvent(event: CoreObject): void {
  rename(event, coreNames)
  event.apiVersion = 'v1'
  if (event['eventTime'] === null) delete event['eventTime']
}

/** A copy in events.k8s.io/v1, whichever form it has. */
export function toNewEvent(event: CoreObject): CoreObject {
  const copy = { ...event }
  copy.apiVersion = 'events.k8s.io/v1'
  rename(copy, names)
  // The one member that is always there in this form, and that events of the older form leave out.
  copy['eventTime'] ??= null
  return copy
}

/** A copy in core/v1. */
export function asCoreEvent(event: CoreObject): CoreObject {
  const copy = { ...event }
  toCoreEvent(copy)
  return copy
}

function rename(event: JsonObject, table: Readonly<Record<string, string>>): void {
  for (const [from, to] of Object.entries(table)) {
    const value = event[from]
    if (value === undefined) continue
    delete event[from]
    event[to] = value
  }
}
