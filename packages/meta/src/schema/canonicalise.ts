/** Rewriting values into the one form Kubernetes stores and prints: quantities. */

import { isJsonObject, setOwn, type PathStep } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import { canonicalQuantity } from '../quantity.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { checkDepth, isSettled, memberSchema, resolveSchema, type WalkOptions } from './resolve.ts'

/**
 * Prints every quantity in place in its canonical form: 1024Mi as 1Gi, the number 2 as "2". What is no quantity stays;
 * `validate`, which comes first, has refused it.
 * @throws {StatusError} BadRequest past the depth limit
 * @throws {MetaError} InvalidSchema for a broken reference
 */
export function canonicalise(object: JsonObject, schema: Schema, set: SchemaSet, { settled }: WalkOptions = {}): void {
  walk(object, schema, { set, path: [], isObject: true, settled })
}

interface Position extends WalkOptions {
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
    if (items === undefined || !hasQuantities(items, set)) return value
    for (let index = 0; index < value.length; index += 1) {
      path.push(index)
      value[index] = walk(value[index] ?? null, items, below)
      path.pop()
    }
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      if (isSettled(position.settled, value, key)) continue
      const member = memberSchema(resolved, key, position.isObject || resolved.embeddedResource === true)
      if (member === undefined || !hasQuantities(member, set)) continue
      path.push(key)
      const before = value[key] ?? null
      const after = walk(before, member, below)
      if (after !== before) setOwn(value, key, after)
      path.pop()
    }
  }
  return value
}

const known = new WeakMap<Schema, { set: SchemaSet; answer: boolean }>()

/** Whether a value of the schema may have quantities in it: most parts of objects have none, and need not be gone through. */
function hasQuantities(schema: Schema, set: SchemaSet): boolean {
  const found = known.get(schema)
  if (found?.set === set) return found.answer
  const answer = leadsToQuantity(schema, set, new Set())
  known.set(schema, { set, answer })
  return answer
}

/** @param seen schemas may refer to themselves */
function leadsToQuantity(schema: Schema, set: SchemaSet, seen: Set<Schema>): boolean {
  const resolved = resolveSchema(schema, set)
  if (resolved.format === 'quantity') return true
  if (seen.has(resolved)) return false
  seen.add(resolved)
  const { properties = {}, additionalProperties, items } = resolved
  const parts = [...Object.values(properties), additionalProperties, items]
  return parts.some((part) => part !== undefined && leadsToQuantity(part, set, seen))
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
