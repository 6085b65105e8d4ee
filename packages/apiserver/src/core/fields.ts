/** Reading and defaulting members of objects that came over the wire, whose shape only their schema vouches for. */

import { deepEqual, isJsonObject, ownMember, setOwn, type Json, type JsonObject } from '@berth/meta'

export function objectAt(parent: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = parent === undefined ? undefined : ownMember(parent, key)
  return isJsonObject(value) ? value : undefined
}

/** The objects in a list; anything else in it is left out. */
export function objectsAt(parent: JsonObject | undefined, key: string): JsonObject[] {
  const value = parent === undefined ? undefined : ownMember(parent, key)
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

export function textsAt(parent: JsonObject | undefined, key: string): string[] {
  const value = parent === undefined ? undefined : ownMember(parent, key)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** "" when absent. */
export function textAt(parent: JsonObject | undefined, key: string): string {
  const value = parent === undefined ? undefined : ownMember(parent, key)
  return typeof value === 'string' ? value : ''
}

/** 0 when absent. */
export function numberAt(parent: JsonObject | undefined, key: string): number {
  const value = parent === undefined ? undefined : ownMember(parent, key)
  return typeof value === 'number' ? value : 0
}

/** Sets members that are absent, or empty texts: Go clients may write those where nothing was set. */
export function defaultTo(parent: JsonObject, defaults: JsonObject): void {
  for (const [key, value] of Object.entries(defaults)) {
    const present = ownMember(parent, key)
    if (present === undefined || present === null || present === '') setOwn(parent, key, value)
  }
}

/** The member as an object, made when absent. */
export function ensureObject(parent: JsonObject, key: string): JsonObject {
  const present = objectAt(parent, key)
  if (present !== undefined) return present
  const made: JsonObject = {}
  if (ownMember(parent, key) === undefined) setOwn(parent, key, made)
  return made
}

/** Forgets maps with nothing in them: Go's `omitempty` shows none, so the last key of a map takes the map along. */
export function dropEmpty(parent: JsonObject, ...keys: string[]): void {
  for (const key of keys) {
    const value = objectAt(parent, key)
    if (value !== undefined && Object.keys(value).length === 0) delete parent[key]
  }
}

/** A copy without some members. */
export function without(object: JsonObject | undefined, ...keys: string[]): JsonObject {
  return Object.fromEntries(Object.entries(object ?? {}).filter(([key]) => !keys.includes(key)))
}

/** Equal, where an absent member and an empty one mean the same, as they do once Go has read them. */
export function sameContent(left: Json | undefined, right: Json | undefined): boolean {
  return deepEqual(compact(left), compact(right))
}

function compact(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => compact(item) ?? null)
  if (!isJsonObject(value)) return value === null || value === '' || value === 0 || value === false ? undefined : value
  const entries = Object.entries(value).flatMap(([key, member]) => {
    const kept = compact(member)
    return kept === undefined ? [] : [[key, kept] as const]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
