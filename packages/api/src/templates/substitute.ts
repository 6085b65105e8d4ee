/** Parameters in the texts of a JSON value: which there are, and the value with all of them filled in. */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'

/** `${NAME}` anywhere in a text. */
const inText = /\$\{([a-zA-Z0-9_]+)\}/g
/** `${{NAME}}` as the whole text: the value replaces it with its own type. */
const wholeValue = /^\$\{\{([a-zA-Z0-9_]+)\}\}$/

/** Thrown by {@link substitute}; the message is the one clients know. */
export class SubstitutionError extends Error {}

export type Values = ReadonlyMap<string, string>

/** Names that the texts of a value refer to, keys of objects included. */
export function referencesIn(value: Json | undefined, found: Set<string> = new Set()): Set<string> {
  if (typeof value === 'string') {
    const whole = wholeValue.exec(value)
    if (whole?.[1] !== undefined) found.add(whole[1])
    for (const [, name] of value.matchAll(inText)) if (name !== undefined) found.add(name)
  } else if (Array.isArray(value)) {
    for (const entry of value) referencesIn(entry, found)
  } else if (isJsonObject(value)) {
    for (const [key, entry] of Object.entries(value)) {
      referencesIn(key, found)
      referencesIn(entry, found)
    }
  }
  return found
}

export function hasReference(text: string): boolean {
  return referencesIn(text).size > 0
}

/**
 * A copy with every parameter filled in.
 * @throws {SubstitutionError} for a name without a value, and for a value that does not fit where it is put
 */
export function substitute(value: Json, values: Values): Json {
  if (typeof value === 'string') return substituteText(value, values)
  if (Array.isArray(value)) return value.map((entry) => substitute(entry, values))
  if (!isJsonObject(value)) return value
  const copy: JsonObject = {}
  for (const [key, entry] of Object.entries(value)) {
    const name = substituteText(key, values)
    if (typeof name !== 'string') {
      throw new SubstitutionError(`substituted value type ${goType(name)} is not assignable to target type string`)
    }
    // A key of this name would change the object instead of being in it.
    if (name === '__proto__') throw new SubstitutionError('a field cannot be named __proto__')
    copy[name] = substitute(entry, values)
  }
  return copy
}

/** The text with its parameters filled in; for `${{NAME}}` the value as JSON, or as text where it is none. */
export function substituteText(text: string, values: Values): Json {
  const whole = wholeValue.exec(text)
  if (whole?.[1] !== undefined) return jsonOr(valueOf(whole[1], values))
  let result = text
  for (const [reference, name = ''] of text.matchAll(inText)) {
    // A function, as `$&` in a value means nothing.
    result = result.replace(reference, () => valueOf(name, values))
  }
  return result
}

function valueOf(name: string, values: Values): string {
  const value = values.get(name)
  if (value === undefined) throw new SubstitutionError(`found parameter '${name}' but it was not defined`)
  return value
}

function jsonOr(text: string): Json {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text
  }
  if (value === null) throw new SubstitutionError('cannot assign nil value to target type interface {}')
  // What JSON.parse gives is JSON.
  return value as Json
}

function goType(value: Json): string {
  if (typeof value === 'number') return 'float64'
  if (typeof value === 'boolean') return 'bool'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}
