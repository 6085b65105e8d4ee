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
  const fields = difference(union(change.modified, change.added), serverOwned)
  const entry: ManagerEntry = { ...write, operation: 'Update', fields }
  const key = identityOf(entry)
  const others = withoutChanged(managers, change, { writer: key, keeps: 'what is there' })
  if (isEmptySet(fields)) return others
  const previous = others.get(key)
  const result = new Map(others)
  if (previous === undefined) return capUpdaters(result.set(key, entry))
  const all = union(previous.fields, fields)
  // Most writers write the same fields again and again.
  if (all === previous.fields && previous.time === write.time) return others
  const { time } = write
  return result.set(key, changedEntry(previous, all === previous.fields ? { time } : { time, fields: all }))
}

/**
 * Ownership of what changed ends, but for the writer's: an updater keeps what is still there, an applier what it lays claim to.
 */
export function withoutChanged(
  managers: Managers,
  { modified, added, removed }: Comparison,
  { writer, keeps }: { writer: string; keeps: 'what is there' | 'all' },
): Managers {
  const gone = union(union(modified, added), removed)
  const result = new Map<string, ManagerEntry>()
  for (const [key, entry] of managers) {
    const lost = key !== writer ? gone : keeps === 'all' ? {} : removed
    const fields = difference(entry.fields, lost)
    if (!isEmptySet(fields)) result.set(key, fields === entry.fields ? entry : changedEntry(entry, { fields }))
  }
  return result
}
