/** What makes an event invalid: little through core/v1, as old clients send anything; more through events.k8s.io/v1 (core validation). */

import { invalidValue, isQualifiedName, requiredValue, type Json, type JsonObject, type StatusCause } from '@berth/meta'
import type { CoreObject } from './built-in.ts'
import { numberAt, objectAt, sameContent, textAt } from './fields.ts'

const longest = { reportingInstance: 128, action: 128, reason: 128, message: 1024 } as const

/** Members an update through events.k8s.io may not change; a series goes on, all else happened once. */
const frozen = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const

/** @param event in core/v1's form, as is `previous` */
export function coreEventCauses(event: CoreObject): StatusCause[] {
  return eventCauses(event, 'reportingComponent')
}

/** As {@link coreEventCauses}, for what comes through events.k8s.io/v1. */
export function newEventCauses(event: CoreObject, previous: CoreObject | undefined): StatusCause[] {
  const causes = eventCauses(event, 'reportingController')
  const series = objectAt(event, 'series')
  if (previous !== undefined) {
    if (!sameContent(series, previous['series'])) causes.push(...seriesCauses(series))
    for (const member of frozen) {
      const value = event[member]
      if (sameContent(value, previous[member])) continue
      const field = member === 'reportingComponent' ? 'reportingController' : member
      causes.push(invalidValue(field, value ?? null, 'field is immutable'))
    }
    return causes
  }
  causes.push(...seriesCauses(series))
  if (textAt(event, 'eventTime') === '') causes.push(requiredValue('eventTime'))
  const type = textAt(event, 'type')
  if (type !== 'Normal' && type !== 'Warning') causes.push(invalidValue('type', '', `has invalid value: ${type}`))
  for (const member of ['firstTimestamp', 'lastTimestamp', 'count', 'source']) {
    if (!isEmpty(event[member])) causes.push(invalidValue(member, '', 'needs to be unset'))
  }
  return causes
}

function eventCauses(event: CoreObject, controllerField: string): StatusCause[] {
  const own = event.metadata.namespace ?? ''
  const involved = textAt(objectAt(event, 'involvedObject'), 'namespace')
  const elsewhere = invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')
  if (textAt(event, 'eventTime') === '') {
    // Events of cluster-scoped objects live in `default`.
    return involved === own || (involved === '' && own === 'default') ? [] : [elsewhere]
  }
  const causes: StatusCause[] = []
  if (involved === '' && own !== 'default' && own !== 'kube-system') causes.push(elsewhere)
  const controller = textAt(event, 'reportingComponent')
  if (controller === '') causes.push(requiredValue(controllerField))
  causes.push(...isQualifiedName(controller).map((problem) => invalidValue(controllerField, controller, problem)))
  for (const [member, limit] of Object.entries(longest)) {
    const value = textAt(event, member)
    if (value === '' && member !== 'message') causes.push(requiredValue(member))
    if (Buffer.byteLength(value) > limit) {
      causes.push(invalidValue(member, '', `can have at most ${limit} characters`))
    }
  }
  return causes
}

function seriesCauses(series: JsonObject | undefined): StatusCause[] {
  if (series === undefined) return []
  const causes: StatusCause[] = []
  if (numberAt(series, 'count') < 2) causes.push(invalidValue('series.count', '', 'should be at least 2'))
  if (textAt(series, 'lastObservedTime') === '') causes.push(requiredValue('series.lastObservedTime'))
  return causes
}

function isEmpty(value: Json | undefined): boolean {
  return sameContent(value, undefined)
}
