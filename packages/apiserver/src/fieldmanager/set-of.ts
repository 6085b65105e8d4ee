/** The set of fields an object consists of: what an applied configuration lays claim to. */

import { isJsonObject, type Json, type JsonObject, type Schema } from '@berth/meta'
import { FieldSetBuilder, type FieldSet } from './field-set.ts'
import { itemsOf } from './list-items.ts'
import { fieldElement } from './path-element.ts'
import { shapeOf, type Known, type ShapeContext } from './shape.ts'

export function setOf(object: JsonObject, schema: Schema, context: ShapeContext): FieldSet {
  const builder = new FieldSetBuilder()
  const path: string[] = []

  const step = (element: string, value: Json, known: Known, isItem: boolean): void => {
    path.push(element)
    walk(value, known, false)
    if (isItem) builder.add(path)
    path.pop()
  }

  const walk = (value: Json, known: Known, isObject: boolean): void => {
    const shape = shapeOf(value, known, context, isObject)
    if (shape.kind === 'leaf') {
      if (path.length > 0) builder.add(path)
    } else if (shape.kind === 'list' && Array.isArray(value)) {
      for (const [element, items] of itemsOf(value, shape.schema, context)) {
        for (const item of items) step(element, item, shape.schema.items, true)
      }
    } else if (shape.kind === 'map' && isJsonObject(value)) {
      for (const [key, content] of Object.entries(value)) {
        const member = shape.member(key)
        const empty = content === null || (isJsonObject(content) && Object.keys(content).length === 0)
        // A key of a map is owned beside its content; a field of an object consists of its content alone.
        step(fieldElement(key), content, member.schema, empty || !member.declared)
      }
    }
  }

  walk(object, schema, true)
  return builder.set
}

/**
 * The set with the declared fields on the way to its members as members: they go when all below them goes, where keys and items are
 * members of their own right.
 */
export function withNamedFields(set: FieldSet, object: JsonObject, schema: Schema, context: ShapeContext): FieldSet {
  const walk = (at: FieldSet, value: Json | undefined, known: Known, isObject: boolean): FieldSet => {
    const result: FieldSet = {}
    const shape = value === undefined ? undefined : shapeOf(value, known, context, isObject)
    const items = shape?.kind === 'list' && Array.isArray(value) ? itemsOf(value, shape.schema, context) : undefined
    for (const [element, content] of Object.entries(at)) {
      if (element === '.') {
        result[element] = content
        continue
      }
      let inner: FieldSet = content
      if (Object.keys(content).length > 0) {
        if (shape?.kind === 'map' && element.startsWith('f:')) {
          const key = element.slice(2)
          const member = shape.member(key)
          inner = walk(
            content,
            isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined,
            member.schema,
            false,
          )
          if (member.declared) inner = { '.': {}, ...inner }
        } else if (shape?.kind === 'list') {
          inner = walk(content, items?.get(element)?.[0], shape.schema.items, false)
        }
      }
      result[element] = inner
    }
    return result
  }
  return walk(set, object, schema, true)
}
