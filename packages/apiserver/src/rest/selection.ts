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
  type LabelSelector,
} from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiObject } from './api-object.ts'

export interface Selection {
  /** No selector at all: stored bytes can go out unread. */
  readonly everything: boolean
  /** The one name the field selector asks for, if it does. */
  readonly name: string | undefined
  /** False when stored bytes cannot match: most of a big collection need not be parsed to find a few. */
  mayMatch(stored: Buffer): boolean
  matches(object: ApiObject): boolean
}

/** @throws {StatusError} BadRequest when a selector cannot be read or names a field that is not selectable */
export function selectionOf(definition: ResourceDefinition, query: URLSearchParams): Selection {
  const labelText = query.get('labelSelector') ?? ''
  const fieldText = query.get('fieldSelector') ?? ''
  if (labelText === '' && fieldText === '')
    return { everything: true, name: undefined, mayMatch: () => true, matches: () => true }
  const labels = parse(labelText, parseLabelSelector)
  const fields = parse(fieldText, parseFieldSelector)
  for (const { field } of fields) checkSelectable(definition, field)
  const literals = labelLiterals(labels)
  return {
    everything: false,
    mayMatch: (stored) => literals.every((literal) => stored.includes(literal)),
    name: fields.find(({ field, operator }) => field === 'metadata.name' && operator === '=')?.value,
    matches: (object) =>
      matchesLabels(labels, object.metadata.labels) && matchesObjectFields(definition, fields, object),
  }
}

function parse<T>(text: string, parser: (text: string) => T): T {
  try {
    return parser(text)
  } catch (error) {
    throw badRequest(messageOf(error))
  }
}

/** What the JSON of every match contains, as `encodeObject` writes it: the labels that must have one certain value. */
function labelLiterals(labels: LabelSelector): Buffer[] {
  if (labels.kind === 'nothing') return []
  return labels.requirements.flatMap(({ key, operator, values }) => {
    const [value, ...others] = values
    if (operator !== 'in' || value === undefined || others.length > 0) return []
    return [Buffer.from(`${JSON.stringify(key)}:${JSON.stringify(value)}`)]
  })
}

const metadataFields = new Set(['metadata.name', 'metadata.namespace'])

/** @throws {StatusError} BadRequest; Kubernetes words it by how a kind converts field labels, so that several kinds differ */
function checkSelectable(definition: ResourceDefinition, field: string): void {
  if (field === 'metadata.name' || Object.hasOwn(definition.selectableFields ?? {}, field)) return
  // Built-in kinds without fields of their own share one rule, which knows no scopes.
  const plain = definition.strategicMerge === true && definition.selectableFields === undefined
  if (field === 'metadata.namespace' && (plain || definition.namespaced)) return
  throw badRequest(
    plain
      ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      : `field label not supported: ${field}`,
  )
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
