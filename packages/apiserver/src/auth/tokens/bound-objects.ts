/** The objects a token lives with: it is good for as long as each of them is there, with the uid it had. */

import { isTime, parseTime, type JsonObject } from '@berth/meta'
import { objectAt, textAt } from '../../core/fields.ts'
import { collectionOf, keyOf } from '../../resource/traits.ts'
import type { Store } from '../../storage/store.ts'

export type BoundKind = 'Pod' | 'Secret' | 'Node'

export interface BoundObject {
  kind: BoundKind
  name: string
  uid: string
}

export const boundKinds: Record<BoundKind, { resource: string; namespaced: boolean; claim: string }> = {
  Pod: { resource: 'pods', namespaced: true, claim: 'pod' },
  Secret: { resource: 'secrets', namespaced: true, claim: 'secret' },
  Node: { resource: 'nodes', namespaced: false, claim: 'node' },
}

/** What is being deleted may use its token for a while, to clean up (Kubernetes' leeway). */
const deletedMs = 60_000

/** A stored object of the core group; undefined when there is none. */
export function coreObject(
  store: Pick<Store, 'get'>,
  place: { resource: string; namespace?: string | undefined; name: string },
): JsonObject | undefined {
  const key = keyOf(place.namespace, place.name)
  const stored = store.get(collectionOf({ group: '', resource: place.resource }), key)
  // The store holds only objects the server made.
  return stored === undefined ? undefined : (JSON.parse(stored.value.toString('utf8')) as JsonObject)
}

export function uidIn(object: JsonObject | undefined): string | undefined {
  const uid = textAt(objectAt(object, 'metadata'), 'uid')
  return uid === '' ? undefined : uid
}

/** The object has that uid and was not deleted more than a minute ago. */
export function isAlive(object: JsonObject | undefined, uid: string, now: Date): object is JsonObject {
  if (object === undefined || uid === '' || uidIn(object) !== uid) return false
  const deleted = textAt(objectAt(object, 'metadata'), 'deletionTimestamp')
  return !isTime(deleted) || now.getTime() - parseTime(deleted).getTime() < deletedMs
}

/** The place of a bound object of a kind, for a token of an account in `namespace`. */
export function placeOfBound(kind: BoundKind, namespace: string, name: string) {
  const { resource, namespaced } = boundKinds[kind]
  return { resource, name, ...(namespaced ? { namespace } : {}) }
}
