/** Whole objects inside custom ones (x-kubernetes-embedded-resource): their kind, apiVersion and metadata (apiextensions `objectmeta`). */

import {
  formatPath,
  invalidValue,
  isDns1035Label,
  isJsonObject,
  ownMember,
  requiredValue,
  validateObjectMeta,
  type Json,
  type JsonObject,
  type ObjectMeta,
  type PathStep,
  type Schema,
  type StatusCause,
} from '@berth/meta'

export function embeddedCauses(object: Json, schema: Schema): StatusCause[] {
  const causes: StatusCause[] = []
  const path: PathStep[] = []
  const walk = (at: Json, declared: Schema): void => {
    const child = (step: PathStep, value: Json | undefined, of: Schema | undefined): void => {
      if (of === undefined || typeof value !== 'object' || value === null) return
      path.push(step)
      walk(value, of)
      path.pop()
    }
    if (Array.isArray(at)) {
      for (const [index, each] of at.entries()) child(index, each, declared.items)
    } else if (isJsonObject(at)) {
      if (declared.embeddedResource === true) causes.push(...resourceCauses(at, formatPath(path)))
      for (const key of Object.keys(at)) {
        const member = declared.properties === undefined ? undefined : ownSchema(declared.properties, key)
        child(key, at[key], member ?? declared.additionalProperties)
      }
    }
  }
  if (hasEmbedded(schema)) walk(object, schema)
  return causes
}

function ownSchema(properties: Record<string, Schema>, key: string): Schema | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : undefined
}

function resourceCauses(object: JsonObject, path: string): StatusCause[] {
  const causes: StatusCause[] = []
  for (const key of ['apiVersion', 'kind'] as const) {
    const value = ownMember(object, key)
    const field = `${path}.${key}`
    if (value === undefined) causes.push(requiredValue(field, 'must not be empty'))
    else if (value === '') causes.push(invalidValue(field, value, 'must not be empty'))
    else if (typeof value === 'string')
      causes.push(...nameCauses[key](value).map((why) => invalidValue(field, value, why)))
  }
  const metadata = ownMember(object, 'metadata')
  if (isJsonObject(metadata)) causes.push(...metadataCauses(metadata, `${path}.metadata`))
  return causes
}

const nameCauses = {
  apiVersion: (text: string): string[] =>
    text.split('/').length > 2 ? [`unexpected GroupVersion string: ${text}`] : [],
  kind(text: string): string[] {
    const problems = isDns1035Label(text.toLowerCase())
    return problems.length === 0 ? [] : [`may have mixed case, but should otherwise match: ${problems.join(',')}`]
  },
}

/** The rules of any object's metadata, but for the name: it may be missing, and any that fits into a path will do. */
function metadataCauses(metadata: JsonObject, path: string): StatusCause[] {
  // Its types are those of ObjectMeta, or the schema's check has said so.
  const meta = { ...metadata, name: metadata['name'] ?? 'x' } as ObjectMeta
  const found = validateObjectMeta(meta, { namespaced: (meta.namespace ?? '') !== '', nameKind: 'pathSegment' })
  return found.map((cause) => ({ ...cause, field: (cause.field ?? '').replace(/^metadata/, path) }))
}

const known = new WeakMap<Schema, boolean>()

/** Asked at every write; hardly any schema has one. */
function hasEmbedded(schema: Schema): boolean {
  const kept = known.get(schema)
  if (kept !== undefined) return kept
  const found =
    schema.embeddedResource === true ||
    (schema.items !== undefined && hasEmbedded(schema.items)) ||
    (schema.additionalProperties !== undefined && hasEmbedded(schema.additionalProperties)) ||
    Object.values(schema.properties ?? {}).some((each) => hasEmbedded(each))
  known.set(schema, found)
  return found
}
