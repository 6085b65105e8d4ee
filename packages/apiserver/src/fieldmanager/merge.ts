/** Puts an applied configuration into the live object. */

import { isJsonObject, ownMember, setOwn, type Json, type JsonObject, type Schema } from '@berth/meta'
import { isVoid, itemsOf } from './list-items.ts'
import { shapeOf, type Known, type ShapeContext } from './shape.ts'

/** The live object with all the configuration says; neither is changed, and parts of both are shared. */
export function mergeConfig(live: JsonObject, config: JsonObject, schema: Schema, context: ShapeContext): JsonObject {
  const merged = mergeValue(live, config, schema, { context, isObject: true })
  return isJsonObject(merged) ? merged : {}
}

interface Position {
  context: ShapeContext
  isObject: boolean
}

function mergeValue(live: Json | undefined, config: Json, known: Known, { context, isObject }: Position): Json {
  if (live === undefined || (isVoid(live) && isVoid(config))) return config
  const present = config === null ? live : config
  const shape = shapeOf(present, known, context, isObject)
  if (shape.kind === 'list' && Array.isArray(present)) {
    // A null list says nothing of its items.
    return mergeLists(Array.isArray(live) ? live : [], Array.isArray(config) ? config : [], shape.schema, context)
  }
  if (shape.kind === 'map' && isJsonObject(present)) {
    if (!isJsonObject(live) || !isJsonObject(config)) return isJsonObject(live) && config === null ? live : config
    const merged: JsonObject = { ...live }
    for (const [key, value] of Object.entries(config)) {
      setOwn(
        merged,
        key,
        mergeValue(ownMember(live, key), value, shape.member(key).schema, { context, isObject: false }),
      )
    }
    return merged
  }
  return config
}

/**
 * Items of the configuration come in its order; those only the live list has stay between the neighbours they had
 * (structured-merge-diff, order of merged lists).
 */
function mergeLists(live: readonly Json[], config: readonly Json[], schema: Schema, context: ShapeContext): Json[] {
  const ours = itemsOf(live, schema, context)
  const theirs = itemsOf(config, schema, context)
  const merged: Json[] = []
  const queue = [...theirs.keys()]
  const shared = queue.filter((element) => ours.has(element))
  const place = (element: string): void => {
    const before = ours.get(element)
    const item = theirs.get(element)?.[0] ?? null
    // Of an item the live list repeats, the configuration's one takes all their places.
    const base = before?.length === 1 ? before[0] : undefined
    merged.push(mergeValue(base, item, schema.items, { context, isObject: false }))
  }
  for (const [element, items] of ours) {
    if (!theirs.has(element)) {
      for (const item of items) merged.push(item)
      continue
    }
    // Already placed, or to be placed behind a later one, as the configuration orders them.
    if (element !== shared[0]) continue
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      place(next)
      if (next === element) break
    }
    shared.shift()
  }
  for (const element of queue) place(element)
  return merged
}
