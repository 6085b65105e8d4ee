/** What the expression of a mutation makes of an object: a merge as server-side apply does it, or a JSON patch. */

import {
  applyJsonPatch,
  isJsonObject,
  ownMember,
  StatusError,
  type Json,
  type JsonObject,
  type Schema,
  type SchemaSet,
} from '@berth/meta'
import { CelFailure, CelList, CelMap, type CelValue } from '../../cel/values.ts'
import { checkConfig } from '../../fieldmanager/check-config.ts'
import { mergeConfig } from '../../fieldmanager/merge.ts'
import { jsonOfValue, MutationError } from './json-of-value.ts'

export interface MutationTarget {
  object: JsonObject
  /** Of the version the object is in. */
  schema: Schema
  schemas: SchemaSet
  builtIn: boolean
}

/** @throws MutationError when it does not fit the object */
export function applyConfiguration(value: CelValue, target: MutationTarget): JsonObject {
  const { object, schema, schemas, builtIn } = target
  const config = jsonOfValue(value, 'Object')
  if (!isJsonObject(config)) throw new MutationError('the expression gives no object')
  const context = { schemas, builtIn }
  // What an object is, no configuration changes.
  const said = { ...config, apiVersion: object['apiVersion'] ?? '', kind: object['kind'] ?? '' }
  try {
    checkConfig(said, { schema, context, what: 'patch' })
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const why = error.message.replace(/^failed to create typed patch object \(patch\): /u, '')
    throw new MutationError(`error applying patch: failed to convert patch object to typed object: ${why}`)
  }
  return mergeConfig(object, said, schema, context)
}

const operations = new Set(['add', 'copy', 'move', 'remove', 'replace', 'test'])
/** Operations of one mutation. */
const maxOperations = 10_000

/**
 * Undefined when a `test` of the patch says that it is not for this object.
 * @throws MutationError when it does not fit the object
 */
export function applyPatch(value: CelValue, { object }: MutationTarget): JsonObject | undefined {
  if (!(value instanceof CelList)) throw new MutationError('the expression gives no list of JSONPatch')
  if (value.length > maxOperations) throw new MutationError(`JSON Patch: more than ${maxOperations} operations`)
  let patched: Json = object
  for (const item of value) {
    const operation = operationOf(item)
    const next = applyOne(patched, operation)
    if (next === undefined) return undefined
    patched = next
  }
  if (!isJsonObject(patched) || !isJsonObject(patched['metadata'])) {
    throw new MutationError('JSON Patch: it leaves no object with metadata')
  }
  return patched
}

function operationOf(item: CelValue): JsonObject {
  if (!(item instanceof CelMap)) throw new MutationError('the expression gives no list of JSONPatch')
  const operation: JsonObject = {}
  for (const field of ['op', 'path', 'from'] as const) {
    const found = item.get(field)
    if (typeof found === 'string') operation[field] = found
  }
  operation['path'] ??= ''
  const value = item.get('value')
  if (value instanceof CelFailure) throw new MutationError(value.message)
  if (value !== undefined) operation['value'] = jsonOfPatchValue(value)
  const op = operation['op']
  if (typeof op !== 'string' || !operations.has(op)) {
    throw new MutationError(`JSON Patch: Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`)
  }
  if (op === 'add' || op === 'replace' || op === 'test') operation['value'] ??= null
  return operation
}

/** An object that was built by name says itself where it belongs. */
function jsonOfPatchValue(value: CelValue): Json {
  const type = value instanceof CelMap ? value.objectType : undefined
  return jsonOfValue(value, type?.kind === 'object' ? type.name : 'Object')
}

function applyOne(document: Json, operation: JsonObject): Json | undefined {
  try {
    return applyJsonPatch(document, [operation])
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const op = operation['op']
    if (op === 'test') return undefined
    // Kubernetes' patches replace what is not there yet.
    if (op === 'replace' && hasParent(document, operation)) return applyOne(document, { ...operation, op: 'add' })
    const path = typeof operation['path'] === 'string' ? operation['path'] : ''
    throw new MutationError(
      `JSON Patch: ${typeof op === 'string' ? op : ''} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`,
    )
  }
}

/** True when the path leads into an object that exists: only its last step is missing. */
function hasParent(document: Json, operation: JsonObject): boolean {
  const path = operation['path']
  if (typeof path !== 'string' || !path.startsWith('/')) return false
  let at: Json | undefined = document
  for (const step of path.slice(1).split('/').slice(0, -1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    at = Array.isArray(at) ? at[Number(key)] : isJsonObject(at) ? ownMember(at, key) : undefined
  }
  return isJsonObject(at)
}
