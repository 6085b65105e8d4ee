/** What the server writes into an object and no person: kept out of drafts. */

import { isJsonObject, ownMember, setOwn, type Json, type JsonObject, type KubeObject } from '@berth/meta'

const ownedMetadata: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
])
const ownedMembers: ReadonlySet<string> = new Set(['status'])

/** Which life of which object a draft is of. */
export interface Origin {
  uid: string
  /** Of the state that the draft's base is equal to. */
  resourceVersion: string
}

/** The part of an object that people write: apiVersion, kind, metadata as far as it is theirs, and all else but the status. */
export function writtenPart(object: KubeObject): JsonObject {
  const part: JsonObject = {}
  const whole = object as unknown as JsonObject
  for (const [key, value] of Object.entries(whole)) {
    if (ownedMembers.has(key) || value === undefined) continue
    setOwn(part, key, key === 'metadata' && isJsonObject(value) ? without(value, ownedMetadata) : value)
  }
  return part
}

/** undefined for an object that no server has stored yet. */
export function originOf({ metadata: { uid, resourceVersion } }: KubeObject): Origin | undefined {
  return uid === undefined || resourceVersion === undefined ? undefined : { uid, resourceVersion }
}

/** What is sent: with the uid and the version it was made from, so that the server refuses it when anybody was quicker. */
export function withOrigin(part: JsonObject, origin: Origin | undefined): JsonObject {
  if (origin === undefined) return part
  const metadata = ownMember(part, 'metadata')
  return { ...part, metadata: { ...(isJsonObject(metadata) ? metadata : {}), ...origin } }
}

function without(object: JsonObject, keys: ReadonlySet<string>): JsonObject {
  const kept: JsonObject = {}
  for (const [key, value] of Object.entries(object) as [string, Json | undefined][]) {
    if (!keys.has(key) && value !== undefined) setOwn(kept, key, value)
  }
  return kept
}
