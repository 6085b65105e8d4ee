/** Dropping the fields a schema does not know, as structural schemas of Kubernetes do. */

import { formatPath, isJsonObject, type PathStep } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { checkDepth, describesMembers, isSettled, memberSchema, resolveSchema, type WalkOptions } from './resolve.ts'

/**
 * Removes unknown fields in place and returns their paths (`spec.disks[0].foo`), for warnings and for strict field
 * validation (`unknown field "spec.disks[0].foo"`). Of an unknown branch only its top is listed.
 * @throws {StatusError} BadRequest past the depth limit
 * @throws {MetaError} InvalidSchema for a broken reference
 */
export function prune(object: JsonObject, schema: Schema, set: SchemaSet, { settled }: WalkOptions = {}): string[] {
  const dropped: string[] = []
  new Pruner(set, dropped).walk(object, schema, { isObject: true, settled })
  return dropped
}

interface Position extends WalkOptions {
  isObject: boolean
}

const inside: Position = { isObject: false }

class Pruner {
  readonly #set: SchemaSet
  readonly #dropped: string[]
  readonly #path: PathStep[] = []

  constructor(set: SchemaSet, dropped: string[]) {
    this.#set = set
    this.#dropped = dropped
  }

  walk(value: Json, schema: Schema, { isObject, settled }: Position): void {
    const resolved = resolveSchema(schema, this.#set)
    checkDepth(this.#path)
    if (Array.isArray(value)) this.#list(value, resolved)
    else if (isJsonObject(value)) {
      this.#members(value, resolved, { isObject: isObject || resolved.embeddedResource === true, settled })
    }
  }

  #list(list: Json[], { items }: Schema): void {
    if (items === undefined) return
    for (let index = 0; index < list.length; index += 1) this.#child(index, list[index], items)
  }

  #members(object: JsonObject, schema: Schema, { isObject, settled }: Position): void {
    const strict = describesMembers(schema) && schema.preserveUnknownFields !== true
    for (const key of Object.keys(object)) {
      if (isSettled(settled, object, key)) continue
      const member = memberSchema(schema, key, isObject)
      if (member !== undefined) this.#child(key, object[key], member)
      else if (strict) {
        delete object[key]
        this.#dropped.push(formatPath([...this.#path, key]))
      }
    }
  }

  #child(step: PathStep, value: Json | undefined, schema: Schema): void {
    // Scalars have nothing to drop; skipping them here is most of the speed.
    if (typeof value !== 'object' || value === null) return
    this.#path.push(step)
    this.walk(value, schema, inside)
    this.#path.pop()
  }
}
