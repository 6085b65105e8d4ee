/** The file that lets simulated machines survive their driver: one line a change, the last line of a machine counts. */

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { DriverError, type DomainStatus } from '../driver.ts'
import type { DomainSpec } from '../spec/domain.ts'

export interface JournalEntry {
  spec: DomainSpec
  startedAt: string
  status: DomainStatus
}

type Line = ({ id: string } & JournalEntry) | { id: string; forgotten: true }

export class Journal {
  readonly #path: string | undefined

  constructor(path: string | undefined) {
    this.#path = path
  }

  write(id: string, entry: JournalEntry): void {
    this.#append({ id, ...entry })
  }

  forget(id: string): void {
    this.#append({ id, forgotten: true })
  }

  /** What is known, and makes the file as short as that. @throws {DriverError} Protocol when the file is broken */
  load(): JournalEntry[] {
    if (this.#path === undefined) return []
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
      throw error
    }
    const entries = new Map<string, JournalEntry>()
    // What follows the last line break was cut off while being written.
    for (const line of text.split('\n').slice(0, -1)) {
      const value = parseLine(line, this.#path)
      if ('forgotten' in value) entries.delete(value.id)
      else entries.set(value.id, { spec: value.spec, startedAt: value.startedAt, status: value.status })
    }
    const lines = [...entries].map(([id, entry]) => `${JSON.stringify({ id, ...entry })}\n`)
    writeFileSync(this.#path, lines.join(''), { mode: 0o600 })
    return [...entries.values()]
  }

  #append(line: Line): void {
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
  }
}

function parseLine(line: string, path: string): Line {
  try {
    // Written by this class.
    return JSON.parse(line) as Line
  } catch (error) {
    throw new DriverError('Protocol', `${path} is not a journal of simulated machines`, { cause: error })
  }
}
