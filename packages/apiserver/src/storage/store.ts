/**
 * What the API server needs of a store. Implementations: packages/store (memory + SQLite), and a memory-only one for
 * tests; all run the conformance suite in packages/store.
 *
 * Model: one global revision, counted up by every change. Objects live in collections (one per resource), under a key
 * (`namespace/name`, or `name` for cluster-scoped resources), as serialized JSON. Reads are synchronous and see exactly what
 * is durable; a write resolves, and its event is delivered, only when it is on disk.
 */

import { CodedError } from '@berth/base'

export interface StoredObject {
  readonly key: string
  /** The object's JSON, UTF-8, `metadata.resourceVersion` included. */
  readonly value: Buffer
  /** Revision of its last change. */
  readonly revision: number
}

/**
 * `expect` is the compare-and-swap condition on the object's last revision: a number must match, `null` means the key must be
 * free, `undefined` means no condition. `encode` receives the revision this write is given, so that the stored JSON can carry it.
 */
export type Write =
  | { op: 'put'; collection: string; key: string; expect?: number | null; encode(revision: number): Buffer }
  /** `encode` gives the last state as watchers see it in the DELETED event. */
  | { op: 'delete'; collection: string; key: string; expect?: number; encode(revision: number): Buffer }

export interface StoreEvent {
  readonly type: 'put' | 'delete'
  readonly collection: string
  readonly key: string
  readonly revision: number
  /** New state; for a delete the last state. */
  readonly value: Buffer
  /** State before this event; undefined when the event created the object. */
  readonly previous: Buffer | undefined
}

export interface ListOptions {
  /** Only keys that start with this (`namespace/`). */
  prefix?: string
  /** Only keys after this one, for continuing. */
  after?: string
  limit?: number
  /** List the state as of this revision instead of now. Throws `Compacted` when the history no longer reaches it. */
  revision?: number
}

export interface ListResult {
  /** Sorted by key. */
  items: StoredObject[]
  /** Revision the listing is true for. */
  revision: number
  /** How many more match after the last item when `limit` cut the list. */
  remaining: number
}

export interface WatchHandle {
  close(): void
}

export type StoreErrorCode =
  /** The compare-and-swap condition did not hold. */
  | 'Conflict'
  /** The asked revision is older than the kept history. */
  | 'Compacted'
  /** The asked revision has not happened yet. */
  | 'FutureRevision'
  /** Another process holds the data directory. */
  | 'Locked'
  /** The disk refused: full, read-only, failing. Nothing of the write is visible. */
  | 'Unavailable'
  /** The file is not a store, or is damaged. */
  | 'Corrupt'
  /** The store was written by a newer version of the program than this one. */
  | 'NewerVersion'
  /** A restore would replace a store that is already there. */
  | 'Exists'
  | 'Closed'

export class StoreError extends CodedError<StoreErrorCode> {}

export interface Store {
  /** Last durable revision. */
  readonly revision: number
  /** Oldest revision a watch may start from (events after it are kept). */
  readonly compactedRevision: number
  get(collection: string, key: string): StoredObject | undefined
  list(collection: string, options?: ListOptions): ListResult
  count(collection: string): number
  /**
   * All writes or none, in one transaction, each with its own revision.
   * Conditions are checked against everything submitted before, durable or not.
   * @returns the revisions, in the order of `writes`
   * @throws {StoreError} Conflict, Unavailable, Closed
   */
  write(writes: Write[]): Promise<number[]>
  /**
   * Delivers every event of a collection after revision `from`, in order, first the kept ones (synchronously, before this
   * returns), then live ones. `sink` must not block.
   * @throws {StoreError} Compacted, FutureRevision
   */
  watch(collection: string, options: { from: number; prefix?: string }, sink: (event: StoreEvent) => void): WatchHandle
  /** Called after each durable batch with the new revision; for bookmarks and progress. */
  onRevision(listener: (revision: number) => void): WatchHandle
  /** A consistent copy of the database at `path` (which must not exist), while running. */
  backup(path: string): Promise<void>
  close(): Promise<void>
}
