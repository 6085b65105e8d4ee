/**
 * Stored states whose defaults are filled, whose fields are known and valid and whose quantities are canonical, because this process
 * wrote them by the schema their kind still has. A later write need not look again at the parts it shares with such a state: a write
 * of the status at everything else, a write of the object at its status.
 */

import type { Schema } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiObject } from './api-object.ts'
import type { WriteTarget } from './write-target.ts'

/** By the stored bytes, which never change. */
const schemas = new WeakMap<Buffer, Schema>()

/** Objects that have been through every walk of their schema and are about to be stored. */
const walked = new WeakSet<ApiObject>()

export function noteWalked(object: ApiObject): void {
  walked.add(object)
}

/** Remembers that `object` is stored as `value`. */
export function rememberSettled(definition: ResourceDefinition, object: ApiObject, value: Buffer): void {
  // What custom kinds hold is read anew in every version, by rules of their own.
  if (definition.conversion === undefined && walked.has(object)) schemas.set(value, definition.schema)
}

/** `previous`, decoded from `value`, when that is such a state. */
export function settledState(
  definition: ResourceDefinition,
  value: Buffer,
  previous: ApiObject,
): ApiObject | undefined {
  return schemas.get(value) === definition.schema ? previous : undefined
}

/** Whether a write has no say in a member of the object, which stays as it is stored. */
export function isOutside(definition: ResourceDefinition, target: WriteTarget, member: string): boolean {
  if (definition.status !== true || typeof target === 'object') return false
  return target === 'main' ? member === 'status' : member !== 'status' && member !== 'metadata'
}
