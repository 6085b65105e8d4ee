/** Places in a manifest. Items of lists that have names are addressed by them, so that a place stays the same when the list is sorted anew. */

import { isJsonObject, ownMember, setOwn, type Json, type JsonObject } from '@berth/meta'

/** A member, the n-th item, or the item with that `name`. */
export type DraftStep = string | number | { name: string }
export type DraftPath = readonly DraftStep[]

/** `spec.template.spec.volumes[root].name`; members with dots or brackets are quoted as in JSON. */
export function pathText(path: DraftPath): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (typeof step === 'object') text += `[${step.name}]`
    else if (/[.[\]]/.test(step)) text += `[${JSON.stringify(step)}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

/** The value there; undefined when any step is missing. */
export function valueAt(value: Json | undefined, path: DraftPath): Json | undefined {
  let at = value
  for (const step of path) {
    if (typeof step === 'string') at = isJsonObject(at) ? ownMember(at, step) : undefined
    else if (Array.isArray(at)) at = at[indexOf(at, step)]
    else return undefined
  }
  return at
}

/** Whether one place is another, or lies within it. */
export function isWithin(path: DraftPath, outer: DraftPath): boolean {
  return outer.length <= path.length && outer.every((step, index) => sameStep(step, path[index]))
}

/**
 * A copy with another value there; what is missing on the way is made. `undefined` takes the member or the item away.
 * @throws {RangeError} when a step on the way is neither missing nor of its kind
 */
export function changedAt(value: Json | undefined, path: DraftPath, next: Json | undefined): Json | undefined {
  const [step, ...rest] = path
  if (step === undefined) return next
  if (typeof step === 'string') return changedMember(value, step, { rest, next, path })
  if (value !== undefined && value !== null && !Array.isArray(value)) throw notOfKind(path, 'a list')
  const items = [...(value ?? [])]
  const found = indexOf(items, step)
  const index = found < 0 ? items.length : found
  if (next === undefined && rest.length === 0) {
    if (found >= 0) items.splice(index, 1)
    return items
  }
  const start: Json | undefined = items[index] ?? (typeof step === 'object' ? { name: step.name } : undefined)
  const changed = changedAt(start, rest, next)
  if (changed !== undefined) items[index] = changed
  return items
}

interface Change {
  rest: DraftPath
  next: Json | undefined
  path: DraftPath
}

function changedMember(value: Json | undefined, key: string, { rest, next, path }: Change): Json | undefined {
  if (value !== undefined && value !== null && !isJsonObject(value)) throw notOfKind(path, 'an object')
  const before = isJsonObject(value) ? ownMember(value, key) : undefined
  if (next === undefined && (rest.length === 0 || before === undefined)) {
    if (!isJsonObject(value) || before === undefined) return value
    const copy: JsonObject = {}
    for (const [name, member] of Object.entries(value)) if (name !== key) setOwn(copy, name, member)
    return copy
  }
  const copy: JsonObject = {}
  for (const [name, member] of Object.entries(value ?? {})) setOwn(copy, name, member)
  const changed = changedAt(before, rest, next)
  if (changed !== undefined) setOwn(copy, key, changed)
  return copy
}

/** -1 when there is none. An index past the end means a new item. */
function indexOf(items: readonly Json[], step: number | { name: string }): number {
  if (typeof step === 'number') return step < items.length ? step : -1
  return items.findIndex((item) => isJsonObject(item) && ownMember(item, 'name') === step.name)
}

/** The names of a list whose items all have one of their own; undefined for other lists. */
export function itemNames(items: readonly Json[]): string[] | undefined {
  const names = items.map((item) => (isJsonObject(item) ? ownMember(item, 'name') : undefined))
  const given = names.filter((name): name is string => typeof name === 'string' && name !== '')
  return given.length === items.length && new Set(given).size === given.length ? given : undefined
}

function sameStep(left: DraftStep, right: DraftStep | undefined): boolean {
  if (typeof left === 'object') return typeof right === 'object' && left.name === right.name
  return left === right
}

function notOfKind(path: DraftPath, kind: string): RangeError {
  return new RangeError(`${pathText(path)} can't be changed: what it stands in is not ${kind}`)
}
