/** Rewriting values into the one form Kubernetes stores and prints: quantities. */

import { isJsonObject, setOwn, type PathStep } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import { canonicalQuantity } from '../quantity.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { checkDepth, memberSchema, resolveSchema } from './resolve.ts'

/**
 * Prints every quantity in place in its canonical form: 1024Mi as 1Gi, the number 2 as "2". What is no quantity stays;
 * `validate`, which comes first, has refused it.
 * @throws {StatusError} BadRequest past the depth limit
 * @throws {MetaError} InvalidSchema for a broken reference
 */
export function canonicalise(object: JsonObject, schema: Schema, set: SchemaSet): void {
  walk(object, schema, { set, path: [], isObject: true })
}

interface Position {
  set: SchemaSet
  path: PathStep[]
  isObject: boolean
}

/** The value to store in the place of `value`; containers are changed in place. */
function walk(value: Json, schema: Schema, position: Position): Json {
  const { set, path } = position
  const resolved = resolveSchema(schema, set)
  if (resolved.format === 'quantity') return canonical(value)
  if (typeof value !== 'object' || value === null) return value
  checkDepth(path)
  const below = { set, path, isObject: false }
  if (Array.isArray(value)) {
    const { items } = resolved
    if (items === undefined) return value
    for (let index = 0; index < value.length; index += 1) {
      path.push(index)
      value[index] = walk(value[index] ?? null, items, below)
      path.pop()
    }
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      const member = memberSchema(resolved, key, position.isObject || resolved.embeddedResource === true)
      if (member === undefined) continue
      path.push(key)
      const before = value[key] ?? null
      const after = walk(before, member, below)
      if (after !== before) setOwn(value, key, after)
      path.pop()
    }
  }
  return value
}

function canonical(value: Json): Json {
  if (typeof value !== 'string' && typeof value !== 'number') return value
  try {
    return canonicalQuantity(typeof value === 'string' ? value.trim() : value)
  } catch {
    // Only an invalid quantity throws here, and reporting it is validate's task.
    return value
  }
}
