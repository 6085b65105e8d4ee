/**
 * The store over a journal: revisions and conditions when a write is submitted, group commit, and only then readers and
 * watchers see it. See README.md for the rules.
 */

import {
  StoreError,
  type ListOptions,
  type ListResult,
  type Store,
  type StoredObject,
  type StoreEvent,
  type WatchHandle,
  type Write,
} from '@berth/apiserver'
import { messageOf, type Logger } from '@berth/base'
import type { HistoryEvent } from './history.ts'
import type { Journal, JournalRecord } from './journal.ts'
import { Pending, prepare, recordId, splitDependent, type CurrentRevision, type Transaction } from './pending.ts'
import type { State } from './state.ts'
import { Watchers } from './watchers.ts'

/** A batch ends after the transaction that reaches one of these, so that one commit stays short. */
const batchRecords = 4096
const batchBytes = 8 * 1024 * 1024

/** Old records are removed this many at a time, along with a commit that takes place anyway: a few milliseconds. */
const compactionStep = 256

export class LogStore implements Store {
  readonly #state: State
  readonly #journal: Journal
  readonly #logger: Logger
  readonly #pending = new Pending()
  readonly #watchers: Watchers
  readonly #listeners = new Set<(revision: number) => void>()
  readonly #waiting = new Set<{ record: JournalRecord; resolve: (kept: boolean) => void }>()
  #queue: Transaction[] = []
  /** Last revision given to a write, durable or not. Never goes back, also when a commit fails. */
  #submitted: number
  #flushing: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #failing = false

  constructor(options: { state: State; journal: Journal; logger: Logger }) {
    this.#state = options.state
    this.#journal = options.journal
    this.#logger = options.logger
    this.#watchers = new Watchers(options.logger)
    this.#submitted = options.state.revision
  }

  get revision(): number {
    return this.#state.revision
  }

  get compactedRevision(): number {
    return this.#state.compacted
  }

  get(collection: string, key: string): StoredObject | undefined {
    return this.#state.get(collection, key)
  }

  list(collection: string, options: ListOptions = {}): ListResult {
    return this.#state.list(collection, options)
  }

  count(collection: string): number {
    return this.#state.count(collection)
  }

  async write(writes: Write[]): Promise<number[]> {
    if (writes.length === 0) return []
    for (;;) {
      this.#checkOpen()
      const submitted = this.#submit(writes)
      if ('revisions' in submitted) return submitted.revisions
      if (await this.#isKept(submitted.conflictWith)) throw submitted.conflict
    }
  }

  watch(
    collection: string,
    options: { from: number; prefix?: string },
    sink: (event: StoreEvent) => void,
  ): WatchHandle {
    this.#checkOpen()
    const missed = this.#state.eventsAfter(collection, options.from)
    return this.#watchers.add(collection, { ...options, missed, position: this.#state.revision }, sink)
  }

  onRevision(listener: (revision: number) => void): WatchHandle {
    this.#listeners.add(listener)
    return { close: () => void this.#listeners.delete(listener) }
  }

  async backup(path: string): Promise<void> {
    this.#checkOpen()
    await this.#journal.backup(path)
  }

  /** Waits for the writes under way, then lets go of the data directory. Reads keep answering the last state. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#flushing
      this.#watchers.clear()
      this.#listeners.clear()
      await this.#journal.close()
    })()
    return this.#closing
  }

  /**
   * A conflict with what is not durable yet is told once it is, so that nobody hears of a change that readers do not see; when it
   * fails, the conditions are looked at again.
   */
  #submit(
    writes: readonly Write[],
  ): { revisions: Promise<number[]> } | { conflict: StoreError; conflictWith: JournalRecord } {
    let records: JournalRecord[]
    try {
      records = prepare(writes, this.#submitted, (place) => this.#currentRevision(place))
    } catch (error) {
      const conflictWith = this.#pending.newestOf(writes)
      if (error instanceof StoreError && error.code === 'Conflict' && conflictWith !== undefined)
        return { conflict: error, conflictWith }
      throw error
    }
    this.#submitted += records.length
    this.#pending.add(records)
    const revisions = new Promise<number[]>((resolve, reject) => this.#queue.push({ records, resolve, reject }))
    // Started in a microtask, so that writes submitted together share the first commit too.
    this.#flushing ??= Promise.resolve().then(() => this.#flush())
    return { revisions }
  }

  /** Resolves when the record is durable, or will never be. */
  #isKept(record: JournalRecord): Promise<boolean> {
    return new Promise((resolve) => this.#waiting.add({ record, resolve }))
  }

  #tellWaiting(transactions: readonly Transaction[], kept: boolean): void {
    if (this.#waiting.size === 0) return
    const settled = new Set(transactions.flatMap(({ records }) => records))
    for (const waiting of this.#waiting) {
      if (!settled.has(waiting.record)) continue
      this.#waiting.delete(waiting)
      waiting.resolve(kept)
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new StoreError('Closed', 'the store is closed')
  }

  #currentRevision(place: { collection: string; key: string }): CurrentRevision {
    const pending = this.#pending.current(recordId(place))
    return pending === undefined ? (this.#state.get(place.collection, place.key)?.revision ?? null) : pending
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch()
      const records = batch.flatMap((transaction) => transaction.records)
      const obsolete = this.#state.obsoleteCount >= compactionStep ? this.#state.takeObsolete(2 * compactionStep) : []
      try {
        await this.#journal.commit({
          durable: this.#state.revision,
          records,
          compacted: this.#state.compacted,
          obsolete,
        })
      } catch (error) {
        this.#state.returnObsolete(obsolete)
        this.#fail(batch, error)
        continue
      }
      this.#publish(batch)
    }
    this.#flushing = undefined
  }

  #takeBatch(): Transaction[] {
    let records = 0
    let bytes = 0
    let count = 0
    for (const transaction of this.#queue) {
      count += 1
      records += transaction.records.length
      for (const record of transaction.records) bytes += record.value.length
      if (records >= batchRecords || bytes >= batchBytes) break
    }
    return this.#queue.splice(0, count)
  }

  #publish(batch: readonly Transaction[]): void {
    if (this.#failing) this.#logger.info({ revision: this.#submitted }, 'the store is writable again')
    this.#failing = false
    const events: HistoryEvent[] = []
    for (const { records } of batch) {
      this.#pending.settle(records)
      for (const record of records) {
        const event = this.#state.apply(record)
        if (event !== undefined) events.push(event)
      }
    }
    for (const event of events) this.#watchers.deliver(event)
    for (const listener of this.#listeners) listener(this.#state.revision)
    for (const transaction of batch) transaction.resolve(transaction.records.map((record) => record.revision))
    this.#tellWaiting(batch, true)
  }

  #fail(batch: readonly Transaction[], cause: unknown): void {
    const { dependent, independent } = splitDependent(batch, this.#queue)
    this.#queue = independent
    this.#pending.reset(independent)
    if (!this.#failing) this.#logger.error({ error: messageOf(cause) }, 'the store cannot write')
    this.#failing = true
    for (const transaction of batch)
      transaction.reject(unavailable(`the change could not be saved: ${messageOf(cause)}`, cause))
    for (const transaction of dependent) {
      transaction.reject(unavailable(`the change builds on one that could not be saved: ${messageOf(cause)}`, cause))
    }
    this.#tellWaiting([...batch, ...dependent], false)
  }
}

function unavailable(message: string, cause: unknown): StoreError {
  return new StoreError('Unavailable', message, {
    cause,
    remedy: 'Free space on the disk of the data directory or repair it, then repeat the change.',
  })
}
