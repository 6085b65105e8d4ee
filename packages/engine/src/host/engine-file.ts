/** `engine.json`: which process runs the engine of a data directory. A stale file is recognised, never trusted. */

import { readFile, rename, rm, writeFile } from 'node:fs/promises'

export interface EngineRecord {
  pid: number
  /** Clock ticks since boot at which the process started: a process id alone may have been given to somebody else. */
  processStart: string
  server: string
  version: string
  startedAt: string
}

export async function writeEngineFile(path: string, record: Omit<EngineRecord, 'processStart'>): Promise<void> {
  const processStart = (await startOf(record.pid)) ?? ''
  const temporary = `${path}.new`
  await writeFile(temporary, `${JSON.stringify({ ...record, processStart })}\n`, { mode: 0o600 })
  await rename(temporary, path)
}

export async function removeEngineFile(path: string): Promise<void> {
  await rm(path, { force: true })
}

/** The engine that runs now; undefined when there is none, whatever the file says. */
export async function readEngineFile(path: string): Promise<EngineRecord | undefined> {
  let record: unknown
  try {
    record = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return undefined
    throw error
  }
  if (!isRecord(record)) return undefined
  return (await startOf(record.pid)) === record.processStart ? record : undefined
}

/** Field 22 of /proc/PID/stat, counted after the command's closing bracket; undefined when there is no such process. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
}

function isRecord(value: unknown): value is EngineRecord {
  if (typeof value !== 'object' || value === null) return false
  const { pid, processStart, server } = value as Partial<EngineRecord>
  return typeof pid === 'number' && typeof processStart === 'string' && typeof server === 'string'
}
