/** Appends events to the log's file: chained, whole or not at all, put aside when large. The only place that touches the file. */

import {
  chmodSync,
  closeSync,
  fsyncSync,
  ftruncateSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  write,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { messageOf, type Clock } from '@berth/base'
import { AuditError } from './errors.ts'
import {
  genesis,
  headAfter,
  lostAnnotation,
  previousAnnotation,
  sequenceAnnotation,
  type ChainHead,
} from './hash-chain.ts'
import { backupName, backupsOf, healTail } from './log-files.ts'

const writeAsync = promisify(write)

export interface Rotation {
  /** Megabytes after which the file is put aside; 100 unless given. */
  maxSizeMegabytes?: number
  /** Days that files put aside are kept; for ever unless given. */
  maxAgeDays?: number
  /** How many files put aside are kept; 10 unless given. */
  maxBackups?: number
}

export interface LogWriterOptions extends Rotation {
  path: string
  clock: Pick<Clock, 'now'>
}

/** An event as it was when it happened: nothing that changes later may change it. */
export interface EventText {
  /** A JSON object with at least one member and without annotations. */
  readonly json: string
  readonly annotations: Readonly<Record<string, string>>
}

const dayMs = 86_400_000

export class LogWriter {
  readonly #options: Required<Omit<LogWriterOptions, 'maxAgeDays'>> & Pick<LogWriterOptions, 'maxAgeDays'>
  #file: number | undefined
  #size = 0
  #head: ChainHead = genesis
  /** Events that never reached the disk since the last line that did. */
  #lost = 0
  /** Bytes of an unfinished line that a crash had left. */
  readonly healedBytes: number

  /** @throws {AuditError} Unwritable */
  constructor(options: LogWriterOptions) {
    this.#options = { maxSizeMegabytes: 100, maxBackups: 10, ...options }
    try {
      mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 })
      this.healedBytes = this.#recover()
      this.#open()
    } catch (error) {
      throw new AuditError('Unwritable', `the audit log ${options.path} cannot be written: ${messageOf(error)}`, {
        cause: error,
        remedy: 'Make its directory writable, name another file, or start without an audit log.',
      })
    }
  }

  /** Of the last line on disk. Keep it elsewhere to notice when the end of the log is cut off. */
  get head(): ChainHead {
    return this.#head
  }

  /** The next line that is written says so. */
  lose(events: number): void {
    this.#lost += events
  }

  /** @throws the file system's error; then nothing of the events is in the file */
  appendSync(events: readonly EventText[]): void {
    const { bytes, head, lost } = this.#chained(events)
    const file = this.#fileFor(bytes.length)
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
    } catch (error) {
      this.#takeBack(file)
      throw error
    }
    this.#written({ bytes: bytes.length, head, lost })
  }

  /** As {@link appendSync}, off the calling thread. One at a time. */
  async append(events: readonly EventText[]): Promise<void> {
    const { bytes, head, lost } = this.#chained(events)
    const file = this.#fileFor(bytes.length)
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await writeAsync(file, bytes, done)
        done += bytesWritten
      }
    } catch (error) {
      this.#takeBack(file)
      throw error
    }
    this.#written({ bytes: bytes.length, head, lost })
  }

  close(): void {
    if (this.#file === undefined) return
    fsyncSync(this.#file)
    closeSync(this.#file)
    this.#file = undefined
  }

  #chained(events: readonly EventText[]): { bytes: Buffer; head: ChainHead; lost: number } {
    let head = this.#head
    let lost = this.#lost
    const lines = events.map(({ json, annotations }) => {
      const all = {
        ...annotations,
        [sequenceAnnotation]: String(head.sequence + 1),
        [previousAnnotation]: head.hash,
        ...(lost === 0 ? {} : { [lostAnnotation]: String(lost) }),
      }
      const line = `${json.slice(0, -1)},"annotations":${JSON.stringify(all)}}`
      lost = 0
      head = headAfter(line, head.sequence + 1)
      return line
    })
    return { bytes: Buffer.from(`${lines.join('\n')}\n`), head, lost: this.#lost }
  }

  #written({ bytes, head, lost }: { bytes: number; head: ChainHead; lost: number }): void {
    this.#size += bytes
    this.#head = head
    // More may have been lost while these were on their way.
    this.#lost -= lost
  }

  /** A full disk may have taken half a line. */
  #takeBack(file: number): void {
    try {
      ftruncateSync(file, this.#size)
    } catch {
      // The next write starts a new file, whose start heals this one.
      closeSync(file)
      this.#file = undefined
    }
  }

  #fileFor(bytes: number): number {
    const { maxSizeMegabytes } = this.#options
    if (this.#file !== undefined && this.#size > 0 && this.#size + bytes > maxSizeMegabytes * 1_048_576)
      this.#putAside()
    if (this.#file === undefined) {
      this.#recover()
      this.#open()
    }
    if (this.#file === undefined) throw new Error('the audit log is closed')
    return this.#file
  }

  #open(): void {
    const { path } = this.#options
    this.#file = openSync(path, 'a', 0o600)
    const found = fstatSync(this.#file)
    // It may have been there with other rights. A device keeps its own.
    if (found.isFile()) chmodSync(path, 0o600)
    this.#size = found.size
  }

  /** @returns how many bytes of an unfinished line were cut off */
  #recover(): number {
    const { path } = this.#options
    const healed = exists(path) ? healTail(path) : undefined
    const last = healed ?? lastOf(backupsOf(path).map((backup) => backup.path))
    this.#head = last?.head ?? genesis
    return healed?.cutBytes ?? 0
  }

  #putAside(): void {
    const { path, clock } = this.#options
    const now = clock.now()
    this.close()
    renameSync(path, backupName(path, now, this.#head.sequence))
    this.#open()
    this.#removeOld(now)
  }

  #removeOld(now: Date): void {
    const { path, maxBackups, maxAgeDays } = this.#options
    const oldest = maxAgeDays === undefined ? -Infinity : now.getTime() - maxAgeDays * dayMs
    const backups = backupsOf(path)
    backups.forEach(({ path: backup, putAside }, index) => {
      if (index < backups.length - maxBackups || putAside.getTime() < oldest) rmSync(backup, { force: true })
    })
  }
}

function lastOf(backups: readonly string[]): { head: ChainHead } | undefined {
  for (const backup of backups.toReversed()) {
    const healed = healTail(backup)
    if (healed !== undefined) return healed
  }
  return undefined
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
