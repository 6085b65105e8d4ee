/** The files of an audit log: the one written to, and older ones beside it, named by when they were put aside. */

import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, readdirSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { genesis, headAfter, linkOf, type ChainHead } from './hash-chain.ts'

/** `audit.log` gives `audit-2026-11-21T14-50-10.123-000000000042.log`: the time, and the number of its last line. */
export function backupName(path: string, now: Date, lastSequence: number): string {
  const extension = extname(path)
  const stem = basename(path, extension)
  const time = now.toISOString().slice(0, 23).replaceAll(':', '-')
  return join(dirname(path), `${stem}-${time}-${String(lastSequence).padStart(12, '0')}${extension}`)
}

export interface BackupFile {
  readonly path: string
  readonly putAside: Date
  readonly lastSequence: number
}

/** Oldest first, by their line numbers: a clock may have gone backwards. */
export function backupsOf(path: string): BackupFile[] {
  const extension = extname(path)
  const prefix = `${basename(path, extension)}-`
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && name.endsWith(extension))
    .flatMap((name) => {
      const middle = name.slice(prefix.length, name.length - extension.length)
      const match = /^(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d\.\d{3})-(\d{12,})$/.exec(middle)
      if (match === null) return []
      const [, day = '', hours = '', minutes = '', seconds = '', sequence = ''] = match
      const putAside = new Date(`${day}${hours}:${minutes}:${seconds}Z`)
      return [{ path: join(dirname(path), name), putAside, lastSequence: Number(sequence) }]
    })
    .sort((a, b) => a.lastSequence - b.lastSequence)
}

/** Backups and then the file itself, as {@link verifyAuditLog} takes them; none where no log was ever kept. */
export function auditLogFiles(path: string): string[] {
  if (!existsSync(dirname(path))) return []
  const current = readdirSync(dirname(path)).includes(basename(path)) ? [path] : []
  return [...backupsOf(path).map((backup) => backup.path), ...current]
}

/**
 * Cuts off a last line that a crash left unfinished, and tells where the chain stands.
 * @returns undefined for a file without a whole line
 */
export function healTail(path: string): { head: ChainHead; cutBytes: number } | undefined {
  const file = openSync(path, 'r+')
  try {
    const { size } = fstatSync(file)
    const lastEnd = findNewlineBefore(file, size)
    const length = lastEnd + 1
    if (length < size) ftruncateSync(file, length)
    if (length === 0) return undefined
    const start = findNewlineBefore(file, lastEnd) + 1
    const line = Buffer.alloc(lastEnd - start)
    readSync(file, line, 0, line.length, start)
    // A line that is not ours (edited by hand) still counts as the one before the next: verification names it.
    const sequence = linkOf(line.toString('utf8'))?.sequence ?? genesis.sequence
    return { head: headAfter(line, sequence), cutBytes: size - length }
  } finally {
    closeSync(file)
  }
}

const chunkBytes = 65_536

/** Position of the last newline before `end`; -1 when there is none. */
function findNewlineBefore(file: number, end: number): number {
  const chunk = Buffer.alloc(chunkBytes)
  let until = end
  while (until > 0) {
    const from = Math.max(0, until - chunkBytes)
    readSync(file, chunk, 0, until - from, from)
    const found = chunk.subarray(0, until - from).lastIndexOf(0x0a)
    if (found >= 0) return from + found
    until = from
  }
  return -1
}
