/** Who owns what after a write that is no apply: its manager owns what it changed, and nobody else does any more. */

import type { JsonObject } from '@berth/meta'
import { capUpdaters } from './cap.ts'
import { compare, isUnchanged, type Comparison } from './compare.ts'
import { difference, isEmptySet, union } from './field-set.ts'
import { changedEntry, identityOf, type ManagerEntry, type Managers } from './managers.ts'
import { serverOwned } from './server-owned.ts'
import type { Kind, Write } from './write.ts'

/** @param before empty, but for the kind's always present members, when the object is new */
export function recordUpdate(
  managers: Managers,
  { before, after, kind, write }: { before: JsonObject; after: JsonObject; kind: Kind; write: Write },
): Managers {
  const change = compare(before, after, kind.schema, kind.context)
  if (isUnchanged(change)) return managers
  const others = withoutChanged(managers, change)
  const fields = difference(union(change.modified, change.added), serverOwned)
  if (isEmptySet(fields)) return others
  const entry: ManagerEntry = { ...write, operation: 'Update', fields }
  const key = identityOf(entry)
  const previous = others.get(key)
  const result = new Map(others)
  result.set(key, { ...entry, fields: previous === undefined ? fields : union(previous.fields, fields) })
  return capUpdaters(result)
}

/** Ownership of what changed ends, but for the changer's. */
export function withoutChanged(managers: Managers, change: Comparison, changer?: string): Managers {
  const gone = union(union(change.modified, change.added), change.removed)
  const result = new Map<string, ManagerEntry>()
  for (const [key, entry] of managers) {
    const fields = key === changer ? entry.fields : difference(entry.fields, gone)
    if (!isEmptySet(fields)) result.set(key, fields === entry.fields ? entry : changedEntry(entry, { fields }))
  }
  return result
}
