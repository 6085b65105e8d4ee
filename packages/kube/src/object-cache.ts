/** The informer's memory: objects by key and by index, and the differences a change makes. */

import type { KubeObject } from '@berth/meta'
import { keyOf } from './key.ts'

/** `previous` is undefined for a new object, `current` for a deleted one. */
export interface Change<T> {
  current: T | undefined
  previous: T | undefined
}

/** Values an object is found under in an index. */
export type IndexFunction<T> = (object: T) => readonly string[]

export class ObjectCache<T extends KubeObject> {
  private readonly objects = new Map<string, T>()
  private readonly indexes = new Map<string, { of: IndexFunction<T>; keys: Map<string, Set<string>> }>()

  constructor(indexes: Record<string, IndexFunction<T>>) {
    for (const [name, of] of Object.entries(indexes)) this.indexes.set(name, { of, keys: new Map() })
  }

  get(key: string): T | undefined {
    return this.objects.get(key)
  }

  list(): T[] {
    return [...this.objects.values()]
  }

  byIndex(name: string, value: string): T[] {
    const index = this.indexes.get(name)
    if (index === undefined)
      throw new RangeError(`no index "${name}"; declared: ${[...this.indexes.keys()].join(', ')}`)
    const found: T[] = []
    for (const key of index.keys.get(value) ?? []) {
      const object = this.objects.get(key)
      if (object !== undefined) found.push(object)
    }
    return found
  }

  /**
   * Stores an object. An object that was deleted and made again under its name while nobody looked has another uid: that is
   * two changes, because whoever tracks the old one must hear of its end.
   */
  put(object: T): Change<T>[] {
    const key = keyOf(object)
    const previous = this.objects.get(key)
    // Nobody here asks who owns a field, and these lists can be bigger than the object. Written back without, they stay as they are.
    delete object.metadata.managedFields
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      return [...this.remove(key), ...this.put(object)]
    }
    if (previous !== undefined) this.unindex(key, previous)
    this.objects.set(key, object)
    for (const index of this.indexes.values()) {
      for (const value of index.of(object)) {
        const keys = index.keys.get(value)
        if (keys === undefined) index.keys.set(value, new Set([key]))
        else keys.add(key)
      }
    }
    return [{ current: object, previous }]
  }

  /** @param last the state the deletion event carried; the cached one unless given */
  remove(key: string, last?: T): Change<T>[] {
    const previous = this.objects.get(key)
    if (previous === undefined) return []
    this.unindex(key, previous)
    this.objects.delete(key)
    return [{ current: undefined, previous: last ?? previous }]
  }

  /** Makes the content equal to `items`, with the changes that takes: deletions first, nothing for what is the same. */
  replace(items: readonly T[]): Change<T>[] {
    const wanted = new Map(items.map((item) => [keyOf(item), item]))
    const changes: Change<T>[] = []
    for (const key of this.objects.keys()) if (!wanted.has(key)) changes.push(...this.remove(key))
    for (const [key, item] of wanted) {
      const known = this.objects.get(key)?.metadata
      const same = known?.uid === item.metadata.uid && known?.resourceVersion === item.metadata.resourceVersion
      if (known === undefined || !same) changes.push(...this.put(item))
    }
    return changes
  }

  private unindex(key: string, object: T): void {
    for (const index of this.indexes.values()) {
      for (const value of index.of(object)) {
        const keys = index.keys.get(value)
        keys?.delete(key)
        if (keys?.size === 0) index.keys.delete(value)
      }
    }
  }
}
