/**
 * JSON Patch (RFC 6902) as kube-apiserver applies it: all operations or none, and one deviation it shares with every
 * Kubernetes server: `test` for null also holds when the member is absent, which clients use to say "not set yet".
 */

import { createPatch } from 'rfc6902'
import { deepClone, deepEqual } from '../equal.ts'
import { isJsonObject } from '../json.ts'
import type { Json } from '../object.ts'
import { badRequest, StatusError } from '../status.ts'
import { addAt, getAt, parsePointer, removeAt, replaceAt, type Place } from './pointer.ts'
import { nameOfType, refuseUnsafe, sizeOf, unprocessable } from './safety.ts'

/** kube-apiserver's limit of operations in one patch. */
const maxOperations = 10_000
/** `copy` can double a document each time; this is kube-apiserver's request size limit, which it also bounds copies with. */
const maxCopied = 3 * 1024 * 1024
/** Items of lists that all operations together may shift; some tenths of a second, which nobody else is served in. */
const maxShifted = 200_000_000

export type JsonPatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: Json }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; from: string; path: string }

/**
 * Checks a request body.
 * @throws {StatusError} BadRequest for a malformed patch, RequestEntityTooLarge for too many operations
 */
export function parseJsonPatch(patch: unknown): JsonPatchOperation[] {
  if (!Array.isArray(patch)) throw badRequest(`a JSON patch must be a list of operations, not ${nameOfType(patch)}`)
  if (patch.length > maxOperations) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `Request entity is too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    )
  }
  return patch.map((operation: unknown, index) => {
    const where = `operation ${index + 1} of the JSON patch`
    refuseUnsafe(operation, where)
    return parseOperation(operation, where)
  })
}

function parseOperation(operation: unknown, where: string): JsonPatchOperation {
  if (!isJsonObject(operation)) throw badRequest(`${where} must be an object, not ${nameOfType(operation)}`)
  const { op, path, from, value } = operation
  if (typeof path !== 'string') throw badRequest(`${where} needs a "path"`)
  if (op === 'remove') return { op, path }
  if (op === 'add' || op === 'replace' || op === 'test') {
    if (!Object.hasOwn(operation, 'value')) throw badRequest(`${where} (${op} ${path}) needs a "value"`)
    return { op, path, value: value ?? null }
  }
  if (op === 'move' || op === 'copy') {
    if (typeof from !== 'string') throw badRequest(`${where} (${op} ${path}) needs a "from"`)
    return { op, path, from }
  }
  const found = op === undefined ? 'no "op"' : `the unknown "op" ${JSON.stringify(op)}`
  throw badRequest(`${where} has ${found}; expected add, remove, replace, move, copy or test`)
}

/**
 * The patched document; the input never changes, and a failing operation leaves no trace.
 * @throws {StatusError} BadRequest for a malformed patch, Invalid when an operation does not apply or a test fails
 */
export function applyJsonPatch<T extends Json>(document: T, patch: unknown): Json {
  const operations = parseJsonPatch(patch)
  const place: Place = { root: deepClone<Json>(document), shifted: 0 }
  let copied = 0
  operations.forEach((operation, index) => {
    const label = `operation ${index + 1} of the JSON patch (${operation.op} ${operation.path})`
    copied += applyOperation(place, operation, label)
    if (copied > maxCopied) throw unprocessable(`${label}: the patch copies more than ${maxCopied} bytes`)
    if (place.shifted > maxShifted)
      throw unprocessable(`${label}: the patch shifts more than ${maxShifted} items of lists; send the list as a whole`)
  })
  // Moves can nest what each operation by itself does not.
  refuseUnsafe(place.root, 'the patched object')
  return place.root
}

/** Applies one operation in place and says how much it copied. */
function applyOperation(place: Place, operation: JsonPatchOperation, label: string): number {
  const path = parsePointer(operation.path, label)
  switch (operation.op) {
    case 'add':
      addAt(place, path, deepClone(operation.value), label)
      return 0
    case 'replace':
      replaceAt(place, path, deepClone(operation.value), label)
      return 0
    case 'remove':
      removeAt(place, path, label)
      return 0
    case 'test': {
      const actual = getAt(place, path, label, { absentMember: null })
      if (!deepEqual(actual, operation.value)) {
        // Without the values: refusals are kept in audit logs, and the object may be a Secret.
        throw unprocessable(`${label}: the test failed`)
      }
      return 0
    }
    case 'move': {
      const from = parsePointer(operation.from, label)
      if (path.length > from.length && from.every((step, index) => step === path[index])) {
        throw unprocessable(`${label}: "${operation.from}" cannot be moved into itself`)
      }
      const value = getAt(place, from, label)
      if (operation.from === operation.path) return 0
      removeAt(place, from, label)
      addAt(place, path, value, label)
      return 0
    }
    case 'copy': {
      const value = getAt(place, parsePointer(operation.from, label), label)
      addAt(place, path, deepClone(value), label)
      return sizeOf(value, maxCopied)
    }
    default:
      return operation satisfies never
  }
}

/** The operations that turn one document into another, few of them also within lists. */
export function diffJson(before: Json, after: Json): JsonPatchOperation[] {
  return createPatch(before, after)
}
