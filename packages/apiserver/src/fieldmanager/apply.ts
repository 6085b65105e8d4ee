/** An apply: the live object with the configuration merged in, what the manager gave up removed, and who owns what then. */

import { deepEqual, type JsonObject } from '@berth/meta'
import { alignOwners } from './align.ts'
import { compare } from './compare.ts'
import { conflictsOf, type FieldConflict } from './conflicts.ts'
import { difference, intersection, isEmptySet, union, type FieldSet } from './field-set.ts'
import { changedEntry, identityOf, sameManagers, withoutEmpty, type Managers } from './managers.ts'
import { mergeConfig } from './merge.ts'
import { withoutChanged } from './record-update.ts'
import { removeFields } from './remove-fields.ts'
import { serverOwned } from './server-owned.ts'
import { setOf, withNamedFields } from './set-of.ts'
import type { Kind, Write } from './write.ts'

export interface ApplyRequest {
  live: JsonObject
  config: JsonObject
  managers: Managers
  kind: Kind
  write: Write
  force: boolean
  /** Fields a write to this endpoint does not touch; nobody is recorded for them. */
  ignored?: FieldSet
}

export type Applied =
  | { kind: 'applied'; object: JsonObject; managers: Managers }
  | { kind: 'conflicts'; conflicts: FieldConflict[] }

/** Neither the live object nor the configuration is changed; the result shares parts with both. */
export function applyConfig(asked: ApplyRequest): Applied {
  const request = { ...asked, managers: alignOwners(asked.managers, asked.live, asked.kind) }
  const { live, config, kind, write, ignored } = request
  const applier = {
    manager: write.manager,
    operation: 'Apply',
    apiVersion: write.apiVersion,
    subresource: write.subresource,
  } as const
  const key = identityOf(applier)
  const last = request.managers.get(key)
  const whole = setOf(config, kind.schema, kind.context)
  const fields = ignored === undefined ? whole : difference(whole, ignored)
  const claimed = new Map(request.managers)
  claimed.set(key, { ...applier, time: last?.time, fields })

  const merged = mergeConfig(live, config, kind.schema, kind.context)
  const object =
    last === undefined ? merged : pruned(merged, { managers: claimed, last: last.fields, kept: fields, kind })
  const change = compare(live, object, kind.schema, kind.context)
  if (!request.force) {
    const conflicts = conflictsOf(claimed, union(change.modified, change.added), key)
    if (conflicts.length > 0) return { kind: 'conflicts', conflicts }
  }
  const managers = withOwn(
    withoutChanged(claimed, change, { writer: key, keeps: 'all' }),
    key,
    difference(fields, serverOwned),
  )
  const same = deepEqual(live, object) && sameManagers(managers, asked.managers)
  return { kind: 'applied', object, managers: same ? asked.managers : stamped(managers, key, write.time) }
}

function withOwn(managers: Managers, key: string, fields: FieldSet): Managers {
  const result = new Map(managers)
  const own = result.get(key)
  if (own !== undefined) result.set(key, changedEntry(own, { fields }))
  return withoutEmpty(result)
}

function stamped(managers: Managers, key: string, time: string): Managers {
  const result = new Map(managers)
  const own = result.get(key)
  if (own !== undefined) result.set(key, changedEntry(own, { time }))
  return result
}

interface Pruning {
  /** With the new claim of the applier. */
  managers: Managers
  /** What the applier owned before. */
  last: FieldSet
  /** What it owns now. */
  kept: FieldSet
  kind: Kind
}

/**
 * Without what only the applier owned and no longer names. An item or object goes with the last of its owners; what somebody else
 * owns below it keeps it.
 */
function pruned(merged: JsonObject, { managers, last, kept, kind }: Pruning): JsonObject {
  if (isEmptySet(difference(last, kept))) return merged
  const { schema, context } = kind
  const named = (set: FieldSet): FieldSet => withNamedFields(set, merged, schema, context)
  const lastNamed = named(last)
  const bare = removeFields(merged, lastNamed, schema, context)

  let owned: FieldSet = {}
  for (const entry of managers.values()) owned = union(owned, entry.fields)
  const everything = named(setOf(merged, schema, context))
  const left = named(setOf(bare, schema, context))
  const restored = removeFields(merged, difference(everything, union(left, named(owned))), schema, context)

  // Fields that only stood below what went, and that the applier never owned, stay.
  const remaining = named(setOf(restored, schema, context))
  return removeFields(merged, intersection(difference(everything, remaining), lastNamed), schema, context)
}
