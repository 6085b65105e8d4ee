/** The journal on disk: batches go to the writing thread, one at a time. */

import { Worker } from 'node:worker_threads'
import { StoreError } from '@berth/apiserver'
import { messageOf } from '@berth/base'
import type { Journal, JournalBatch } from '../journal.ts'
import { copyDatabase } from './copy.ts'
import type { WorkerReply, WorkerRequest, WorkerSettings } from './protocol.ts'

export interface SqliteJournalOptions {
  /** The database, with its tables. */
  path: string
  /** The writing thread's code; `worker.ts` beside this file unless given. */
  workerUrl?: URL | undefined
  /** Called when the journal is closed, to let go of the data directory. */
  onClosed(): void
}

type Request = WorkerRequest extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never

interface Waiting {
  resolve(): void
  reject(error: Error): void
}

export class SqliteJournal implements Journal {
  readonly #options: SqliteJournalOptions
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #lastId = 0

  constructor(options: SqliteJournalOptions) {
    this.#options = options
    // Started now, so that it is up when the first write comes.
    this.#worker = this.#start()
  }

  async commit(batch: JournalBatch): Promise<void> {
    let size = 0
    for (const { value } of batch.records) size += value.length
    const values = new Uint8Array(size)
    let offset = 0
    for (const { value } of batch.records) {
      values.set(value, offset)
      offset += value.length
    }
    const { durable, compacted, obsolete } = batch
    const records = batch.records.map(
      ({ type, collection, key, revision, value }) => [type, collection, key, revision, value.length] as const,
    )
    await this.#ask(
      { op: 'commit', durable, records: records.map((record) => [...record]), values, compacted, obsolete },
      [values.buffer],
    )
  }

  /** Bounds the database to this many pages of 4 KiB, as a full disk would. */
  async limitPages(pages: number): Promise<void> {
    await this.#ask({ op: 'limit', pages })
  }

  backup(path: string): Promise<void> {
    return copyDatabase(this.#options.path, path)
  }

  async close(): Promise<void> {
    try {
      if (this.#worker !== undefined) await this.#ask({ op: 'close' })
    } finally {
      await this.#worker?.terminate()
      this.#worker = undefined
      this.#options.onClosed()
    }
  }

  #ask(request: Request, transfer: ArrayBuffer[] = []): Promise<void> {
    this.#worker ??= this.#start()
    const id = (this.#lastId += 1)
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ ...request, id }, transfer)
    })
  }

  #start(): Worker {
    const settings: WorkerSettings = { path: this.#options.path }
    const url = this.#options.workerUrl ?? new URL('./worker.ts', import.meta.url)
    const worker = new Worker(url, { workerData: settings, name: 'store-writer' })
    worker.on('message', (reply: WorkerReply) => {
      const waiting = this.#waiting.get(reply.id)
      this.#waiting.delete(reply.id)
      if (reply.ok) waiting?.resolve()
      else waiting?.reject(new StoreError('Unavailable', reply.message))
    })
    let cause = 'it ended'
    worker.on('error', (error) => (cause = messageOf(error)))
    worker.on('exit', () => {
      // The next request starts a new one.
      if (this.#worker === worker) this.#worker = undefined
      for (const waiting of this.#waiting.values()) {
        waiting.reject(new StoreError('Unavailable', `the writing thread failed: ${cause}`))
      }
      this.#waiting.clear()
    })
    return worker
  }
}
