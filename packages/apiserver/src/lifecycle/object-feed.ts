/** One reading of every stored object for all controllers: its metadata now, and again at each change. */

import type { ObjectMeta } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import { collectionOf, isStored } from '../resource/traits.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store, WatchHandle } from '../storage/store.ts'

export interface ObjectChange {
  definition: ResourceDefinition
  /** As in the store: `namespace/name` or `name`. */
  key: string
  /** As it is now; of a removed object the last state. Not to be kept: only what a controller needs of it. */
  object: ApiObject
  metadata: ObjectMeta
  removed: boolean
  /** Found at the start, not changed since. */
  initial: boolean
}

export interface ChangeSink {
  change(change: ObjectChange): void
  /** The kind is served from now on; its objects have been told of. */
  appeared?(definition: ResourceDefinition): void
  /** The kind is served no more; nothing is told of its objects any longer. */
  vanished?(definition: ResourceDefinition): void
}

export interface ObjectFeedOptions {
  store: Pick<Store, 'list' | 'watch'>
  registry: Pick<ResourceRegistry, 'all' | 'onChange'>
  sink: ChangeSink
}

/**
 * Tells `sink` of every object there is, before this returns, and of each later change, also of kinds that are registered later.
 * Reading and watching happen in one go, so nothing falls between them.
 */
export function feedObjects({ store, registry, sink }: ObjectFeedOptions): WatchHandle {
  /** By collection: a kind that is replaced keeps its objects, and its place here. */
  const feeds = new Map<string, { handle: WatchHandle; definition: ResourceDefinition }>()

  function attach(definition: ResourceDefinition): void {
    // Another form of objects that are told of already tells nothing new.
    if (!isStored(definition) || definition.storedAs !== undefined) return
    const collection = collectionOf(definition)
    const { items, revision } = store.list(collection)
    for (const { key, value } of items) sink.change(changeOf({ definition, key, value, removed: false, initial: true }))
    const feed = {
      definition,
      handle: store.watch(collection, { from: revision }, ({ key, value, type }) => {
        const removed = type === 'delete'
        sink.change(changeOf({ definition: feed.definition, key, value, removed, initial: false }))
      }),
    }
    feeds.set(collection, feed)
  }

  for (const definition of registry.all()) attach(definition)
  const unsubscribe = registry.onChange((change) => {
    const { definition } = change
    const feed = feeds.get(collectionOf(definition))
    if (change.type === 'replaced' && feed !== undefined) {
      feed.definition = definition
    } else if (change.type === 'removed') {
      if (feed === undefined) return
      feed.handle.close()
      feeds.delete(collectionOf(definition))
      sink.vanished?.(definition)
    } else if (feed === undefined) {
      attach(definition)
      sink.appeared?.(definition)
    }
  })
  return {
    close() {
      unsubscribe()
      for (const { handle } of feeds.values()) handle.close()
    },
  }
}

function changeOf(
  stored: Pick<ObjectChange, 'definition' | 'key' | 'removed' | 'initial'> & { value: Buffer },
): ObjectChange {
  const { value, ...rest } = stored
  const object = decodeStored(value)
  return { ...rest, object, metadata: object.metadata }
}
