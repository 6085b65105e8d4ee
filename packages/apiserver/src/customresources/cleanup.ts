/** Removing the objects of a kind that is going, straight from the store: the kind may have no served version to ask by. */

import { formatTime } from '@berth/meta'
import { decodeStored, encodeObject } from '../rest/stored-form.ts'
import { StoreError, type Store, type StoredObject, type Write } from '../storage/store.ts'

/** Objects looked at before others get their turn. */
const batchSize = 200

/**
 * Deletes every object of the collection; those with finalizers are marked, and stay until the finalizers are gone.
 * @returns how many are left
 */
export async function removeInstances(
  store: Pick<Store, 'list' | 'write' | 'count'>,
  collection: string,
  now: () => Date,
): Promise<number> {
  let after: string | undefined
  for (;;) {
    const { items } = store.list(collection, { limit: batchSize, ...(after === undefined ? {} : { after }) })
    if (items.length === 0) return store.count(collection)
    after = items.at(-1)?.key
    await Promise.all(items.map((item) => removeOne(store, { collection, item, now: now() })))
  }
}

async function removeOne(
  store: Pick<Store, 'write'>,
  { collection, item, now }: { collection: string; item: StoredObject; now: Date },
): Promise<void> {
  const object = decodeStored(item.value)
  const { metadata } = object
  const place = { collection, key: item.key, expect: item.revision }
  let write: Write
  if ((metadata.finalizers ?? []).length === 0) {
    write = { op: 'delete', ...place, encode: (revision) => encodeObject(object, revision) }
  } else {
    if (metadata.deletionTimestamp !== undefined) return
    metadata.deletionTimestamp = formatTime(now)
    metadata.deletionGracePeriodSeconds = 0
    if (metadata.generation !== undefined) metadata.generation += 1
    write = { op: 'put', ...place, encode: (revision) => encodeObject(object, revision) }
  }
  try {
    await store.write([write])
  } catch (error) {
    // Someone changed it meanwhile: it is still counted, and looked at again.
    if (!(error instanceof StoreError && error.code === 'Conflict')) throw error
  }
}
