/** The common end of update and patch: a new state for an existing object, or its removal when nothing holds it any more. */

import { conflict, type ObjectMeta, type StatusCause } from '@berth/meta'
import type { Managers } from '../fieldmanager/managers.ts'
import type { StoredObject } from '../storage/store.ts'
import { writeOptionsOf } from '../admission/attributes.ts'
import { admit } from './admit.ts'
import type { ApiObject } from './api-object.ts'
import type { ObjectCall } from './call.ts'
import { isFree } from './deletion.ts'
import { differsInTimesOnly, recordChange, setManagers, takeSent } from './managed-fields.ts'
import { isCurrentForm } from './stored-form.ts'
import { isStoreConflict, placeOf, put, remove, settled, type Written } from './persist.ts'
import {
  checkPlace,
  conflictTries,
  contentChanged,
  countsGenerations,
  keepOnUpdate,
  modified,
} from './server-fields.ts'
import { rememberSettled } from './settled.ts'
import { subresourceOf, type WriteTarget } from './write-target.ts'

export interface Replacement {
  current: StoredObject
  /** `current`, decoded. */
  previous: ApiObject
  /** As the client wants it; is changed. */
  object: ApiObject
  target: WriteTarget
  /** `previous`, when what the write shares with it needs no second look (`settled.ts`). */
  settled: ApiObject | undefined
  /** Who owns what after it, when the write is an apply; otherwise its changes are recorded. */
  owners?: Managers
}

/**
 * @throws {StoreError} Conflict when someone else wrote in between
 * @throws {StatusError} BadRequest, Conflict, Invalid
 */
export async function replaceObject(call: ObjectCall, replacement: Replacement): Promise<Written> {
  const { current, previous, target, owners, settled: known } = replacement
  checkPlace(call, replacement.object, call.name)
  const sent = takeSent(replacement.object)
  const object = projected(call, replacement)
  const causes = keepOnUpdate(call, object, previous)
  const write = {
    operation: 'UPDATE',
    subresource: subresourceOf(target),
    options: writeOptionsOf(call, call.request.method === 'PATCH' ? 'PatchOptions' : 'UpdateOptions'),
  } as const
  const record = (complete: ApiObject): StatusCause[] => {
    if (owners === undefined) return recordChange(call, complete, { previous, sent, subresource: write.subresource })
    setManagers(complete, owners)
    return []
  }
  const settle = await admit(call, object, {
    previous,
    settled: known,
    causes,
    rules: target === 'main',
    write,
    record,
    ...(typeof target === 'string' ? {} : { part: target }),
  })
  return settled(call, settle, () => storeReplacement(call, { current, previous, object }))
}

/** Writes what was admitted; errors as {@link replaceObject}. */
export async function storeReplacement(
  call: ObjectCall,
  { current, previous, object }: Pick<Replacement, 'current' | 'previous' | 'object'>,
): Promise<Written> {
  if (countsGenerations(call) && contentChanged(call, object, previous)) {
    object.metadata.generation = (previous.metadata.generation ?? 0) + 1
  }
  object.metadata.resourceVersion = String(current.revision)
  const place = placeOf(call, call.name)
  const free = object.metadata.deletionTimestamp !== undefined && isFree(call.definition, object)
  if (free) return remove(call, { place, object, expect: current.revision })
  // A write that changes nothing is no event: controllers that write what they see would wake each other for ever.
  if (differsInTimesOnly(object, previous) && isCurrentForm(call.definition, current.value))
    return { value: current.value }
  const written = await put(call, { place, object, expect: current.revision })
  rememberSettled(call.definition, object, written.value)
  return written
}

/** Undefined when another writer was faster and the patch, which names no version, is to be tried on what it wrote. */
export async function tryReplace(
  call: ObjectCall,
  replacement: Replacement,
  failures: number,
): Promise<Written | undefined> {
  try {
    return await replaceObject(call, replacement)
  } catch (error) {
    if (!isStoreConflict(error)) throw error
    if (failures + 1 >= conflictTries) throw conflict(call.definition, call.name, modified)
    return undefined
  }
}

/** The client's object with the part restored that this write may not touch. */
function projected(call: ObjectCall, { object, previous, target }: Replacement): ApiObject {
  if (typeof target === 'object') {
    const sent: ApiObject = { ...object }
    sent.metadata = statusMetadata(call, object.metadata, previous.metadata)
    return target.merge(sent, previous, call)
  }
  if (call.definition.status !== true) return object
  if (target === 'main') {
    const kept: ApiObject = { ...object }
    delete kept['status']
    if (previous['status'] !== undefined) kept['status'] = previous['status']
    return kept
  }
  const changed: ApiObject = { ...previous }
  changed.metadata = statusMetadata(call, object.metadata, previous.metadata)
  delete changed['status']
  if (object['status'] !== undefined) changed['status'] = object['status']
  return changed
}

/** Built-in kinds take labels, annotations and finalizers through status too; custom ones take nothing (apiextensions). */
function statusMetadata(call: ObjectCall, sent: ObjectMeta, before: ObjectMeta): ObjectMeta {
  const metadata: ObjectMeta = { ...before }
  delete metadata.resourceVersion
  if (sent.resourceVersion !== undefined) metadata.resourceVersion = sent.resourceVersion
  if (sent.uid !== undefined) metadata.uid = sent.uid
  if (call.definition.strategicMerge !== true) return metadata
  for (const field of ['labels', 'annotations', 'finalizers'] as const) {
    delete metadata[field]
    // Both sides have the same type, which the loop hides from the compiler.
    if (sent[field] !== undefined) Object.assign(metadata, { [field]: sent[field] })
  }
  return metadata
}
