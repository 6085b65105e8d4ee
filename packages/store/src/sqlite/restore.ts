/** Putting a backup in place of a data directory's store. */

import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { StoreError } from '@berth/apiserver'
import { storeErrorOf } from './failure.ts'
import { lockDirectory, lockFiles } from './lock.ts'
import { checkIdentity, databaseName, readRevision } from './schema.ts'
import { setCompacted, wholeBackup } from './statements.ts'

export interface RestoreOptions {
  /** A file made by `Store.backup`. */
  from: string
  /** Data directory of the store; made when missing. */
  directory: string
  /** Replace what the directory holds. */
  force?: boolean
}

/**
 * How far the revision jumps: further than any store can have gone since the backup was taken, so that no revision is
 * ever given twice and every watch or listing from before is answered with 410 Gone.
 */
const revisionJump = 1_000_000_000

/**
 * Verifies the backup and makes it the directory's store, in one atomic step: a crash leaves either the old or the new.
 * @returns the revision the restored store starts at
 * @throws {StoreError} Corrupt, NewerVersion, Exists, Locked, Unavailable
 */
export async function restoreStore(options: RestoreOptions): Promise<number> {
  const { from, directory, force = false } = options
  if (!existsSync(from)) {
    throw new StoreError('Unavailable', `${from} does not exist`, { remedy: 'Name the file of a backup.' })
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const lock = await lockDirectory(directory)
    try {
      const ours: readonly string[] = lockFiles
      const found = (await readdir(directory)).filter((name) => !ours.includes(name))
      if (found.length > 0 && !force) {
        throw new StoreError('Exists', `${directory} is not empty: it holds ${found.slice(0, 3).join(', ')}`, {
          remedy: 'Restore into an empty directory, or force it to replace the store that is there.',
        })
      }
      return await replace(from, directory)
    } finally {
      lock.release()
    }
  } catch (error) {
    throw storeErrorOf(error, directory)
  }
}

async function replace(from: string, directory: string): Promise<number> {
  const target = join(directory, databaseName)
  const incoming = join(directory, 'store.db.restoring')
  await rm(incoming, { force: true })
  try {
    await copyVerified(from, incoming)
    const revision = jumpAhead(incoming, settleOld(target))
    await syncPath(incoming)
    // A write-ahead log must not outlive its database: the next start would apply it to the new one.
    for (const companion of ['-wal', '-shm']) await rm(`${target}${companion}`, { force: true })
    await rename(incoming, target)
    await syncPath(directory)
    return revision
  } finally {
    await rm(incoming, { force: true })
    await rm(`${incoming}-journal`, { force: true })
  }
}

async function copyVerified(from: string, to: string): Promise<void> {
  try {
    // Through SQLite rather than as a file: should it be a live store's, its write-ahead log comes along.
    const source = new DatabaseSync(from, { readOnly: true })
    try {
      checkIdentity(source, from)
      await (await open(to, 'wx', 0o600)).close()
      await backup(source, to, wholeBackup)
    } finally {
      source.close()
    }
    const copy = new DatabaseSync(to)
    try {
      copy.exec('PRAGMA journal_mode = DELETE')
      const verdicts = copy.prepare('PRAGMA integrity_check').all()
      const verdict = String(verdicts[0]?.integrity_check)
      if (verdict !== 'ok') throw new StoreError('Corrupt', `${from} is damaged: ${verdict}`)
    } finally {
      copy.close()
    }
  } catch (error) {
    throw storeErrorOf(error, from)
  }
}

/** Brings the old store into its one file and tells its revision; 0 when there is none, or none that can be read. */
function settleOld(path: string): number {
  if (!existsSync(path)) return 0
  let old: DatabaseSync | undefined
  try {
    old = new DatabaseSync(path)
    checkIdentity(old, path)
    old.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return readRevision(old)
  } catch {
    // A damaged store is what restoring is for. Its revision is unknown then, which the jump allows for.
    return 0
  } finally {
    old?.close()
  }
}

function jumpAhead(path: string, oldRevision: number): number {
  const database = new DatabaseSync(path)
  try {
    const revision = Math.max(readRevision(database), oldRevision) + revisionJump
    database.prepare(setCompacted).run(revision)
    return revision
  } finally {
    database.close()
  }
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
