/** Backups that are under way in this process, and how those ended that nobody has written down yet. */

import type { BackupOutcome } from './backup-run.ts'

export type BackupRun =
  | { state: 'running' }
  | { state: 'done'; outcome: BackupOutcome }
  | { state: 'failed'; error: unknown; aborted: boolean }

interface Entry {
  run: BackupRun
  stopping: AbortController
  finished: Promise<void>
}

export class BackupRuns {
  readonly #entries = new Map<string, Entry>()

  get(uid: string): BackupRun | undefined {
    return this.#entries.get(uid)?.run
  }

  /** @param ended called when there is an outcome to look at */
  start(uid: string, work: (signal: AbortSignal) => Promise<BackupOutcome>, ended: () => void): void {
    const stopping = new AbortController()
    const entry: Entry = { run: { state: 'running' }, stopping, finished: Promise.resolve() }
    this.#entries.set(uid, entry)
    entry.finished = this.#follow(entry, work(stopping.signal), ended)
  }

  abort(uid: string): void {
    this.#entries.get(uid)?.stopping.abort()
  }

  forget(uid: string): void {
    this.#entries.delete(uid)
  }

  async #follow(entry: Entry, work: Promise<BackupOutcome>, ended: () => void): Promise<void> {
    try {
      entry.run = { state: 'done', outcome: await work }
    } catch (error) {
      entry.run = { state: 'failed', error, aborted: entry.stopping.signal.aborted }
    }
    ended()
  }

  async stop(): Promise<void> {
    const entries = [...this.#entries.values()]
    for (const { stopping } of entries) stopping.abort()
    await Promise.all(entries.map(({ finished }) => finished))
  }
}
