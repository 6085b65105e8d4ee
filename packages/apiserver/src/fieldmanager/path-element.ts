/** One step of a path in FieldsV1: a field, an item of a list by its keys or by its value, or an index. */

import {
  isJsonObject,
  ownMember,
  resolveSchema,
  type Json,
  type JsonObject,
  type Schema,
  type SchemaSet,
} from '@berth/meta'

export function fieldElement(name: string): string {
  return `f:${name}`
}

/** The element of an item of a `set` list. */
export function valueElement(value: Json): string {
  return `v:${JSON.stringify(value)}`
}

/** What an item is called by, or why it cannot be called by anything. */
export type ItemElement = { element: string } | { problem: string }

/** The element of an item of a `set` or `map` list. */
export function itemElement(item: Json, list: Schema, schemas: SchemaSet): ItemElement {
  if (list.listType === 'map') return keyedElement(item, list, schemas)
  if (typeof item !== 'object') return { element: valueElement(item) }
  const kind = item === null ? 'a null' : 'a composite'
  return { problem: `associative list without keys has an element that's ${kind} value` }
}

function keyedElement(item: Json, list: Schema, schemas: SchemaSet): ItemElement {
  const refused = (why: string): ItemElement => ({ problem: `associative list with keys ${why}` })
  if (item === null) return refused('may not have a null element')
  if (!isJsonObject(item)) return refused('may not have non-map elements')
  const keys = list.listMapKeys ?? []
  const [only] = keys
  if (only !== undefined && keys.length === 1) {
    const value = keyValue(item, only, { list, schemas })
    return value === undefined
      ? refused(omits(only))
      : { element: `k:{${JSON.stringify(only)}:${JSON.stringify(value)}}` }
  }
  const values: JsonObject = {}
  for (const key of keys.toSorted()) {
    const value = keyValue(item, key, { list, schemas })
    if (value === undefined) return refused(omits(key))
    values[key] = value
  }
  return { element: `k:${JSON.stringify(values)}` }
}

function omits(key: string): string {
  return `has an element that omits key field ${JSON.stringify(key)} (and doesn't have default value)`
}

function keyValue(
  item: JsonObject,
  key: string,
  { list, schemas }: { list: Schema; schemas: SchemaSet },
): Json | undefined {
  const value = ownMember(item, key)
  if (value !== undefined) return value
  const schema = list.items === undefined ? undefined : resolveSchema(list.items, schemas)
  const standard = schema?.properties?.[key]?.default
  if (standard !== undefined) return standard
  // The published schemas of built-in kinds, whose lists also have a patch strategy, default every required text to "".
  return list.patchStrategy !== undefined && schema?.required?.includes(key) === true ? '' : undefined
}

const index = /^-?[0-9]{1,15}$/

/** The canonical text of an element a client sent; undefined when it is none. */
export function canonicalElement(text: string): string | undefined {
  const rest = text.slice(2)
  switch (text.slice(0, 2)) {
    case 'f:':
      return text
    case 'i:':
      return index.test(rest) ? `i:${Number(rest)}` : undefined
    case 'v:': {
      const value = parsed(rest)
      return value === undefined ? undefined : valueElement(value)
    }
    case 'k:': {
      const value = parsed(rest)
      if (!isJsonObject(value)) return undefined
      return `k:${JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))))}`
    }
    default:
      return undefined
  }
}

function parsed(text: string): Json | undefined {
  try {
    // JSON.parse gives a JSON value or throws.
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** An element as paths in messages have it: `.spec`, `[port=80,protocol="TCP"]`, `[="x"]`, `[0]`. */
export function printElement(element: string): string {
  const rest = element.slice(2)
  switch (element.slice(0, 2)) {
    case 'k:': {
      const keys = parsed(rest)
      if (!isJsonObject(keys)) return `[${rest}]`
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`
    }
    case 'v:':
      return `[=${rest}]`
    case 'i:':
      return `[${rest}]`
    default:
      return `.${rest}`
  }
}

const rank: Record<string, number> = { '.': 0, f: 1, k: 2, v: 3, i: 4 }

/** Order of elements in a stored set: fields, keys, values, indexes. */
export function compareElements(left: string, right: string): number {
  if (left.charCodeAt(0) === right.charCodeAt(0)) return left < right ? -1 : left > right ? 1 : 0
  const byKind = (rank[left.charAt(0)] ?? 0) - (rank[right.charAt(0)] ?? 0)
  return byKind
}
