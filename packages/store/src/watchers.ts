/** Who is told of which events. */

import type { StoreEvent, WatchHandle } from '@berth/apiserver'
import { messageOf, type Logger } from '@berth/base'

interface Watcher {
  readonly prefix: string
  readonly sink: (event: StoreEvent) => void
  /** Last revision it was told of or does not want. */
  position: number
}

export class Watchers {
  readonly #logger: Logger
  readonly #byCollection = new Map<string, Set<Watcher>>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /**
   * @param missed the kept events after the revision the watch starts from
   * @param position the revision up to which `missed` is complete
   */
  add(
    collection: string,
    options: { prefix?: string; position: number; missed: readonly StoreEvent[] },
    sink: (event: StoreEvent) => void,
  ): WatchHandle {
    const { prefix = '', position, missed } = options
    const watcher: Watcher = { prefix, sink, position }
    for (const event of missed) if (event.key.startsWith(prefix)) sink(event)
    let watchers = this.#byCollection.get(collection)
    if (watchers === undefined) this.#byCollection.set(collection, (watchers = new Set()))
    watchers.add(watcher)
    return {
      close: () => {
        const set = this.#byCollection.get(collection)
        set?.delete(watcher)
        if (set?.size === 0) this.#byCollection.delete(collection)
      },
    }
  }

  deliver(event: StoreEvent): void {
    for (const watcher of this.#byCollection.get(event.collection) ?? []) {
      // A watch that a sink opened during this delivery has already been given the whole batch.
      if (event.revision <= watcher.position) continue
      watcher.position = event.revision
      if (!event.key.startsWith(watcher.prefix)) continue
      try {
        watcher.sink(event)
      } catch (error) {
        // One broken watcher must not keep the others from their events.
        this.#logger.error(
          { collection: event.collection, key: event.key, revision: event.revision, error: messageOf(error) },
          'a watcher failed on an event',
        )
      }
    }
  }

  clear(): void {
    this.#byCollection.clear()
  }
}
