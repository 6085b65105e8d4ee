/** An object without the fields of a set. */

import { isJsonObject, type Json, type JsonObject, type Schema } from '@berth/meta'
import { below, isEmptySet, isMember, type FieldSet } from './field-set.ts'
import { fieldElement, itemElement } from './path-element.ts'
import { shapeOf, type Known, type ShapeContext } from './shape.ts'

/** Containers that lose all they held become null, which is then the same as missing. */
export function removeFields(object: JsonObject, set: FieldSet, schema: Schema, context: ShapeContext): JsonObject {
  const removed = remove(object, set, { known: schema, context, isObject: true })
  return isJsonObject(removed) ? removed : {}
}

interface Position {
  known: Known
  context: ShapeContext
  isObject: boolean
}

function remove(value: Json, set: FieldSet, { known, context, isObject }: Position): Json {
  const shape = shapeOf(value, known, context, isObject)
  if (shape.kind === 'list' && Array.isArray(value)) {
    const { schema } = shape
    const items = value.flatMap((item) => {
      const called = itemElement(item, schema, context.schemas)
      const part = 'element' in called ? below(set, called.element) : undefined
      return kept(item, part, { known: schema.items, context, isObject: false })
    })
    return items.length === 0 ? null : items
  }
  if (shape.kind === 'map' && isJsonObject(value)) {
    const members = Object.entries(value).flatMap(([key, content]) =>
      kept(content, below(set, fieldElement(key)), { known: shape.member(key).schema, context, isObject: false }).map(
        (rest) => [key, rest] as const,
      ),
    )
    return members.length === 0 ? null : Object.fromEntries(members)
  }
  // What is owned as a whole has no parts to remove; removing it is for the level above.
  return typeof value === 'object' ? null : value
}

function kept(value: Json, part: FieldSet | undefined, position: Position): Json[] {
  if (part === undefined) return [value]
  if (isMember(part)) return []
  return isEmptySet(part) ? [value] : [remove(value, part, position)]
}
