/** Writes that were submitted and are not durable yet: what later conditions are checked against. */

import { StoreError, type Write } from '@berth/apiserver'
import type { JournalRecord } from './journal.ts'

export interface Transaction {
  readonly records: readonly JournalRecord[]
  resolve(revisions: number[]): void
  reject(error: Error): void
}

/** Revision of an object, or null when there is none. */
export type CurrentRevision = number | null

export function recordId(place: { collection: string; key: string }): string {
  return `${place.collection}\0${place.key}`
}

/** The newest submitted change per key. */
export class Pending {
  readonly #newest = new Map<string, JournalRecord>()

  /** Undefined when nothing is under way for the key. */
  current(id: string): CurrentRevision | undefined {
    const record = this.#newest.get(id)
    if (record === undefined) return undefined
    return record.type === 'put' ? record.revision : null
  }

  /** The last change under way of any of the places. */
  newestOf(places: readonly { collection: string; key: string }[]): JournalRecord | undefined {
    const found = places.flatMap((place) => this.#newest.get(recordId(place)) ?? [])
    return found.sort((a, b) => b.revision - a.revision)[0]
  }

  add(records: readonly JournalRecord[]): void {
    for (const record of records) this.#newest.set(recordId(record), record)
  }

  /** Forgets records that became durable, unless a newer one of the same key is under way. */
  settle(records: readonly JournalRecord[]): void {
    for (const record of records) {
      const id = recordId(record)
      if (this.#newest.get(id) === record) this.#newest.delete(id)
    }
  }

  reset(remaining: readonly Transaction[]): void {
    this.#newest.clear()
    for (const transaction of remaining) this.add(transaction.records)
  }
}

/**
 * Turns writes into records with revisions after `last`, or throws without any effect.
 * @throws {StoreError} Conflict when a condition does not hold, or a delete finds nothing
 */
export function prepare(
  writes: readonly Write[],
  last: number,
  currentOf: (place: { collection: string; key: string }) => CurrentRevision,
): JournalRecord[] {
  // Checked in order: a later write of the same transaction sees the earlier ones.
  const own = new Map<string, CurrentRevision>()
  let revision = last
  for (const write of writes) {
    const id = recordId(write)
    const earlier = own.get(id)
    const current = earlier === undefined ? currentOf(write) : earlier
    checkCondition(write, current)
    revision += 1
    own.set(id, write.op === 'put' ? revision : null)
  }
  return writes.map((write, index) => {
    const given = last + 1 + index
    return { type: write.op, collection: write.collection, key: write.key, revision: given, value: write.encode(given) }
  })
}

function checkCondition(write: Write, current: CurrentRevision): void {
  const name = `${write.collection} "${write.key}"`
  if (write.op === 'delete' && current === null) {
    throw new StoreError('Conflict', `${name} cannot be deleted: it does not exist`)
  }
  if (write.expect === undefined || write.expect === current) return
  const found = current === null ? 'it does not exist' : `it exists at revision ${current}`
  const expected = write.expect === null ? 'that it does not exist' : `revision ${write.expect}`
  throw new StoreError('Conflict', `${name}: expected ${expected}, but ${found}`, {
    remedy: 'Read the object again and repeat the change.',
  })
}

/**
 * The transactions that cannot stand when `failed` did not happen: those that touch a key it touched, and so on.
 * @returns the queue, split
 */
export function splitDependent(
  failed: readonly Transaction[],
  queue: readonly Transaction[],
): { dependent: Transaction[]; independent: Transaction[] } {
  const lost = new Set<string>()
  const lose = (transaction: Transaction): void => {
    for (const record of transaction.records) lost.add(recordId(record))
  }
  failed.forEach(lose)
  const dependent: Transaction[] = []
  const independent: Transaction[] = []
  for (const transaction of queue) {
    if (transaction.records.some((record) => lost.has(recordId(record)))) {
      lose(transaction)
      dependent.push(transaction)
    } else independent.push(transaction)
  }
  return { dependent, independent }
}
