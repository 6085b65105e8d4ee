/** What two manifests differ in, by the smallest places that differ. */

import { deepEqual, isJsonObject, ownMember, type Json } from '@berth/meta'
import { itemNames, type DraftPath } from './path.ts'

export interface Change {
  path: DraftPath
  /** Undefined: it was not there. */
  before: Json | undefined
  /** Undefined: it is gone. */
  after: Json | undefined
}

/** In the order of the manifest. Lists whose items have names are compared by name; a mere change of their order is one change. */
export function changesBetween(before: Json | undefined, after: Json | undefined, path: DraftPath = []): Change[] {
  if (deepEqual(before, after)) return []
  if (isJsonObject(before) && isJsonObject(after)) {
    const members = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return members.flatMap((key) => changesBetween(ownMember(before, key), ownMember(after, key), [...path, key]))
  }
  // What is new is told by its fields; a new item of a list is one thing.
  if (before === undefined && isJsonObject(after) && typeof path.at(-1) === 'string' && Object.keys(after).length > 0) {
    return Object.entries(after).flatMap(([key, member]) => changesBetween(undefined, member, [...path, key]))
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const [namesBefore, namesAfter] = [itemNames(before), itemNames(after)]
    if (namesBefore !== undefined && namesAfter !== undefined) {
      const names = [...new Set([...namesBefore, ...namesAfter])]
      const changes = names.flatMap((name) =>
        changesBetween(before[namesBefore.indexOf(name)], after[namesAfter.indexOf(name)], [...path, { name }]),
      )
      if (sameOrder(namesBefore, namesAfter)) return changes
    }
  }
  return [{ path, before, after }]
}

/** Whether those that are in both lists stand in the same order, with the new ones behind. */
function sameOrder(before: readonly string[], after: readonly string[]): boolean {
  const kept = before.filter((name) => after.includes(name))
  return kept.every((name, index) => after[index] === name)
}
