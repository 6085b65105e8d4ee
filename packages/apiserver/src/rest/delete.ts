/** DELETE of one object. */

import { conflict, deepEqual } from '@berth/meta'
import { attributesOfWrite, deleteOptionsOf } from '../admission/attributes.ts'
import type { ApiAnswer } from '../transport.ts'
import type { StoredObject } from '../storage/store.ts'
import { answerObject, answerValue } from './answer.ts'
import type { ApiObject } from './api-object.ts'
import type { ObjectCall } from './call.ts'
import { readDeleteOptions, type DeleteOptions } from './delete-options.ts'
import { markDeleted } from './deletion.ts'
import { currentOf } from './get.ts'
import { isStoreConflict, placeOf, put, remove, settled } from './persist.ts'
import { conflictTries, modified } from './server-fields.ts'
import { decodeStored } from './stored-form.ts'

export interface Deleted {
  /** False while finalizers or grace keep the object. */
  gone: boolean
  value: Buffer
}

export async function deleteOne(call: ObjectCall): Promise<ApiAnswer> {
  const options = await readDeleteOptions(call)
  const asked: ObjectCall = options.dryRun ? { ...call, dryRun: true } : call
  const { gone, value } = await deleteObject(asked, options)
  const { definition } = call
  if (!gone || definition.answersDeleted === true) return answerObject(call, 200, value)
  const { uid } = decodeStored(value).metadata
  const { group, resource } = definition
  return answerValue({ ...call.representation, as: 'object' }, 200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: call.name,
      ...(group === '' ? {} : { group }),
      kind: resource,
      ...(uid === undefined ? {} : { uid }),
    },
  })
}

/** @throws {StatusError} NotFound, Conflict when a precondition fails, or what the kind's `beforeDelete` throws */
export async function deleteObject(call: ObjectCall, options: DeleteOptions): Promise<Deleted> {
  const place = placeOf(call, call.name)
  return call.services.locks.run(`${place.collection}/${place.key}`, async () => {
    for (let failures = 0; ; failures += 1) {
      try {
        return await deleteOnce(call, options)
      } catch (error) {
        if (!isStoreConflict(error)) throw error
        if (failures + 1 >= conflictTries) throw conflict(call.definition, call.name, modified)
      }
    }
  })
}

async function deleteOnce(call: ObjectCall, options: DeleteOptions): Promise<Deleted> {
  const { definition, services } = call
  const current = currentOf(call)
  const previous = decodeStored(current.value)
  checkPreconditions(call, previous, options.preconditions)
  await definition.rules?.beforeDelete?.(previous, call)
  const attributes = attributesOfWrite(call, {
    operation: 'DELETE',
    subresource: '',
    name: call.name,
    object: undefined,
    oldObject: previous,
    options: deleteOptionsOf(call, options),
  })
  await services.admission.mutate(attributes)
  const settle = await services.admission.validate(attributes)
  return settled(call, settle, () => carryOut(call, { current, previous, options }))
}

async function carryOut(
  call: ObjectCall,
  { current, previous, options }: { current: StoredObject; previous: ApiObject; options: DeleteOptions },
): Promise<Deleted> {
  const { definition } = call
  const { object, free } = markDeleted(definition, previous, { ...options, now: call.now })
  const write = { place: placeOf(call, call.name), expect: current.revision }
  if (free) {
    // Watchers of an object that goes at once see it as it was.
    const last = previous.metadata.deletionTimestamp === undefined ? previous : object
    return { gone: true, ...(await remove(call, { ...write, object: last })) }
  }
  if (deepEqual(object, previous)) return { gone: false, value: current.value }
  return { gone: false, ...(await put(call, { ...write, object })) }
}

/** As kube-apiserver words it: the kind where other conflicts name the resource (registry `rest.BeforeDelete`). */
function checkPreconditions(call: ObjectCall, object: ApiObject, wanted: DeleteOptions['preconditions']): void {
  const { uid = '', resourceVersion = '' } = object.metadata
  const { group, kind } = call.definition
  const target = { group, resource: kind }
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    const why = `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`
    throw conflict(target, call.name, why)
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`
    throw conflict(target, call.name, why)
  }
}
