/**
 * Strategic merge patch: a merge patch that knows from the schema which lists merge by key, with directives for the rest
 * (`$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…`). Rules: apimachinery `pkg/util/strategicpatch`.
 */

import { isJsonObject, ownMember } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import { memberSchema, resolveSchema } from '../schema/resolve.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { badRequest } from '../status.ts'
import { baseFor, type PatchOptions } from './base.ts'
import { directives, isDirective, settle } from './directives.ts'
import { mergeList, orderList, type ListRules } from './merge-list.ts'
import { patchObject } from './safety.ts'

/**
 * The patched object; the input stays as it is, and shares nothing with the result but members that `keeps` names. Fields the schema does not know merge as in a merge patch.
 * @throws {StatusError} BadRequest for a malformed patch, Invalid when it does not fit the object
 * @throws {MetaError} InvalidSchema for a broken reference
 */
export function applyStrategicMergePatch(
  target: JsonObject,
  patch: unknown,
  { schema, set, ...options }: PatchOptions & { schema: Schema; set: SchemaSet },
): JsonObject {
  const checked = patchObject(patch, 'strategic merge patch')
  return new Merger(set).object(baseFor(target, checked, options), checked, resolveSchema(schema, set), true)
}

class Merger {
  readonly #set: SchemaSet

  constructor(set: SchemaSet) {
    this.#set = set
  }

  /** Merges into `target`, which this module owns. */
  object(target: JsonObject, patch: JsonObject, schema: Schema | undefined, isObject: boolean): JsonObject {
    const directive = ownMember(patch, directives.patch)
    if (directive === 'delete') return {}
    if (directive === 'replace') return settle(patch)
    if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive)
    retainKeys(target, patch)

    for (const [key, value] of Object.entries(patch)) {
      if (isDirective(key)) continue
      const member = schema === undefined ? undefined : memberSchema(schema, key, isObject)
      this.#member({ target, key, value, schema: member, order: ownMember(patch, `${directives.order}${key}`) })
    }
    this.#parallelLists(target, patch, schema, isObject)
    return target
  }

  #member(change: {
    target: JsonObject
    key: string
    value: Json
    schema: Schema | undefined
    order: Json | undefined
  }) {
    const { target, key, value, schema, order } = change
    if (value === null) {
      delete target[key]
      return
    }
    const rules = this.#listRules(schema)
    const before = ownMember(target, key)
    if (isJsonObject(value)) {
      const deletes = ownMember(value, directives.patch) === 'delete'
      if (deletes && before === undefined) return
      target[key] =
        isJsonObject(before) && rules.strategy !== 'replace' ? this.#merge(before, value, schema) : settle(value)
    } else if (Array.isArray(value)) {
      if (Array.isArray(before) && rules.strategy === 'merge') {
        target[key] = mergeList(before, value, rules)
      } else target[key] = settle(value)
    } else target[key] = value
    const after = target[key]
    if (order !== undefined && Array.isArray(after)) {
      target[key] = orderList(after, Array.isArray(before) ? before : [], { order, patch: value, rules, field: key })
    }
  }

  #merge(target: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
    const resolved = schema === undefined ? undefined : resolveSchema(schema, this.#set)
    return this.object(target, patch, resolved, resolved?.embeddedResource === true)
  }

  /** `$deleteFromPrimitiveList/x` and, for lists the patch itself does not touch, `$setElementOrder/x`. */
  #parallelLists(target: JsonObject, patch: JsonObject, schema: Schema | undefined, isObject: boolean): void {
    for (const [key, value] of Object.entries(patch)) {
      const kind = [directives.deleteFrom, directives.order].find((prefix) => key.startsWith(prefix))
      if (kind === undefined) continue
      if (!Array.isArray(value)) throw badRequest(`the directive "${key}" must be a list`)
      const field = key.slice(kind.length)
      const list = ownMember(target, field)
      if (!Array.isArray(list)) continue
      const rules = this.#listRules(schema === undefined ? undefined : memberSchema(schema, field, isObject))
      if (kind === directives.deleteFrom) {
        const gone = new Set(value)
        target[field] = list.filter((item) => !gone.has(item))
      } else if (!Object.hasOwn(patch, field)) target[field] = orderList(list, list, { order: value, rules, field })
    }
  }

  #listRules(schema: Schema | undefined): ListRules {
    const resolved = schema === undefined ? undefined : resolveSchema(schema, this.#set)
    const strategies = (schema?.patchStrategy ?? resolved?.patchStrategy ?? '').split(',')
    return {
      strategy: strategies.find((each) => each === 'merge' || each === 'replace'),
      mergeKey: schema?.patchMergeKey ?? resolved?.patchMergeKey,
      mergeItem: (target, patch) => this.#merge(target, patch, resolved?.items),
    }
  }
}

/** `$retainKeys`: of a union, what the patch does not list goes. */
function retainKeys(target: JsonObject, patch: JsonObject): void {
  const retained = ownMember(patch, directives.retainKeys)
  if (retained === undefined) return
  if (!Array.isArray(retained)) throw badRequest('the directive "$retainKeys" must be a list')
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null && !isDirective(key) && !retained.includes(key)) {
      throw badRequest(`the strategic merge patch sets "${key}", which its "$retainKeys" does not list`)
    }
  }
  for (const key of Object.keys(target)) if (!retained.includes(key)) delete target[key]
}

function unknownDirective(directive: Json): Error {
  return badRequest(
    `the strategic merge patch has "$patch": ${JSON.stringify(directive)}; expected replace, delete or merge`,
  )
}
