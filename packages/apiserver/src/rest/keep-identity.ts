/** What plug-ins may not change about an object: which one it is, and what the server alone sets. */

import { badRequest, invalidValue, type Json, type ObjectMeta, type StatusCause } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiObject } from './api-object.ts'

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

export interface Identity {
  readonly metadata: ObjectMeta
  readonly status: Json | undefined
}

/** Remembers an object before plug-ins are asked. */
export function identityOf(object: ApiObject): Identity {
  return { metadata: { ...object.metadata }, status: object['status'] }
}

export interface Kept {
  definition: ResourceDefinition
  previous: ApiObject | undefined
  /** Empty for the object, `status` where only that is written; other parts see to themselves. */
  subresource: string
}

/**
 * Restores what was changed.
 * @returns causes for what cannot be restored: another name for an object that exists
 * @throws {StatusError} BadRequest when it was moved to another namespace
 */
export function keepIdentity(
  object: ApiObject,
  { metadata: before, status }: Identity,
  { definition, previous, subresource }: Kept,
): StatusCause[] {
  const { metadata } = object
  if (definition.status === true && (subresource === '' || subresource === 'status'))
    keepParts(object, { status, previous, subresource })
  for (const field of serverOwned) {
    delete metadata[field]
    // Both sides have the same type, which the loop hides from the compiler.
    if (before[field] !== undefined) Object.assign(metadata, { [field]: before[field] })
  }
  if (definition.namespaced && metadata.namespace !== before.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  if (previous === undefined || metadata.name === before.name) return []
  return [invalidValue('metadata.name', metadata.name ?? '', 'field is immutable')]
}

/** Who writes the object writes no status, and the other way round; that holds for plug-ins too. */
function keepParts(
  object: ApiObject,
  { status, previous, subresource }: Pick<Identity, 'status'> & Pick<Kept, 'previous' | 'subresource'>,
): void {
  if (subresource !== 'status') {
    delete object['status']
    if (status !== undefined) object['status'] = status
    return
  }
  for (const key of Object.keys({ ...object, ...previous })) {
    if (key === 'metadata' || key === 'status') continue
    const kept = previous?.[key]
    delete object[key]
    if (kept !== undefined) object[key] = kept
  }
}
