/** Lists in strategic merge patches: merged by key or as sets, then put into the order the patch asks for. */

import { isJsonObject, ownMember } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import { badRequest } from '../status.ts'
import { directives, settle } from './directives.ts'
import { nameOfType, unprocessable } from './safety.ts'

export interface ListRules {
  strategy: 'merge' | 'replace' | undefined
  mergeKey: string | undefined
  mergeItem(target: JsonObject, patch: JsonObject): JsonObject
}

/** What identifies an item: its merge key, or itself in a list of scalars. Maps compare it by value. */
type Identity = string | number | boolean | null

/**
 * Merges `patch` into `list`. New items keep the patch's order, and items only the server has keep theirs.
 * @throws {StatusError} Invalid when an item has no merge key, BadRequest for an unknown directive
 */
export function mergeList(list: Json[], patch: Json[], rules: ListRules): Json[] {
  if (patch.length === 0) return list
  const ofObjects = [...list, ...patch].some(isJsonObject)
  if (!ofObjects) return interleave([...new Set([...list, ...patch])], list, patch.map(scalar), scalar)

  const { mergeKey } = rules
  if (mergeKey === undefined) throw unprocessable('cannot merge lists of objects without a merge key in the schema')
  const identify = (item: Json) => keyOf(item, mergeKey)
  const { base, items } = applyDirectives(list, patch, mergeKey)
  const places = new Map(base.map((item, index) => [identify(item), index]).toReversed() as [Identity, number][])
  const merged: Json[] = [...base]
  for (const item of items) {
    const identity = identify(item)
    const place = places.get(identity)
    const before = place === undefined ? undefined : merged[place]
    if (place !== undefined && isJsonObject(before)) merged[place] = rules.mergeItem(before, item)
    else {
      places.set(identity, merged.length)
      merged.push(settle(item))
    }
  }
  return interleave(merged, base, items.map(identify), identify)
}

/** Carries out `$patch` items: deletions by key, or replacement of the whole list. */
function applyDirectives(list: Json[], patch: Json[], mergeKey: string): { base: Json[]; items: JsonObject[] } {
  const items: JsonObject[] = []
  const deleted = new Set<Identity>()
  let replace = false
  for (const item of patch) {
    if (!isJsonObject(item)) throw mixed(mergeKey, item)
    const { [directives.patch]: directive, ...data } = item
    if (directive === undefined || directive === 'merge') items.push(data)
    else if (directive === 'delete') deleted.add(keyOf(item, mergeKey))
    else if (directive === 'replace') replace = true
    else {
      const found = JSON.stringify(directive)
      throw badRequest(`a list item of the patch has "$patch": ${found}; expected replace, delete or merge`)
    }
  }
  const base = replace ? [] : list.filter((item) => !deleted.has(keyOf(item, mergeKey)))
  return { base, items }
}

export interface OrderRequest {
  /** The value of `$setElementOrder/<field>`. */
  order: Json
  /** The patch's own value of the field, if it has one. */
  patch?: Json
  rules: ListRules
  field: string
}

/**
 * Orders a merged list as `$setElementOrder` says; items it does not name keep their place relative to `before`.
 * @throws {StatusError} BadRequest when the order is malformed or contradicts the patch
 */
export function orderList(list: Json[], before: Json[], request: OrderRequest): Json[] {
  const { order, patch, rules, field } = request
  const name = `${directives.order}${field}`
  if (!Array.isArray(order)) throw badRequest(`the directive "${name}" must be a list`)
  const { mergeKey } = rules
  const identify = mergeKey === undefined ? scalar : (item: Json) => keyOf(item, mergeKey)
  const wanted = order.map(identify)
  // An empty order says nothing.
  if (wanted.length === 0) return list
  const patched = (Array.isArray(patch) ? patch : []).filter(
    (item) => !isJsonObject(item) || !Object.hasOwn(item, directives.patch),
  )
  let place = 0
  for (const item of patched) {
    const found = wanted.indexOf(identify(item), place)
    if (found < 0) {
      throw badRequest(`the patch of "${field}" is not in the order of its "${name}", at ${JSON.stringify(item)}`)
    }
    place = found + 1
  }
  return interleave(list, before, wanted, identify)
}

/**
 * Named items in the wanted order, the others in the order they had on the server, merged so that an unnamed item stays
 * before the named ones that followed it on the server.
 */
function interleave(list: Json[], server: Json[], wanted: Identity[], identify: (item: Json) => Identity): Json[] {
  const wantedPlace = places(wanted)
  const serverPlace = places(server.map(identify))
  const at = (where: Map<Identity, number>) => (item: Json) => where.get(identify(item)) ?? Number.MAX_SAFE_INTEGER
  const [ofWanted, ofServer] = [at(wantedPlace), at(serverPlace)]
  const named = list.filter((item) => wantedPlace.has(identify(item))).toSorted((a, b) => ofWanted(a) - ofWanted(b))
  const others = list.filter((item) => !wantedPlace.has(identify(item))).toSorted((a, b) => ofServer(a) - ofServer(b))
  const result: Json[] = []
  let next = 0
  for (const item of named) {
    // An item new to the server has no place there and waits for nothing.
    const place = serverPlace.get(identify(item)) ?? -1
    for (let other = others[next]; other !== undefined && ofServer(other) < place; other = others[next]) {
      result.push(other)
      next += 1
    }
    result.push(item)
  }
  return [...result, ...others.slice(next)]
}

function places(identities: Identity[]): Map<Identity, number> {
  const found = new Map<Identity, number>()
  identities.forEach((identity, index) => {
    if (!found.has(identity)) found.set(identity, index)
  })
  return found
}

function scalar(item: Json): Identity {
  if (typeof item === 'object' && item !== null) {
    throw unprocessable(`cannot merge a list of scalars with ${nameOfType(item)}`)
  }
  return item
}

function keyOf(item: Json, mergeKey: string): Identity {
  if (!isJsonObject(item)) throw mixed(mergeKey, item)
  const value = ownMember(item, mergeKey)
  if (value === undefined) {
    throw unprocessable(`map: ${JSON.stringify(item).slice(0, 200)} does not contain declared merge key: ${mergeKey}`)
  }
  return scalar(value)
}

function mixed(mergeKey: string, item: Json): Error {
  return unprocessable(`a list merged by "${mergeKey}" holds ${nameOfType(item)} where an object is expected`)
}
