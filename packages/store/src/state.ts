/** The durable state in memory: objects per collection, the kept events, and how both answer a listing. */

import { StoreError, type ListOptions, type ListResult, type StoredObject } from '@berth/apiserver'
import { History, type HistoryEvent, type HistoryLimits } from './history.ts'
import type { JournalRecord } from './journal.ts'
import { SortedIndex } from './sorted-index.ts'

/** Revision of a store nothing was written to. Not 0: API clients read "0" as "any revision". */
export const firstRevision = 1

export class State {
  readonly #collections = new Map<string, SortedIndex<StoredObject>>()
  readonly #history: History
  #revision: number
  /** Revisions whose records the journal may remove, since the last {@link takeObsolete}. */
  #obsolete: number[] = []

  constructor(limits: HistoryLimits, compacted: number) {
    this.#history = new History(limits, compacted)
    this.#revision = compacted
  }

  get revision(): number {
    return this.#revision
  }

  get compacted(): number {
    return this.#history.compacted
  }

  get obsoleteCount(): number {
    return this.#obsolete.length
  }

  /** Hands out at most `limit` removable revisions; they are forgotten here. */
  takeObsolete(limit: number): number[] {
    return this.#obsolete.splice(0, limit)
  }

  /** Takes back what {@link takeObsolete} gave, when the journal did not get to remove it. */
  returnObsolete(revisions: readonly number[]): void {
    this.#obsolete.unshift(...revisions)
  }

  /** Applies a durable record, newer than all before. The event is undefined when it lies before the kept history. */
  apply(record: JournalRecord): HistoryEvent | undefined {
    const { type, collection, key, revision, value } = record
    let index = this.#collections.get(collection)
    if (index === undefined) this.#collections.set(collection, (index = new SortedIndex()))
    const before = index.get(key)
    if (type === 'put') index.set({ key, value, revision })
    else index.delete(key)
    if (revision <= this.#history.compacted) {
      // On loading, records older than the history come by too: they are state, not events. Leftovers are removed later.
      if (before !== undefined) this.#obsolete.push(before.revision)
      if (type === 'delete') this.#obsolete.push(revision)
      return undefined
    }
    this.#revision = revision
    const event: HistoryEvent = {
      type,
      collection,
      key,
      revision,
      value,
      previous: before?.value,
      previousRevision: before?.revision,
    }
    for (const dropped of this.#history.add(event)) {
      if (dropped.previousRevision !== undefined) this.#obsolete.push(dropped.previousRevision)
      if (dropped.type === 'delete') this.#obsolete.push(dropped.revision)
    }
    return event
  }

  get(collection: string, key: string): StoredObject | undefined {
    return this.#collections.get(collection)?.get(key)
  }

  count(collection: string): number {
    return this.#collections.get(collection)?.size ?? 0
  }

  /** @throws {StoreError} Compacted, FutureRevision */
  list(collection: string, options: ListOptions): ListResult {
    const { revision = this.#revision, limit } = options
    this.checkReachable(revision)
    const index = this.#collections.get(collection) ?? new SortedIndex<StoredObject>()
    const later = this.#history.after(collection, revision)
    if (later.length === 0) return { ...index.slice(options, limit), revision }
    const items = rewind(index.slice(options).items, later, options)
    const kept = limit === undefined ? items : items.slice(0, limit)
    return { items: kept, remaining: items.length - kept.length, revision }
  }

  /** @throws {StoreError} Compacted, FutureRevision */
  checkReachable(revision: number): void {
    if (revision > this.#revision) {
      throw new StoreError('FutureRevision', `revision ${revision} has not happened yet, the last is ${this.#revision}`)
    }
    if (revision < this.#history.compacted) {
      throw new StoreError(
        'Compacted',
        `revision ${revision} is older than the kept history, which starts at ${this.#history.compacted}`,
        { remedy: 'List again and go on from the revision of that listing.' },
      )
    }
  }

  /** @throws {StoreError} Compacted, FutureRevision */
  eventsAfter(collection: string, revision: number): HistoryEvent[] {
    this.checkReachable(revision)
    return this.#history.after(collection, revision)
  }
}

/** The items of a range as they were before `later`, the events since then: each key's first event knows its state before. */
function rewind(now: StoredObject[], later: HistoryEvent[], range: ListOptions): StoredObject[] {
  const { prefix = '', after } = range
  const before = new Map<string, StoredObject | undefined>()
  for (const { key, previous, previousRevision } of later) {
    if (before.has(key) || !key.startsWith(prefix) || (after !== undefined && key <= after)) continue
    const existed = previous !== undefined && previousRevision !== undefined
    before.set(key, existed ? { key, value: previous, revision: previousRevision } : undefined)
  }
  const past = new SortedIndex<StoredObject>()
  for (const item of now) if (!before.has(item.key)) past.set(item)
  for (const item of before.values()) if (item !== undefined) past.set(item)
  return past.slice({}).items
}
