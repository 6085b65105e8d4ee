/**
 * The writing thread: one transaction per batch. It imports next to nothing, so that it starts in milliseconds and
 * can be bundled as a file of its own (README.md, "Bundling").
 */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { connectionSettings, insertRecord, setCompacted } from './statements.ts'
import type { CommitRequest, WorkerReply, WorkerRequest, WorkerSettings } from './protocol.ts'

interface Connection {
  readonly database: DatabaseSync
  readonly insert: StatementSync
  readonly remove: StatementSync
  readonly compact: StatementSync
}

// The only maker of this thread is SqliteJournal, which passes these settings.
const settings = workerData as WorkerSettings
let connection: Connection | undefined
let pageLimit: number | undefined
/** After a failed commit the file may hold remains of it, for all that is known. */
let suspect = false

function connect(): Connection {
  if (connection !== undefined) return connection
  const database = new DatabaseSync(settings.path)
  database.exec(connectionSettings)
  if (pageLimit !== undefined) database.exec(`PRAGMA max_page_count = ${pageLimit}`)
  connection = {
    database,
    insert: database.prepare(insertRecord),
    remove: database.prepare('DELETE FROM records WHERE revision = ?'),
    compact: database.prepare(setCompacted),
  }
  return connection
}

function disconnect(): void {
  const last = connection
  connection = undefined
  last?.database.close()
}

function commit(request: CommitRequest): void {
  const { database, insert, remove, compact } = connect()
  database.exec('BEGIN IMMEDIATE')
  if (suspect) database.prepare('DELETE FROM records WHERE revision > ?').run(request.durable)
  let offset = 0
  for (const [type, collection, key, revision, length] of request.records) {
    const value = request.values.subarray(offset, offset + length)
    insert.run(revision, type === 'delete' ? 1 : 0, collection, key, value)
    offset += length
  }
  // In the order given: an object's last record goes before the one that says it was deleted.
  for (const revision of request.obsolete) remove.run(revision)
  if (request.obsolete.length > 0) compact.run(request.compacted)
  database.exec('COMMIT')
  suspect = false
}

/** Starts over with a new connection: after an I/O error the old one may be unusable, and closing it rolls back. */
function recover(): void {
  suspect = true
  try {
    disconnect()
  } catch {
    // The connection was dropped from use before closing it; its failure was reported by the commit already.
  }
}

function handle(request: WorkerRequest): void {
  switch (request.op) {
    case 'commit': {
      try {
        commit(request)
      } catch (error) {
        recover()
        throw error
      }
      return
    }
    case 'limit': {
      pageLimit = request.pages
      connection?.database.exec(`PRAGMA max_page_count = ${pageLimit}`)
      return
    }
    case 'close': {
      disconnect()
    }
  }
}

parentPort?.on('message', (request: WorkerRequest) => {
  let reply: WorkerReply
  try {
    handle(request)
    reply = { id: request.id, ok: true }
  } catch (error) {
    reply = { id: request.id, ok: false, message: error instanceof Error ? error.message : String(error) }
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a browser window
  parentPort?.postMessage(reply)
  if (request.op === 'close') parentPort?.close()
})
