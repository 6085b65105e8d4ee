/** Uniqueness in lists with `listType: set` or `map` (apiextensions-apiserver, listtype validation). */

import { duplicateValue } from '../causes.ts'
import { goSyntax } from '../go-syntax.ts'
import { formatPath, isJsonObject, ownMember, type PathStep } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import type { StatusCause } from '../status.ts'
import { checkDepth, memberSchema, resolveSchema } from './resolve.ts'

/**
 * Causes for items that occur twice; `item` is the resolved schema of the items, `field` the path of the list. Lists with a patch strategy are those of built-in kinds,
 * where Kubernetes leaves it to the kind's own rules: it accepts a repeated environment variable, for example.
 */
export function duplicateCauses(
  list: Json[],
  schema: Schema,
  item: Schema,
  field: () => string,
  go = false,
): StatusCause[] {
  if (schema.patchStrategy !== undefined || list.length < 2) return []
  if (schema.listType !== 'set' && schema.listType !== 'map') return []
  const keys = schema.listType === 'map' ? (schema.listMapKeys ?? []) : undefined
  if (keys?.length === 0) return []
  const seen = new Set<string>()
  return list.flatMap((value, index) => {
    const identity = keys === undefined ? value : keysOf(value, keys, item)
    // An item of the wrong type is reported as such, not as a duplicate.
    if (identity === undefined) return []
    const text = stable(identity)
    if (seen.has(text)) {
      const cause = duplicateValue(`${field()}[${index}]`, identity)
      return [go ? { ...cause, message: `Duplicate value: ${goSyntax(identity)}` } : cause]
    }
    seen.add(text)
    return []
  })
}

/**
 * For each item of a `map` list the item with the same keys in the stored list; undefined where lists cannot be correlated, which
 * Kubernetes does for maps alone.
 */
export function correlatedItems(lists: {
  list: Json[]
  old: Json | undefined
  schema: Schema
  item: Schema
}): (Json | undefined)[] | undefined {
  const { list, old, schema, item } = lists
  const keys = schema.listMapKeys ?? []
  if (!Array.isArray(old) || schema.listType !== 'map' || keys.length === 0) return undefined
  const known = new Map<string, Json>()
  for (const each of old) {
    const identity = keysOf(each, keys, item)
    if (identity !== undefined) known.set(stable(identity), each)
  }
  return list.map((each) => {
    const identity = keysOf(each, keys, item)
    return identity === undefined ? undefined : known.get(stable(identity))
  })
}

/** Causes for items that occur twice anywhere in `value`; what `validate` leaves out with `lists: false`. */
export function duplicatesIn(value: Json, schema: Schema, set: SchemaSet): StatusCause[] {
  const causes: StatusCause[] = []
  const path: PathStep[] = []
  const walk = (at: Json, declared: Schema): void => {
    const resolved = resolveSchema(declared, set)
    checkDepth(path)
    const child = (step: PathStep, each: Json | undefined, of: Schema | undefined): void => {
      if (of === undefined || typeof each !== 'object' || each === null) return
      path.push(step)
      walk(each, of)
      path.pop()
    }
    if (Array.isArray(at)) {
      const { items } = resolved
      if (items === undefined) return
      const stray = resolved.listType === 'map' ? strayItems(at, formatPath(path)) : []
      // One by one: there may be more than a call takes arguments.
      for (const cause of stray) causes.push(cause)
      const twice = duplicateCauses(at, resolved, resolveSchema(items, set), () => formatPath(path), true)
      for (const cause of twice) causes.push(cause)
      for (const [index, each] of at.entries()) child(index, each, items)
    } else if (isJsonObject(at)) {
      for (const key of Object.keys(at)) child(key, at[key], memberSchema(resolved, key, false))
    }
  }
  walk(value, schema)
  return causes
}

function strayItems(list: readonly Json[], field: string): StatusCause[] {
  return list.flatMap((item, index) => {
    if (isJsonObject(item)) return []
    const message = `Invalid value: ${goSyntax(item)}: must be an object for an array of list-type map`
    return [{ reason: 'FieldValueInvalid', message, field: `${field}[${index}]` }]
  })
}

/** The key members of an item, with their defaults, since an omitted key is the same as its default. */
function keysOf(item: Json, keys: readonly string[], schema: Schema): JsonObject | undefined {
  if (!isJsonObject(item)) return undefined
  const identity: JsonObject = {}
  for (const key of keys) {
    const value = ownMember(item, key) ?? schema.properties?.[key]?.default
    if (value !== undefined) identity[key] = value
  }
  return identity
}

/** JSON with sorted members, equal for equal values. */
export function stable(value: Json): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isJsonObject(member) ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1))) : member,
  )
}
