/** Which console runs on a data directory: for `berth status`, and for new links to it. */

import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface ConsoleRecord {
  pid: number
  url: string
  startedAt: string
  signIn: 'engine' | 'owner' | 'tokens'
}

const fileIn = (directory: string): string => join(directory, 'console.json')

export async function writeConsoleFile(directory: string, record: ConsoleRecord): Promise<void> {
  const temporary = join(directory, `.${randomUUID()}`)
  await writeFile(temporary, JSON.stringify(record), { mode: 0o600 })
  await rename(temporary, fileIn(directory))
}

/** Only one's own: another console may have started meanwhile. */
export async function removeConsoleFile(directory: string, pid: number): Promise<void> {
  const record = await readRecord(directory)
  if (record?.pid === pid) await rm(fileIn(directory), { force: true })
}

/** Undefined when none runs. */
export async function readConsoleFile(directory: string): Promise<ConsoleRecord | undefined> {
  const record = await readRecord(directory)
  return record !== undefined && isAlive(record.pid) ? record : undefined
}

async function readRecord(directory: string): Promise<ConsoleRecord | undefined> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(fileIn(directory), 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT')) return
    throw error
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, url, startedAt, signIn } = value as Record<string, unknown>
  const known = signIn === 'engine' || signIn === 'owner' || signIn === 'tokens'
  if (typeof pid !== 'number' || typeof url !== 'string' || typeof startedAt !== 'string' || !known) return undefined
  return { pid, url, startedAt, signIn }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process is one, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
