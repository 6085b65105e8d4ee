/**
 * One process per data directory. The lock is an SQLite lock (fcntl) that the kernel drops with the process, however it
 * dies: it cannot go stale. A file of its own, because closing any descriptor of a file drops the process's locks on it.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { StoreError } from '@berth/apiserver'
import { storeErrorOf } from './failure.ts'

export const lockFiles = ['store.lock', 'store.lock-journal', 'store.pid'] as const

/** Two that start at the same instant can hinder each other; whoever lost tries again, at uneven intervals. */
const tries = 12
const pauseMs = 20

const busy = 5

export interface DirectoryLock {
  release(): void
}

/** @throws {StoreError} Locked (the message names the holder's pid), Unavailable */
export async function lockDirectory(directory: string, random: () => number = Math.random): Promise<DirectoryLock> {
  const path = join(directory, 'store.lock')
  const pidPath = join(directory, 'store.pid')
  for (let attempt = 1; ; attempt += 1) {
    const database = tryLock(path)
    if (database !== undefined) {
      try {
        writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 })
      } catch (error) {
        database.close()
        throw storeErrorOf(error, pidPath)
      }
      return {
        release: () => {
          rmSync(pidPath, { force: true })
          database.close()
        },
      }
    }
    if (attempt === tries) {
      const pid = readPid(pidPath)
      throw new StoreError(
        'Locked',
        `${directory} is in use by ${pid === undefined ? 'another process' : `process ${pid}`}`,
        { remedy: 'Stop that process, or choose another data directory.' },
      )
    }
    await delay(pauseMs * (0.5 + random()))
  }
}

function tryLock(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    // Held open for as long as the process lives; nothing is ever written.
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    const isBusy = error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === busy
    if (isBusy) return undefined
    throw storeErrorOf(error, path)
  }
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10)
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    // The holder is about to write it, or about to go: the lock itself has already given the answer.
    return undefined
  }
}
