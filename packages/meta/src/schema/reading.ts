/** Whether a typed program could read an object of a built-in kind, and what it says when not (Go's `encoding/json`). */

import { messageOf } from '@berth/base'
import { isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import { parseQuantity } from '../quantity.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { hasFormat } from './formats.ts'
import { isSettled, memberSchema, resolveSchema, type WalkOptions } from './resolve.ts'

/** Deeper is for the walkers that change objects to refuse. */
const maxDepth = 512

/**
 * The first value that is of another type than its field, in the words of Kubernetes' decoder: `json: cannot unmarshal number into Go
 * struct field Container.spec.containers.name of type string`. Nothing is wrong with null, which is no value, nor with metadata and
 * unknown fields, which are looked at elsewhere.
 * @param kind of the object
 * @throws {MetaError} InvalidSchema for a broken reference
 */
export function unreadable(
  object: JsonObject,
  schema: Schema,
  { set, kind, settled }: WalkOptions & { set: SchemaSet; kind: string },
): string | undefined {
  const resolved = resolveSchema(schema, set)
  for (const key of Object.keys(object)) {
    if (key === 'metadata' || key === 'apiVersion' || key === 'kind' || isSettled(settled, object, key)) continue
    const member = memberSchema(resolved, key, true)
    if (member === undefined) continue
    const problem = problemIn(object[key] ?? null, member, { set, kind, path: [key], owners: [{}], depth: 1 })
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Where the walk is. Changed on its way, and only put into words when something is wrong, which it hardly ever is. */
interface Place {
  readonly set: SchemaSet
  readonly kind: string
  /** Names of fields only: Go tells neither indices nor keys of maps. */
  readonly path: string[]
  /** For each of them the schema that has it. */
  readonly owners: Schema[]
  depth: number
}

function problemIn(value: Json, schema: Schema, place: Place): string | undefined {
  if (value === null || place.depth > maxDepth) return undefined
  const resolved = resolveSchema(schema, place.set)
  if (resolved.format === 'quantity') return quantityProblem(value)
  if (resolved.intOrString === true) {
    return typeof value === 'string' || isInt(value, 'int32') ? undefined : mismatch(value, 'int32', place)
  }
  switch (resolved.type) {
    case 'string':
      return typeof value === 'string' ? textProblem(value, resolved.format) : wrong(value, schema, place)
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrong(value, schema, place)
    case 'integer':
      return isInt(value, resolved.format) ? undefined : wrong(value, schema, place)
    case 'number':
      return typeof value === 'number' ? undefined : wrong(value, schema, place)
    case 'array':
      return Array.isArray(value) ? problemInItems(value, resolved, place) : wrong(value, schema, place)
    case 'object':
    case undefined:
      if (isJsonObject(value)) return problemInMembers(value, schema, place)
      return resolved.type === undefined ? undefined : wrong(value, schema, place)
  }
}

function problemInItems(list: readonly Json[], { items }: Schema, place: Place): string | undefined {
  if (items === undefined) return undefined
  place.depth += 1
  for (const item of list) {
    const problem = problemIn(item, items, place)
    if (problem !== undefined) return problem
  }
  place.depth -= 1
  return undefined
}

function problemInMembers(object: JsonObject, schema: Schema, place: Place): string | undefined {
  const resolved = resolveSchema(schema, place.set)
  place.depth += 1
  for (const key of Object.keys(object)) {
    const member = memberSchema(resolved, key, false)
    const value = object[key]
    if (member === undefined || value === undefined || value === null) continue
    const isField = resolved.properties !== undefined && Object.hasOwn(resolved.properties, key)
    if (isField) {
      place.path.push(key)
      place.owners.push(schema)
    }
    const problem = problemIn(value, member, place)
    if (problem !== undefined) return problem
    if (isField) {
      place.path.pop()
      place.owners.pop()
    }
  }
  place.depth -= 1
  return undefined
}

function isInt(value: Json, format: string | undefined): boolean {
  if (typeof value !== 'number' || !Number.isInteger(value)) return false
  // The biggest of 64 bits is no number here; the next one is what becomes of it.
  return format === 'int32' ? value === (value | 0) : Math.abs(value) <= 2 ** 63
}

function quantityProblem(value: Json): string | undefined {
  try {
    // The text of what is no number either is no quantity.
    parseQuantity(typeof value === 'string' ? value.trim() : JSON.stringify(value))
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

const maxShown = 256

function textProblem(text: string, format: string | undefined): string | undefined {
  if ((format !== 'byte' && format !== 'date-time') || hasFormat(format, text)) return undefined
  if (format === 'byte') {
    const at = text.search(/[^A-Za-z0-9+/]/)
    return `illegal base64 data at input byte ${at === -1 ? text.length : at}`
  }
  const shown = JSON.stringify(text.slice(0, maxShown))
  return `parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown} as "2006"`
}

function wrong(value: Json, schema: Schema, place: Place): string {
  return mismatch(value, goType(schema, place.set), place)
}

function mismatch(value: Json, expected: string, { kind, path, owners }: Place): string {
  const struct =
    owners
      .findLast(({ ref }) => ref !== undefined)
      ?.ref?.split('.')
      .at(-1) ?? kind
  const isWhole = expected.startsWith('int') && typeof value === 'number'
  const shown = isWhole ? `number ${value}` : jsonType(value)
  return `json: cannot unmarshal ${shown} into Go struct field ${struct}.${path.join('.')} of type ${expected}`
}

function jsonType(value: Json): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/** The last words of a reference: `io.k8s.api.core.v1.Container` is `v1.Container`. */
function goType(schema: Schema, set: SchemaSet): string {
  const resolved = resolveSchema(schema, set)
  const words = (schema.ref ?? '').split('.')
  switch (resolved.type) {
    case 'string':
      return resolved.format === 'byte' ? '[]uint8' : 'string'
    case 'boolean':
      return 'bool'
    case 'integer':
      return resolved.format ?? 'int64'
    case 'number':
      return 'float64'
    case 'array':
      return `[]${goType(resolved.items ?? {}, set)}`
    case 'object':
    case undefined:
      if (words.length > 1) return words.slice(-2).join('.')
      return `map[string]${resolved.additionalProperties === undefined ? 'interface {}' : goType(resolved.additionalProperties, set)}`
  }
}
