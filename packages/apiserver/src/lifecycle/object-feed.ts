/** One reading of every stored object for all controllers: its metadata now, and again at each change. */

import type { ObjectMeta } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import { collectionOf, isStored } from '../resource/traits.ts'
import type { ApiObject } from '../rest/call.ts'
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

export type ChangeSink = (change: ObjectChange) => void

/**
 * Tells `sink` of every object there is, before this returns, and of each later change. Reading and watching happen in one go, so
 * nothing falls between them.
 */
export function feedObjects(options: {
  store: Store
  registry: Pick<ResourceRegistry, 'all'>
  sink: ChangeSink
}): WatchHandle {
  const { store, registry, sink } = options
  const handles: WatchHandle[] = []
  for (const definition of registry.all()) {
    if (!isStored(definition)) continue
    const collection = collectionOf(definition)
    const { items, revision } = store.list(collection)
    for (const { key, value } of items) sink(changeOf({ definition, key, value, removed: false, initial: true }))
    handles.push(
      store.watch(collection, { from: revision }, ({ key, value, type }) =>
        sink(changeOf({ definition, key, value, removed: type === 'delete', initial: false })),
      ),
    )
  }
  return {
    close() {
      for (const handle of handles) handle.close()
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
