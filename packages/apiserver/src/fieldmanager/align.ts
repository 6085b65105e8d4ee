/**
 * Owners recorded while a list or map was taken apart, after its schema has made it a whole: whoever owned a part of it owns it all.
 * Without this nobody would be asked before it is replaced.
 */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'
import type { FieldSet } from './field-set.ts'
import { changedEntry, type ManagerEntry, type Managers } from './managers.ts'
import { itemsOf, type ListItems } from './list-items.ts'
import { shapeOf, type Known, type Shape } from './shape.ts'
import type { Kind } from './write.ts'

/** The owners as the schema sees the object now; the same ones when nothing has changed. */
export function alignOwners(managers: Managers, object: JsonObject, kind: Kind): Managers {
  let result: Map<string, ManagerEntry> | undefined
  for (const [key, entry] of managers) {
    const fields = aligned(entry.fields, object, { known: kind.schema, kind, isObject: true })
    if (fields === entry.fields) continue
    result ??= new Map(managers)
    result.set(key, changedEntry(entry, { fields }))
  }
  return result ?? managers
}

interface Position {
  known: Known
  kind: Kind
  isObject: boolean
}

function aligned(set: FieldSet, value: Json | undefined, { known, kind, isObject }: Position): FieldSet {
  const shape = shapeOf(value ?? null, known, kind.context, isObject)
  if (shape.kind === 'leaf') {
    // What is missing or a scalar has lost its parts by itself.
    const whole = typeof value === 'object' && value !== null
    return whole && Object.keys(set).length > 0 ? {} : set
  }
  let result = set
  let items: ListItems | undefined
  for (const [element, content] of Object.entries(set)) {
    if (Object.keys(content).length === 0) continue
    if (shape.kind === 'list') items ??= itemsOf(Array.isArray(value) ? value : [], shape.schema, kind.context)
    const part = partOf(element, value, shape, items)
    if (part === undefined) continue
    const next = aligned(content, part.value, { known: part.known, kind, isObject: false })
    if (next === content) continue
    if (result === set) result = { ...set }
    result[element] = next
  }
  return result
}

function partOf(
  element: string,
  value: Json | undefined,
  shape: Shape,
  items: ListItems | undefined,
): { value: Json | undefined; known: Known } | undefined {
  if (shape.kind === 'list') {
    const item = items?.get(element)?.[0]
    return item === undefined ? undefined : { value: item, known: shape.schema.items }
  }
  if (shape.kind !== 'map' || !element.startsWith('f:') || !isJsonObject(value)) return undefined
  const key = element.slice(2)
  return Object.hasOwn(value, key) ? { value: value[key], known: shape.member(key).schema } : undefined
}
