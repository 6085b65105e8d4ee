/** JSON Merge Patch (RFC 7386): objects merge, null removes, everything else replaces. */

import { deepClone } from '../equal.ts'
import { baseFor, type PatchOptions } from './base.ts'
import { isJsonObject, ownMember } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import { patchObject } from './safety.ts'

/**
 * The patched object; the input stays as it is and shares nothing with the result but members that `keeps` names.
 * @throws {StatusError} BadRequest when the patch is not an object, nests too deep or names `__proto__`
 */
export function applyMergePatch(target: JsonObject, patch: unknown, options: PatchOptions = {}): JsonObject {
  const checked = patchObject(patch, 'merge patch')
  return mergeObject(baseFor(target, checked, options), checked)
}

/** Merges into `target`, which this module owns. */
function mergeObject(target: JsonObject, patch: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete target[key]
    else target[key] = mergeValue(ownMember(target, key), value)
  }
  return target
}

function mergeValue(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return deepClone(patch)
  // Merging into an empty object also drops the nulls of a patch that adds a new branch.
  return mergeObject(isJsonObject(target) ? target : {}, patch)
}
