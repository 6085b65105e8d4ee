/** Label and field selectors of a list or watch, as one question about an object. */

import { messageOf } from '@berth/base'
import {
  badRequest,
  getPath,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  type FieldSelector,
  type Json,
} from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiObject } from './call.ts'

export interface Selection {
  /** No selector at all: stored bytes can go out unread. */
  readonly everything: boolean
  /** The one name the field selector asks for, if it does. */
  readonly name: string | undefined
  matches(object: ApiObject): boolean
}

/** @throws {StatusError} BadRequest when a selector cannot be read or names a field that is not selectable */
export function selectionOf(definition: ResourceDefinition, query: URLSearchParams): Selection {
  const labelText = query.get('labelSelector') ?? ''
  const fieldText = query.get('fieldSelector') ?? ''
  if (labelText === '' && fieldText === '') return { everything: true, name: undefined, matches: () => true }
  const labels = parse('labelSelector', labelText, parseLabelSelector)
  const fields = parse('fieldSelector', fieldText, parseFieldSelector)
  for (const { field } of fields) checkSelectable(definition, field)
  return {
    everything: false,
    name: fields.find(({ field, operator }) => field === 'metadata.name' && operator === '=')?.value,
    matches: (object) =>
      matchesLabels(labels, object.metadata.labels) && matchesObjectFields(definition, fields, object),
  }
}

function parse<T>(parameter: string, text: string, parser: (text: string) => T): T {
  try {
    return parser(text)
  } catch (error) {
    throw badRequest(`unable to parse ${parameter}: ${messageOf(error)}`)
  }
}

const metadataFields = new Set(['metadata.name', 'metadata.namespace'])

function checkSelectable(definition: ResourceDefinition, field: string): void {
  if (metadataFields.has(field) || Object.hasOwn(definition.selectableFields ?? {}, field)) return
  const version = definition.versions[0]?.name ?? ''
  const prefix = definition.group === '' ? version : `${definition.group}/${version}`
  throw badRequest(`field label not supported for ${prefix}, Resource=${definition.resource}: ${field}`)
}

function matchesObjectFields(definition: ResourceDefinition, fields: FieldSelector, object: ApiObject): boolean {
  return matchesFields(fields, (field) => {
    if (metadataFields.has(field)) return text(getPath(object, field.split('.')))
    const source = definition.selectableFields?.[field]
    if (source === undefined) return undefined
    return typeof source === 'function' ? source(object) : text(getPath(object, source.replace(/^\./, '').split('.')))
  })
}

function text(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
