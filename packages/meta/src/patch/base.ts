/** What a patch is merged into: a copy, so that the object it applies to stays as it is. */

import { deepClone } from '../equal.ts'
import { setOwn } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'

export interface PatchOptions {
  /** Members of the object that the caller does not change afterwards: they need no copy where the patch does not name them. */
  keeps?: ((member: string) => boolean) | undefined
}

export function baseFor(target: JsonObject, patch: JsonObject, { keeps }: PatchOptions): JsonObject {
  if (keeps === undefined) return deepClone(target)
  const base: Record<string, Json> = {}
  for (const [key, value] of Object.entries(target)) {
    setOwn(base, key, keeps(key) && !Object.hasOwn(patch, key) ? value : deepClone(value))
  }
  return base
}
