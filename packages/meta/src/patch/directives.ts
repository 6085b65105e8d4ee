/** The directives of strategic merge patches, and what is left of a patch that is taken over as it is. */

import { isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'

export const directives = {
  patch: '$patch',
  retainKeys: '$retainKeys',
  deleteFrom: '$deleteFromPrimitiveList/',
  order: '$setElementOrder/',
} as const

/** Whether a member of a patch says how to merge instead of being data. Data may start with `$` in maps of names. */
export function isDirective(key: string): boolean {
  const { patch, retainKeys, deleteFrom, order } = directives
  return key === patch || key === retainKeys || key.startsWith(deleteFrom) || key.startsWith(order)
}

/** A copy of the patch for a place where there was nothing to merge with: without nulls and directives. */
export function settle(patch: JsonObject): JsonObject
export function settle(patch: Json[]): Json[]
export function settle(patch: Json): Json
export function settle(patch: Json): Json {
  if (Array.isArray(patch)) {
    // List items that carry `$patch` are instructions, not items.
    return patch.filter((item) => !isJsonObject(item) || !Object.hasOwn(item, directives.patch)).map(settle)
  }
  if (!isJsonObject(patch)) return patch
  const kept: JsonObject = {}
  for (const [key, value] of Object.entries(patch)) {
    const deleted = isJsonObject(value) && value[directives.patch] === 'delete'
    if (value !== null && !deleted && !isDirective(key)) kept[key] = settle(value)
  }
  return kept
}
