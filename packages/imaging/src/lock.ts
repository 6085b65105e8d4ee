/** A lock file with its owner's process in it, so that the lock of a killed process is taken over. */

import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { ImagingError, throwIfAborted } from './errors.ts'

export interface LockRequest {
  path: string
  /** For messages: `the image debian-12`. */
  what: string
  signal?: AbortSignal
  /** How long to wait for the other; an hour unless given. */
  timeoutMs?: number
}

const pollMs = 200

/**
 * Runs `work` while no other process (or other caller in this one) has the lock.
 * @throws {ImagingError} Locked when it was not free in time, Aborted
 */
export async function withLock<T>(request: LockRequest, work: () => Promise<T>): Promise<T> {
  const token = `${process.pid} ${await startTime(process.pid)} ${randomUUID()}`
  await acquire(request, token)
  try {
    return await work()
  } finally {
    await rm(request.path, { force: true })
  }
}

async function acquire({ path, what, signal, timeoutMs = 3600_000 }: LockRequest, token: string): Promise<void> {
  const mine = `${path}.${randomUUID()}`
  await writeFile(mine, token)
  try {
    for (const end = Date.now() + timeoutMs; ;) {
      if (await tryLink(mine, path)) return
      await breakStale(path)
      throwIfAborted(signal, `waiting for ${what}`)
      if (Date.now() > end) {
        throw new ImagingError('Locked', `${what} is being made by another process (${await ownerOf(path)})`)
      }
      await wait(pollMs)
    }
  } finally {
    await rm(mine, { force: true })
  }
}

/** A hard link appears with its content or not at all, unlike a file that is created and then written. */
async function tryLink(from: string, path: string): Promise<boolean> {
  try {
    await link(from, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function breakStale(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return
  const [pid = '', started = ''] = text.split(' ')
  if ((await startTime(Number(pid))) === started && started !== '') return
  // Renamed first and looked at again: another waiter may have broken the lock and taken it in the meantime.
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await readFile(aside, 'utf8').catch(() => text)) !== text) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

async function ownerOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return `process ${text.split(' ')[0] ?? 'unknown'}`
}

/** Start time of a process in clock ticks since boot; with the pid it names a process once. Empty when it is gone. */
async function startTime(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The program's name is in parentheses and may have spaces; field 22 is counted from behind it (proc(5)).
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
