/** Filling defaults from a schema, with Kubernetes' treatment of null. */

import { deepClone } from '../equal.ts'
import { isJsonObject, setOwn, type PathStep } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { StatusError } from '../status.ts'
import { checkDepth, isNullable, isSettled, memberSchema, resolveSchema, type WalkOptions } from './resolve.ts'

/**
 * Fills missing fields in place, also inside defaults it filled. A null where the schema does not allow one counts as missing:
 * it is removed, then defaulted.
 * @throws {StatusError} BadRequest past the depth limit, RequestEntityTooLarge when defaults multiply
 * @throws {MetaError} InvalidSchema for a broken reference
 */
export function applyDefaults(object: JsonObject, schema: Schema, set: SchemaSet, { settled }: WalkOptions = {}): void {
  walk(object, schema, { set, path: [], isObject: true, filled: { size: 0 }, settled })
}

interface Position extends WalkOptions {
  set: SchemaSet
  path: PathStep[]
  isObject: boolean
  /** Characters of JSON that defaults have added. */
  filled: { size: number }
}

/** More than any object may be: a schema whose defaults multiply through a list is stopped before it fills the memory. */
const maxFilled = 16 * 1024 * 1024

function walk(value: Json, schema: Schema, position: Position): void {
  const { set, path } = position
  const resolved = resolveSchema(schema, set)
  checkDepth(path)
  const { filled } = position
  const below = { set, path, isObject: false, filled }
  if (Array.isArray(value)) {
    const { items } = resolved
    if (items === undefined) return
    for (let index = 0; index < value.length; index += 1) descend(index, value[index], items, below)
  } else if (isJsonObject(value)) {
    const isObject = position.isObject || resolved.embeddedResource === true
    dropNulls(value, resolved, set, isObject)
    for (const [key, standard, size] of defaultsOf(resolved, set)) {
      if (Object.hasOwn(value, key)) continue
      filled.size += size
      if (filled.size > maxFilled) throw tooManyDefaults()
      setOwn(value, key, deepClone(standard))
    }
    for (const key of Object.keys(value)) {
      if (isSettled(position.settled, value, key)) continue
      const member = memberSchema(resolved, key, isObject)
      if (member !== undefined) descend(key, value[key], member, below)
    }
  }
}

function descend(step: PathStep, value: Json | undefined, schema: Schema, position: Position): void {
  if (typeof value !== 'object' || value === null) return
  position.path.push(step)
  walk(value, schema, position)
  position.path.pop()
}

function dropNulls(object: JsonObject, schema: Schema, set: SchemaSet, isObject: boolean): void {
  for (const key of Object.keys(object)) {
    if (object[key] !== null) continue
    const member = memberSchema(schema, key, isObject)
    if (member !== undefined && !isNullable(member, set)) delete object[key]
  }
}

function tooManyDefaults(): StatusError {
  const why = 'the defaults of its schema would make the object too large'
  return new StatusError('RequestEntityTooLarge', `Request entity too large: ${why}`)
}

/** Name, value, and the size of both as JSON. */
type Defaults = readonly (readonly [string, Json, number])[]
const cache = new WeakMap<Schema, { set: SchemaSet; defaults: Defaults }>()

/** The members of a schema that have a default; most schemas have many members and hardly any default. */
function defaultsOf(schema: Schema, set: SchemaSet): Defaults {
  const known = cache.get(schema)
  if (known?.set === set) return known.defaults
  const defaults = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const standard = property.default ?? resolveSchema(property, set).default
    return standard === undefined ? [] : [[key, standard, key.length + JSON.stringify(standard).length] as const]
  })
  cache.set(schema, { set, defaults })
  return defaults
}
