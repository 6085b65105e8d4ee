/**
 * What a collection of configurations says, compiled once per change. The store tells of a change before the write that made it is
 * answered, so the next request already meets it.
 */

import type { ApiObject } from '../../rest/api-object.ts'
import { decodeStored } from '../../rest/stored-form.ts'
import type { Store, WatchHandle } from '../../storage/store.ts'

export interface FollowedOptions<T> {
  store: Pick<Store, 'list' | 'watch'>
  collection: string
  /** Must not throw: what is wrong with an object belongs into what it makes of it. */
  compile: (object: ApiObject) => T
  /** Told of everything that is replaced or removed. */
  release?: (item: T) => void
}

export class Followed<T> {
  readonly #compile: (object: ApiObject) => T
  readonly #release: (item: T) => void
  readonly #items = new Map<string, T>()
  readonly #watch: WatchHandle
  #sorted: readonly T[] | undefined

  constructor(options: FollowedOptions<T>) {
    const { store, collection } = options
    this.#compile = options.compile
    this.#release = options.release ?? (() => {})
    const { items, revision } = store.list(collection)
    for (const { key, value } of items) this.#items.set(key, this.#compile(decodeStored(value)))
    this.#watch = store.watch(collection, { from: revision }, ({ type, key, value }) => {
      this.#drop(key)
      if (type === 'put') this.#items.set(key, this.#compile(decodeStored(value)))
      this.#sorted = undefined
    })
  }

  get size(): number {
    return this.#items.size
  }

  /** By name. */
  all(): readonly T[] {
    this.#sorted ??= [...this.#items.keys()].sort().flatMap((key) => {
      const item = this.#items.get(key)
      return item === undefined ? [] : [item]
    })
    return this.#sorted
  }

  close(): void {
    this.#watch.close()
    for (const key of this.#items.keys()) this.#drop(key)
    this.#sorted = undefined
  }

  #drop(key: string): void {
    const item = this.#items.get(key)
    if (item === undefined) return
    this.#items.delete(key)
    this.#release(item)
  }
}
