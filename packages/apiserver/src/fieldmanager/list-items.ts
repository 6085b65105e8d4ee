/** The items of a `set` or `map` list by what they are called. */

import type { Json, Schema } from '@berth/meta'
import { itemElement } from './path-element.ts'
import type { ShapeContext } from './shape.ts'

/** Elements in order of first occurrence; more than one item where the list repeats one, which live lists may. */
export type ListItems = Map<string, Json[]>

export function itemsOf(list: readonly Json[], schema: Schema, context: ShapeContext): ListItems {
  const items: ListItems = new Map()
  for (const item of list) {
    const called = itemElement(item, schema, context.schemas)
    // Items that cannot be told apart belong to nobody.
    if (!('element' in called)) continue
    const same = items.get(called.element)
    if (same === undefined) items.set(called.element, [item])
    else same.push(item)
  }
  return items
}

/** Null, missing and empty are all nothing to take apart. */
export function isVoid(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) return value.length === 0
  for (const key in value) if (Object.hasOwn(value, key)) return false
  return true
}
