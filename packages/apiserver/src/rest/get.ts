/** GET of one object. */

import { notFound } from '@berth/meta'
import type { StoredObject } from '../storage/store.ts'
import type { ApiAnswer } from '../transport.ts'
import { answerObject } from './answer.ts'
import type { ObjectCall } from './call.ts'
import { checkNotTooNew } from './list-version.ts'
import { placeOf } from './persist.ts'

/** @throws {StatusError} NotFound */
export function currentOf(call: ObjectCall): StoredObject {
  const place = placeOf(call, call.name)
  const stored = call.services.store.get(place.collection, place.key)
  if (stored === undefined) throw notFound(call.definition, call.name)
  return stored
}

export async function get(call: ObjectCall): Promise<ApiAnswer> {
  checkNotTooNew(call.services.store, call.request.query.get('resourceVersion') ?? '')
  return answerObject(call, 200, currentOf(call).value)
}
