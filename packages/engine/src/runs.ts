/**
 * Long work that goes on beside a controller, one piece for each object: what is under way in this process, and how that ended which nobody
 * has written down yet. Nothing of it survives the process; what has begun has to be told by the objects themselves.
 */

export type Run<T> =
  | { state: 'running' }
  | { state: 'done'; outcome: T }
  | { state: 'failed'; error: unknown; aborted: boolean }

interface Entry<T> {
  run: Run<T>
  stopping: AbortController
  finished: Promise<void>
}

export class Runs<T> {
  readonly #entries = new Map<string, Entry<T>>()

  get(uid: string): Run<T> | undefined {
    return this.#entries.get(uid)?.run
  }

  /** @param ended called when there is an outcome to look at */
  start(uid: string, work: (signal: AbortSignal) => Promise<T>, ended: () => void): void {
    const stopping = new AbortController()
    const entry: Entry<T> = { run: { state: 'running' }, stopping, finished: Promise.resolve() }
    this.#entries.set(uid, entry)
    entry.finished = this.#follow(entry, work(stopping.signal), ended)
  }

  async #follow(entry: Entry<T>, work: Promise<T>, ended: () => void): Promise<void> {
    try {
      entry.run = { state: 'done', outcome: await work }
    } catch (error) {
      entry.run = { state: 'failed', error, aborted: entry.stopping.signal.aborted }
    }
    ended()
  }

  abort(uid: string): void {
    this.#entries.get(uid)?.stopping.abort()
  }

  forget(uid: string): void {
    this.#entries.delete(uid)
  }

  async stop(): Promise<void> {
    const entries = [...this.#entries.values()]
    for (const { stopping } of entries) stopping.abort()
    await Promise.all(entries.map(({ finished }) => finished))
  }
}
