/** What plug-ins may not change about an object: which one it is, and what the server alone sets. */

import { badRequest, invalidValue, type ObjectMeta, type StatusCause } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiObject } from './call.ts'

/** Set back without a word, as kube-apiserver sets them only after admission. */
const serverOwned = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'resourceVersion',
  'selfLink',
] as const

/** Remembers an object before plug-ins are asked. */
export function identityOf({ metadata }: ApiObject): ObjectMeta {
  return { ...metadata }
}

/**
 * Restores what was changed.
 * @returns causes for what cannot be restored: another name for an object that exists
 * @throws {StatusError} BadRequest when it was moved to another namespace
 */
export function keepIdentity(
  object: ApiObject,
  before: ObjectMeta,
  { definition, exists }: { definition: ResourceDefinition; exists: boolean },
): StatusCause[] {
  const { metadata } = object
  for (const field of serverOwned) {
    delete metadata[field]
    // Both sides have the same type, which the loop hides from the compiler.
    if (before[field] !== undefined) Object.assign(metadata, { [field]: before[field] })
  }
  if (definition.namespaced && metadata.namespace !== before.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  if (!exists || metadata.name === before.name) return []
  return [invalidValue('metadata.name', metadata.name ?? '', 'field is immutable')]
}
