/** What every patch is checked for before it touches an object, and after: bounded depth, no prototype tricks. */

import { isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import { badRequest, StatusError } from '../status.ts'

/** Deeper values are refused: every walker of this project recurses, and no kind nests nearly as deep. */
export const maxDepth = 512

/**
 * @throws {StatusError} BadRequest when `value` nests too deep or names a member `__proto__`, which in JavaScript would
 * reach the prototype of everything that later copies the object
 */
export function refuseUnsafe(value: unknown, what: string, depth = 0): void {
  if (typeof value !== 'object' || value === null) return
  if (depth >= maxDepth) throw badRequest(`${what} nests deeper than ${maxDepth} levels`)
  if (Array.isArray(value)) {
    for (const item of value) refuseUnsafe(item, what, depth + 1)
    return
  }
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') throw badRequest(`${what} must not contain a field named "__proto__"`)
    refuseUnsafe(member, what, depth + 1)
  }
}

/** 422 without field causes: the patch is readable, but does not apply to this object. */
export function unprocessable(message: string): StatusError {
  return new StatusError('Invalid', message)
}

/** A patch body that has to be a JSON object. @throws {StatusError} BadRequest */
export function patchObject(patch: unknown, kind: string): JsonObject {
  if (!isJsonObject(patch)) throw badRequest(`a ${kind} must be a JSON object, not ${nameOfType(patch)}`)
  refuseUnsafe(patch, `the ${kind}`)
  return patch
}

export function nameOfType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Characters of a value's JSON, roughly; stops counting once it is past `limit`. */
export function sizeOf(value: Json, limit: number): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 5
  let size = 2
  for (const [key, member] of Object.entries(value)) {
    size += (Array.isArray(value) ? 1 : key.length + 4) + sizeOf(member, limit - size)
    if (size > limit) return size
  }
  return size
}
