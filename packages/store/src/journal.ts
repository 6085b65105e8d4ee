/** What makes batches durable. The store's logic (log-store.ts) is the same over every journal. */

/** One change, as it is kept. */
export interface JournalRecord {
  readonly type: 'put' | 'delete'
  readonly collection: string
  readonly key: string
  readonly revision: number
  readonly value: Buffer
}

export interface JournalBatch {
  /** Last revision known to be durable: anything later in the journal is the remains of a batch that was reported as failed. */
  readonly durable: number
  readonly records: readonly JournalRecord[]
  /** Events up to this revision are no longer needed. */
  readonly compacted: number
  /** Revisions whose records may be removed: overwritten or deleted before `compacted`. */
  readonly obsolete: readonly number[]
}

export interface Journal {
  /**
   * All of the batch or nothing; resolves when it would survive a power cut. Called again only after it settled.
   * @throws {StoreError} Unavailable
   */
  commit(batch: JournalBatch): Promise<void>
  /** @throws {StoreError} Unavailable, Exists */
  backup(path: string): Promise<void>
  close(): Promise<void>
}
