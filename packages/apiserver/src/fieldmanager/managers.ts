/** Who owns which fields of an object: `metadata.managedFields`, read and written. */

import { badRequest, isTime, type Json, type JsonObject } from '@berth/meta'
import { isEmptySet, parseFieldSet, sameSet, sorted, type FieldSet } from './field-set.ts'

export type Operation = 'Apply' | 'Update'

export interface ManagerEntry {
  readonly manager: string
  readonly operation: Operation
  readonly apiVersion: string
  /** Empty for the object itself. */
  readonly subresource: string
  /** RFC 3339; of the last change of the entry. */
  readonly time: string | undefined
  readonly fields: FieldSet
  /** The entry as it is stored, while it is unchanged: most of a write's entries are, and writing them again would be wasted. */
  readonly stored?: JsonObject
}

/** The entry with other fields or another time. */
export function changedEntry(
  entry: ManagerEntry,
  change: Partial<Pick<ManagerEntry, 'fields' | 'time'>>,
): ManagerEntry {
  const { stored, ...rest } = entry
  const { fields, time } = change
  // With the same fields the stored ones are in order already.
  const kept = stored !== undefined && fields === undefined && time !== undefined ? { stored: { ...stored, time } } : {}
  return { ...rest, ...change, ...kept }
}

/** Entries by what tells managers apart. Never changed in place. */
export type Managers = ReadonlyMap<string, ManagerEntry>

export const noManagers: Managers = new Map()

/** An applier is the same in all versions; an updater is another one in each. */
export function identityOf(entry: Pick<ManagerEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const { manager, operation, apiVersion, subresource } = entry
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource])
}

/** Entries as the server stored them, which need no check. */
export function readManagers(stored: readonly JsonObject[] | undefined): Managers {
  // The store holds only what writeManagers made.
  return decode(stored ?? [], { fieldsOf: (fields) => fields as FieldSet, keep: true }) ?? noManagers
}

/**
 * Entries a client sent; undefined when one of them says what no entry says, and then none of them counts.
 * @throws {StatusError} BadRequest when a member has the wrong type
 */
export function parseManagers(sent: readonly JsonObject[]): Managers | undefined {
  for (const entry of sent) checkTypes(entry)
  return decode(sent, { fieldsOf: parseFieldSet, keep: false })
}

const texts = ['manager', 'operation', 'apiVersion', 'time', 'fieldsType', 'subresource'] as const

function checkTypes(entry: JsonObject): void {
  for (const field of texts) {
    const value = entry[field]
    const fits =
      value === undefined || value === null || (typeof value === 'string' && (field !== 'time' || isTime(value)))
    if (!fits) {
      const wanted = field === 'time' ? 'an RFC 3339 time' : 'a string'
      throw badRequest(`json: cannot unmarshal metadata.managedFields.${field}: expected ${wanted}`)
    }
  }
}

function decode(
  entries: readonly JsonObject[],
  { fieldsOf, keep }: { fieldsOf: (fields: Json) => FieldSet | undefined; keep: boolean },
): Map<string, ManagerEntry> | undefined {
  const managers = new Map<string, ManagerEntry>()
  for (const entry of entries) {
    const { operation, fieldsType, fieldsV1 } = entry
    const apiVersion = textOf(entry['apiVersion'])
    if ((operation !== 'Apply' && operation !== 'Update') || apiVersion === '' || fieldsType !== 'FieldsV1')
      return undefined
    const fields = fieldsV1 === undefined || fieldsV1 === null ? {} : fieldsOf(fieldsV1)
    if (fields === undefined) return undefined
    const read: ManagerEntry = {
      manager: textOf(entry['manager']),
      operation,
      apiVersion,
      subresource: textOf(entry['subresource']),
      time: textOf(entry['time']) || undefined,
      fields,
      ...(keep ? { stored: entry } : {}),
    }
    managers.set(identityOf(read), read)
  }
  return managers
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** As `metadata.managedFields`; undefined when there are none. */
export function writeManagers(managers: Managers): JsonObject[] | undefined {
  if (managers.size === 0) return undefined
  return [...managers.values()].toSorted(inOrder).map((entry) => entry.stored ?? storedForm(entry))
}

function storedForm(entry: ManagerEntry): JsonObject {
  return {
    ...(entry.manager === '' ? {} : { manager: entry.manager }),
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time === undefined ? {} : { time: entry.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: sorted(entry.fields),
    ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
  }
}

/** Appliers first, then the oldest. */
function inOrder(left: ManagerEntry, right: ManagerEntry): number {
  return (
    byText(left.operation, right.operation) ||
    secondsOf(left) - secondsOf(right) ||
    byText(left.manager, right.manager) ||
    byText(left.apiVersion, right.apiVersion) ||
    byText(left.subresource, right.subresource)
  )
}

export function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

export function secondsOf({ time }: Pick<ManagerEntry, 'time'>): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000)
}

/** A client's ways to start over: no entry, or one with nothing in it. */
export function isReset(sent: readonly JsonObject[]): boolean {
  const [only] = sent
  return only === undefined || (sent.length === 1 && Object.keys(only).length === 0)
}

/** Without the entries that own nothing. */
export function withoutEmpty(managers: Managers): Managers {
  return new Map([...managers].filter(([, entry]) => !isEmptySet(entry.fields)))
}

/** The same owners of the same fields; times may differ. */
export function sameManagers(left: Managers, right: Managers): boolean {
  if (left.size !== right.size) return false
  for (const [key, entry] of left) {
    const other = right.get(key)
    if (other?.apiVersion !== entry.apiVersion || !sameSet(other.fields, entry.fields)) return false
  }
  return true
}
