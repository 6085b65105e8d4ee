/** Opening a data directory: lock, check, load, and hand over to the writing thread. */

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@berth/apiserver'
import { silentLogger, type Logger } from '@berth/base'
import { historyLimits, type HistoryLimits } from '../history.ts'
import { LogStore } from '../log-store.ts'
import { State } from '../state.ts'
import { storeErrorOf } from './failure.ts'
import { SqliteJournal } from './journal.ts'
import { lockDirectory } from './lock.ts'
import { databaseName, prepareDatabase, readCompacted } from './schema.ts'

export interface OpenStoreOptions {
  /** Made with mode 0700 when missing. */
  directory: string
  /** Silent unless given. */
  logger?: Logger
  /** Most events kept for watches and for listing the past; 20,000 unless given. */
  historyLimit?: number
  /** Most bytes of values in those events; 64 MiB unless given. */
  historyBytes?: number
  /** Where a bundler put `sqlite/worker.ts`; the source file unless given. */
  workerUrl?: URL
}

export interface OpenedStore {
  store: LogStore
  journal: SqliteJournal
}

/**
 * Opens the store of a data directory, makes it when it is missing. One process at a time.
 * @throws {StoreError} Locked, Corrupt, NewerVersion, Unavailable
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  return (await openWithJournal(options)).store
}

/** As {@link openStore}, with the journal for tests that inject faults. */
export async function openWithJournal(options: OpenStoreOptions): Promise<OpenedStore> {
  const { directory, logger = silentLogger, workerUrl } = options
  const path = join(directory, databaseName)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw storeErrorOf(error, directory)
  }
  const lock = await lockDirectory(directory)
  try {
    const started = performance.now()
    const state = load(path, historyLimits(options))
    logger.debug({ revision: state.revision, ms: Math.round(performance.now() - started) }, 'store loaded')
    const journal = new SqliteJournal({ path, workerUrl, onClosed: () => lock.release() })
    return { store: new LogStore({ state, journal, logger }), journal }
  } catch (error) {
    lock.release()
    throw storeErrorOf(error, path)
  }
}

function load(path: string, limits: HistoryLimits): State {
  // SQLite would make it readable for all; it holds secrets. Its companion files take over its mode.
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path)
  try {
    prepareDatabase(database, path)
    const state = new State(limits, readCompacted(database))
    const rows = database.prepare('SELECT revision, deleted, collection, key, value FROM records ORDER BY revision')
    for (const row of rows.iterate()) {
      const { revision, deleted, collection, key, value } = row
      if (!(value instanceof Uint8Array)) continue // STRICT tables hold only blobs here; this is for the type checker.
      state.apply({
        type: deleted === 0 ? 'put' : 'delete',
        collection: String(collection),
        key: String(key),
        revision: Number(revision),
        value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
      })
    }
    return state
  } finally {
    database.close()
  }
}
