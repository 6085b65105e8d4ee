/** JSON Pointer (RFC 6901) places inside a document that is being patched. Changes it in place. */

import { isJsonObject, ownMember } from '../json.ts'
import type { Json } from '../object.ts'
import { badRequest } from '../status.ts'
import { unprocessable } from './safety.ts'

/** The document under patch; a box, because an operation may replace the whole of it. */
export interface Place {
  root: Json
  /** How many items of lists made room, or closed up, so far. */
  shifted: number
}

/** The unescaped steps of a pointer. @throws {StatusError} BadRequest when it is none, or names `__proto__` */
export function parsePointer(pointer: string, label: string): string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) throw badRequest(`${label}: the path "${pointer}" must start with "/"`)
  const steps = pointer.slice(1).split('/')
  return steps.map((step) => {
    if (/~(?![01])/.test(step)) throw badRequest(`${label}: in "${pointer}" write ~0 for "~" and ~1 for "/"`)
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (name === '__proto__') throw badRequest(`${label}: the path must not contain "__proto__"`)
    return name
  })
}

function quote(steps: readonly string[]): string {
  return `"${steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}"`
}

/** Position in a list; `-` (the place after the end) only where something is added. */
function indexOf(list: Json[], step: string, path: readonly string[], label: string, adding: boolean): number {
  const end = adding ? list.length : list.length - 1
  if (adding && step === '-') return list.length
  // Leading zeros and signs are no array index (RFC 6901, section 4).
  const index = /^(?:0|[1-9]\d{0,9})$/.test(step) ? Number(step) : Number.NaN
  if (Number.isNaN(index)) throw unprocessable(`${label}: "${step}" in ${quote(path)} is not the index of a list`)
  if (index > end) throw unprocessable(`${label}: ${quote(path)} is beyond the end of the list (length ${list.length})`)
  return index
}

export interface GetOptions {
  /** What to read when the last step is a member its object does not have; without it that is an error. */
  absentMember?: Json
}

/** @throws {StatusError} Invalid when a step is missing */
export function getAt(place: Place, path: readonly string[], label: string, options: GetOptions = {}): Json {
  let at = place.root
  path.forEach((step, depth) => {
    if (Array.isArray(at)) {
      at = at[indexOf(at, step, path, label, false)] ?? null
      return
    }
    const member = isJsonObject(at) ? ownMember(at, step) : undefined
    if (member !== undefined) at = member
    else if (isJsonObject(at) && depth === path.length - 1 && options.absentMember !== undefined) {
      at = options.absentMember
    } else throw missing(path.slice(0, depth + 1), label)
  })
  return at
}

function missing(path: readonly string[], label: string): Error {
  return unprocessable(`${label}: the object has nothing at ${quote(path)}`)
}

/** Adds or sets. @throws {StatusError} Invalid when there is nothing to add to */
export function addAt(place: Place, path: readonly string[], value: Json, label: string): void {
  const last = path.at(-1)
  if (last === undefined) {
    place.root = value
    return
  }
  const parent = getAt(place, path.slice(0, -1), label)
  if (Array.isArray(parent)) {
    const index = indexOf(parent, last, path, label, true)
    place.shifted += parent.length - index
    parent.splice(index, 0, value)
  } else if (isJsonObject(parent)) parent[last] = value
  else throw missing(path, label)
}

/** @throws {StatusError} Invalid when there is nothing to replace */
export function replaceAt(place: Place, path: readonly string[], value: Json, label: string): void {
  const last = path.at(-1)
  if (last === undefined) {
    place.root = value
    return
  }
  const parent = getAt(place, path.slice(0, -1), label)
  if (Array.isArray(parent)) parent[indexOf(parent, last, path, label, false)] = value
  else if (isJsonObject(parent) && Object.hasOwn(parent, last)) parent[last] = value
  else throw missing(path, label)
}

/** @throws {StatusError} Invalid when there is nothing to remove */
export function removeAt(place: Place, path: readonly string[], label: string): void {
  const last = path.at(-1)
  if (last === undefined) throw unprocessable(`${label}: the whole object cannot be removed`)
  const parent = getAt(place, path.slice(0, -1), label)
  if (Array.isArray(parent)) {
    const index = indexOf(parent, last, path, label, false)
    place.shifted += parent.length - index
    parent.splice(index, 1)
  } else if (isJsonObject(parent) && Object.hasOwn(parent, last)) delete parent[last]
  else throw missing(path, label)
}
