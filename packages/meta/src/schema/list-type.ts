/** Uniqueness in lists with `listType: set` or `map` (apiextensions-apiserver, listtype validation). */

import { duplicateValue } from '../causes.ts'
import { isJsonObject, ownMember } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import type { Schema } from '../schema.ts'
import type { StatusCause } from '../status.ts'

/**
 * Causes for items that occur twice; `item` is the resolved schema of the items, `field` the path of the list. Lists with a patch strategy are those of built-in kinds,
 * where Kubernetes leaves it to the kind's own rules: it accepts a repeated environment variable, for example.
 */
export function duplicateCauses(list: Json[], schema: Schema, item: Schema, field: () => string): StatusCause[] {
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
    if (seen.has(text)) return [duplicateValue(`${field()}[${index}]`, identity)]
    seen.add(text)
    return []
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
function stable(value: Json): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isJsonObject(member) ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1))) : member,
  )
}
