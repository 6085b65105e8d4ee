/** Dumps that are being written: one of a machine at a time, into a hidden file beside the claim's disk that gets its name when it is whole. */

import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { requireFreeBytes } from '@berth/imaging'
import type { Domain } from '@berth/hypervisor'
import { EngineError } from '../errors.ts'

export interface DumpJob {
  startedAt: Date
  endedAt?: Date
  file: string
  /** Set when it has ended. */
  result?: { done: true } | { done: false; error: unknown }
}

export interface DumpRequest {
  folder: () => Promise<string>
  /** Runs `work` when nobody else writes to the claim. */
  alone: (work: () => Promise<void>) => Promise<void>
  file: string
  /** That have to be free. */
  bytes: number
  /** A larger dump is not kept: it would be more than its claim has. */
  mostBytes: number
}

const suffix = '.memory.dump'

export class Dumps {
  readonly #jobs = new Map<string, DumpJob>()
  readonly #stopping = new AbortController()
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  /** Of the machine with this domain. */
  get(id: string): DumpJob | undefined {
    return this.#jobs.get(id)
  }

  forget(id: string): void {
    if (this.#jobs.get(id)?.result !== undefined) this.#jobs.delete(id)
  }

  /** @param options.changed called when it has ended */
  start(domain: Domain, options: DumpRequest & { changed: () => void }): DumpJob {
    const job: DumpJob = { startedAt: this.#now(), file: options.file }
    this.#jobs.set(domain.id, job)
    options
      .alone(() => this.#write(domain, options))
      .then(() => (job.result = { done: true }))
      .catch((error: unknown) => (job.result = { done: false, error }))
      .finally(() => {
        job.endedAt = this.#now()
        options.changed()
      })
    return job
  }

  close(): void {
    this.#stopping.abort(new Error('the engine stops'))
  }

  async #write(domain: Domain, { folder: folderOf, file, bytes, mostBytes }: DumpRequest): Promise<void> {
    this.#stopping.signal.throwIfAborted()
    const folder = await folderOf()
    await removeHalfMade(folder)
    await requireFreeBytes(folder, bytes, 'a memory dump')
    const partial = join(folder, `.${file}.partial`)
    try {
      await domain.dumpMemory({ path: partial, signal: this.#stopping.signal })
      await synced(partial)
      // Devices have memory, too: more of it than anybody reckoned with.
      const { size } = await stat(partial)
      if (size > mostBytes) {
        throw new EngineError('StorageFull', `the dump has ${size} bytes, and its claim holds ${mostBytes}`, {
          remedy: 'Ask for more storage on the claim, and dump again.',
        })
      }
    } catch (error) {
      await rm(partial, { force: true })
      throw error
    }
    // Whole and on disk before it has its name; the ones before it go only then, so that there is always one.
    await rename(partial, join(folder, file))
    await synced(folder)
    for (const name of await readdir(folder))
      if (name.endsWith(suffix) && name !== file) await rm(join(folder, name), { force: true })
  }
}

/** What a crash left. */
async function removeHalfMade(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith('.partial')) await rm(join(folder, name), { force: true })
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
