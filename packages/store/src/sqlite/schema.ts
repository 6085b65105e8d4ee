/**
 * The database: a log of records, compacted so that it holds the newest record of every object and the kept history. Replaying
 * it in revision order gives objects and events; there is nothing else that could disagree with it.
 */

import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '@berth/apiserver'
import { firstRevision } from '../state.ts'
import { storeErrorOf } from './failure.ts'
import { connectionSettings } from './statements.ts'

export const databaseName = 'store.db'

/** "BRTH": marks the file as ours (PRAGMA application_id). */
const applicationId = 0x42525448

/** PRAGMA user_version. Raise it with every change of the tables, and add the step that brings older files up to it. */
const schemaVersion = 1

const tables = `
  CREATE TABLE records (
    revision INTEGER PRIMARY KEY,
    deleted INTEGER NOT NULL,
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`

function readPragma(database: DatabaseSync, name: 'application_id' | 'user_version' | 'schema_version'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}

/** True for a database nothing was ever created in. */
function isBlank(database: DatabaseSync): boolean {
  return readPragma(database, 'schema_version') === 0 && readPragma(database, 'application_id') === 0
}

/**
 * Refuses every file that is not a store this version can read.
 * @throws {StoreError} Corrupt, NewerVersion
 */
export function checkIdentity(database: DatabaseSync, path: string): void {
  try {
    if (readPragma(database, 'application_id') !== applicationId) {
      throw new StoreError('Corrupt', `${path} is an SQLite database, but not a store`, {
        remedy: 'Name a file that was made by a backup of a store.',
      })
    }
    const version = readPragma(database, 'user_version')
    if (version > schemaVersion) {
      throw new StoreError(
        'NewerVersion',
        `${path} has store format ${version}, this program reads up to ${schemaVersion}`,
        { remedy: 'Use the program version that wrote it, or a newer one.' },
      )
    }
    const named = database.prepare(`SELECT name FROM sqlite_schema WHERE name IN ('records', 'facts')`).all()
    if (named.length !== 2) throw new StoreError('Corrupt', `${path} lacks the tables of a store`)
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}

/**
 * Makes the tables in a new file, checks an old one.
 * @throws {StoreError} Corrupt, NewerVersion, Unavailable
 */
export function prepareDatabase(database: DatabaseSync, path: string): void {
  try {
    database.exec(connectionSettings)
    if (isBlank(database)) {
      database.exec('PRAGMA journal_mode = WAL')
      database.exec(
        `BEGIN IMMEDIATE; ${tables} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}; COMMIT`,
      )
    }
    checkIdentity(database, path)
    // A restored copy comes without the write-ahead log's mode.
    database.exec('PRAGMA journal_mode = WAL')
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}

/** Revision up to which events were removed; also the lowest revision the store may be at. */
export function readCompacted(database: DatabaseSync): number {
  const fact = database.prepare(`SELECT value FROM facts WHERE name = 'compacted'`).get()
  return fact === undefined ? firstRevision : Number(fact.value)
}

/** Last revision of a store. */
export function readRevision(database: DatabaseSync): number {
  const last = database.prepare('SELECT max(revision) AS revision FROM records').get()
  return Math.max(readCompacted(database), Number(last?.revision ?? 0))
}
