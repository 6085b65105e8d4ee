/** The part of metadata that belongs to the server: what it sets, and what clients may not change (apimachinery `rest`). */

import {
  badRequest,
  conflict,
  deepEqual,
  forbiddenValue,
  formatTime,
  invalidValue,
  type ObjectMeta,
  type StatusCause,
} from '@berth/meta'
import type { ApiObject } from './api-object.ts'
import type { ObjectCall, ResourceCall } from './call.ts'

/** What every lost race says. */
export const modified = 'the object has been modified; please apply your changes to the latest version and try again'

/** Writers outside an object's lock (the store's other users) are waited for this often. */
export const conflictTries = 5

/** Letters of generated names: no vowels, so that no words come up, and none that look alike (apimachinery `rand`). */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const tailLength = 5
const maxNameLength = 63

export function generateName(prefix: string, random: () => number): string {
  let tail = ''
  for (let count = 0; count < tailLength; count += 1) tail += alphabet[Math.floor(random() * alphabet.length)] ?? ''
  return prefix.slice(0, maxNameLength - tailLength) + tail
}

/**
 * Checks name and namespace of a body against the path, and takes over the path's namespace.
 * @throws {StatusError} BadRequest
 */
export function checkPlace(call: ResourceCall, object: ApiObject, name: string | undefined): void {
  const { metadata } = object
  const { namespace } = call
  if (call.definition.namespaced && (metadata.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  if (call.definition.namespaced && namespace !== undefined) metadata.namespace = namespace
  if (name === undefined) return
  if ((metadata.name ?? '') === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
}

/**
 * Metadata of an object that is about to exist.
 * @throws {StatusError} BadRequest when it claims to exist already
 */
export function setOnCreate(call: ResourceCall, metadata: ObjectMeta): void {
  if ((metadata.resourceVersion ?? '') !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created')
  }
  for (const field of ['resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'] as const) {
    delete metadata[field]
  }
  metadata.uid = call.services.random.uuid()
  metadata.creationTimestamp = formatTime(call.now)
  delete metadata.generation
  if (countsGenerations(call)) metadata.generation = 1
}

/** Built-in kinds without a status (config maps) have no generation; everything else does, unless it says otherwise. */
export function countsGenerations({ definition }: Pick<ResourceCall, 'definition'>): boolean {
  return definition.generation ?? (definition.status === true || definition.strategicMerge !== true)
}

/** Fields that come from the stored object whatever the client sent. */
const preserved = ['creationTimestamp', 'generation', 'selfLink'] as const
/** Fields a client may leave out but not change. */
const immutable = ['uid', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const

/**
 * Merges the server's fields of `previous` into an update.
 * @returns causes for fields that were changed and must not be
 * @throws {StatusError} Conflict when the update names another uid or an older resourceVersion
 */
export function keepOnUpdate(call: ObjectCall, object: ApiObject, previous: ApiObject): StatusCause[] {
  const { metadata } = object
  const before = previous.metadata
  // A patch has no precondition on the identity: it would change it.
  if (call.request.method !== 'PATCH') checkIdentity(call, metadata, before)
  checkVersion(call, metadata, before)
  const causes: StatusCause[] = []
  for (const field of immutable) {
    if (metadata[field] === undefined) {
      // Both sides have the same type, which the loop hides from the compiler.
      if (before[field] !== undefined) Object.assign(metadata, { [field]: before[field] })
    } else if (metadata[field] !== before[field]) {
      causes.push(invalidValue(`metadata.${field}`, metadata[field], 'field is immutable'))
    }
  }
  for (const field of preserved) {
    delete metadata[field]
    if (before[field] !== undefined) Object.assign(metadata, { [field]: before[field] })
  }
  if ((metadata.generateName ?? '') === '') delete metadata.generateName
  if (before.generateName !== undefined) metadata.generateName ??= before.generateName
  causes.push(...newFinalizers(metadata, before))
  return causes
}

function checkIdentity(call: ObjectCall, metadata: ObjectMeta, before: ObjectMeta): void {
  if (metadata.uid !== undefined && metadata.uid !== '' && metadata.uid !== before.uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${before.uid ?? ''}`
    throw conflict(call.definition, call.name, why)
  }
}

function checkVersion(call: ObjectCall, metadata: ObjectMeta, before: ObjectMeta): void {
  if (metadata.uid === '') delete metadata.uid
  const named = metadata.resourceVersion ?? ''
  if (named !== '' && named !== before.resourceVersion) {
    throw conflict(call.definition, call.name, modified)
  }
}

function newFinalizers(metadata: ObjectMeta, before: ObjectMeta): StatusCause[] {
  if (before.deletionTimestamp === undefined) return []
  const known = new Set(before.finalizers)
  const added = (metadata.finalizers ?? []).filter((each) => !known.has(each))
  if (added.length === 0) return []
  const list = added.map((each) => JSON.stringify(each)).join(', ')
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`
  return [forbiddenValue('metadata.finalizers', why)]
}

/** True when anything but metadata and, where it is a subresource, status differs. */
export function contentChanged(
  call: Pick<ResourceCall, 'definition'>,
  object: ApiObject,
  previous: ApiObject,
): boolean {
  return !deepEqual(contentOf(call, object), contentOf(call, previous))
}

function contentOf({ definition }: Pick<ResourceCall, 'definition'>, object: ApiObject): object {
  const { metadata: _, status, ...content } = object
  return definition.status === true ? content : { ...content, status }
}
