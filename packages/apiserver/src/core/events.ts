/** Events: what happened to which object, kept for an hour. Served as core/v1 and as events.k8s.io/v1, of the same objects. */

import type { JsonObject, SchemaSet } from '@berth/meta'
import type { PrinterColumn, ResourceDefinition } from '../resource/definition.ts'
import { decodeStored } from '../rest/stored-form.ts'
import { ageCell } from '../table/cells.ts'
import { builtIn, nameColumn, text, type CoreObject } from './built-in.ts'
import { asCoreEvent, toCoreEvent, toNewEvent } from './event-forms.ts'
import { coreEventCauses, newEventCauses } from './event-validation.ts'
import { numberAt, objectAt, textAt } from './fields.ts'

/** Events of both generations: `firstTimestamp`/`lastTimestamp`/`count`, or `eventTime` and `series`. */
function times(object: CoreObject): { first: string; last: string; count: number } {
  const series = objectAt(object, 'series')
  const eventTime = textAt(object, 'eventTime')
  const first = textAt(object, 'firstTimestamp') || eventTime
  const last = textAt(series, 'lastObservedTime') || textAt(object, 'lastTimestamp') || first
  const count = series === undefined ? numberAt(object, 'count') || 1 : numberAt(series, 'count')
  return { first, last, count }
}

/** As kubectl shows a repeated event: `5s (x3 over 2m)`. */
function lastSeen(object: CoreObject, now: Date): string {
  const { first, last, count } = times(object)
  return count > 1 ? `${ageCell(last, now)} (x${count} over ${ageCell(first, now)})` : ageCell(last, now)
}

function involvedName(object: CoreObject): string {
  const involved = objectAt(object, 'involvedObject')
  const kind = textAt(involved, 'kind').toLowerCase()
  const name = textAt(involved, 'name')
  return name === '' ? kind : `${kind}/${name}`
}

function sourceText(object: CoreObject): string {
  const source: JsonObject | undefined = objectAt(object, 'source')
  const component = textAt(source, 'component') || textAt(object, 'reportingComponent')
  const host = textAt(source, 'host') || textAt(object, 'reportingInstance')
  return host === '' ? component : `${component}, ${host}`
}

const columns: PrinterColumn[] = [
  text('Last Seen', ofCore(lastSeen)),
  text('Type', '.type'),
  text('Reason', '.reason'),
  text('Object', ofCore(involvedName)),
  text(
    'Subobject',
    ofCore((event) => textAt(objectAt(event, 'involvedObject'), 'fieldPath')),
    1,
  ),
  text('Source', ofCore(sourceText), 1),
  text(
    'Message',
    ofCore((event) => textAt(event, 'message').trim()),
  ),
  text(
    'First Seen',
    ofCore((event, now) => ageCell(times(event).first, now)),
    1,
  ),
  { name: 'Count', type: 'integer', priority: 1, value: ofCore((event) => times(event).count) },
  { ...nameColumn, priority: 1 },
]

/** Reads an event of either form as core/v1 has it. */
function ofCore<T>(read: (event: CoreObject, now: Date) => T): (event: CoreObject, now: Date) => T {
  return (event, now) => read(asCoreEvent(event), now)
}

const involvedFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

function involved(field: string): (event: CoreObject) => string {
  return (event) => textAt(objectAt(asCoreEvent(event), 'involvedObject'), field)
}

function reporter(event: CoreObject): string {
  return textAt(asCoreEvent(event), 'reportingComponent')
}

export function events(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'Event',
    resource: 'events',
    shortNames: ['ev'],
    namespaced: true,
    columns,
    selectableFields: {
      ...Object.fromEntries(involvedFields.map((field) => [`involvedObject.${field}`, involved(field)])),
      reason: '.reason',
      type: '.type',
      reportingComponent: reporter,
      source: (event) => textAt(objectAt(event, 'source'), 'component') || reporter(event),
    },
    rules: { validate: coreEventCauses },
  })
}

/** events.k8s.io/v1: the same objects, with members called otherwise and a stricter check. */
export function newEvents(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'events.v1',
    group: 'events.k8s.io',
    kind: 'Event',
    resource: 'events',
    shortNames: ['ev'],
    namespaced: true,
    storedAs: { group: '', resource: 'events' },
    conversion: {
      read: (_version, value) => Buffer.from(JSON.stringify(toNewEvent(decodeStored(value)))),
      beforeStore: toCoreEvent,
    },
    columns,
    selectableFields: {
      ...Object.fromEntries(involvedFields.map((field) => [`regarding.${field}`, involved(field)])),
      reason: '.reason',
      type: '.type',
      reportingController: reporter,
    },
    rules: {
      validate: (event, previous) =>
        newEventCauses(asCoreEvent(event), previous === undefined ? undefined : asCoreEvent(previous)),
    },
  })
}
