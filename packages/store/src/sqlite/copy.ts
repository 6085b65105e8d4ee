/** A consistent copy of a store's database in a new file, also from another process while an engine writes to it. */

import { existsSync } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { StoreError } from '@berth/apiserver'
import { storeErrorOf } from './failure.ts'
import { checkIdentity, databaseName, readRevision } from './schema.ts'
import { wholeBackup } from './statements.ts'

export interface BackupOptions {
  /** Data directory of the store. */
  directory: string
  /** The new file; must not exist. */
  to: string
}

/**
 * Copies the store of a directory, whoever holds it.
 * @returns the revision of the copy
 * @throws {StoreError} Exists, Corrupt, NewerVersion, Unavailable
 */
export async function backupStore({ directory, to }: BackupOptions): Promise<{ revision: number }> {
  const from = join(directory, databaseName)
  if (!existsSync(from)) {
    throw new StoreError('Unavailable', `${directory} holds no store`, {
      remedy: 'Name the data directory of an engine that has run.',
    })
  }
  await copyDatabase(from, to)
  const copy = new DatabaseSync(to, { readOnly: true })
  try {
    return { revision: readRevision(copy) }
  } finally {
    copy.close()
  }
}

/** Through SQLite, which sees the last committed state; complete under its name, or not there. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const partial = `${to}.${process.pid}.partial`
  try {
    const source = new DatabaseSync(from, { readOnly: true })
    try {
      checkIdentity(source, from)
      await (await open(partial, 'wx', 0o600)).close()
      await backup(source, partial, wholeBackup)
    } finally {
      source.close()
    }
    // Without the write-ahead log's mode the copy is one file, which opens on read-only media too.
    const copy = new DatabaseSync(partial)
    copy.exec('PRAGMA journal_mode = DELETE')
    copy.close()
    const file = await open(partial, 'r+')
    await file.sync()
    await file.close()
    // Linking, unlike renaming, fails when the name is taken.
    await link(partial, to)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new StoreError('Exists', `${to} exists`, { remedy: 'Name a new file for the backup.' })
    }
    throw storeErrorOf(error, to)
  } finally {
    await unlink(partial).catch(() => undefined)
  }
}
