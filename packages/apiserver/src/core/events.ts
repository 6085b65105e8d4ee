/** Events (core/v1): what happened to which object, kept for an hour. */

import { invalidValue, type JsonObject, type SchemaSet } from '@berth/meta'
import type { PrinterColumn, ResourceDefinition, ResourceRules } from '../resource/definition.ts'
import { ageCell } from '../table/cells.ts'
import { builtIn, nameColumn, text, type CoreObject } from './built-in.ts'
import { numberAt, objectAt, textAt } from './fields.ts'

const rules: ResourceRules = {
  validate(object) {
    const involved = textAt(objectAt(object, 'involvedObject'), 'namespace')
    const own = object.metadata.namespace ?? ''
    // Events of cluster-scoped objects live in `default`.
    if (involved === own || (involved === '' && own === 'default')) return []
    return [invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')]
  },
}

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
  text('Last Seen', lastSeen),
  text('Type', '.type'),
  text('Reason', '.reason'),
  text('Object', involvedName),
  text('Subobject', (object) => textAt(objectAt(object, 'involvedObject'), 'fieldPath'), 1),
  text('Source', sourceText, 1),
  text('Message', (object) => textAt(object, 'message').trim()),
  text('First Seen', (object, now) => ageCell(times(object).first, now), 1),
  { name: 'Count', type: 'integer', priority: 1, value: (object) => times(object).count },
  { ...nameColumn, priority: 1 },
]

const involvedFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

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
      ...Object.fromEntries(involvedFields.map((field) => [`involvedObject.${field}`, `.involvedObject.${field}`])),
      reason: '.reason',
      type: '.type',
      reportingComponent: '.reportingComponent',
      source: (object) => textAt(objectAt(object, 'source'), 'component') || textAt(object, 'reportingComponent'),
    },
    rules,
  })
}
