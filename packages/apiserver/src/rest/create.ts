/** POST to a collection. */

import { alreadyExists, apiVersionOf, type StatusCause, type StatusError } from '@berth/meta'
import { isStored } from '../resource/traits.ts'
import type { ApiAnswer } from '../transport.ts'
import { writeOptionsOf } from '../admission/attributes.ts'
import { admit } from './admit.ts'
import { admitQuestion } from './admit-subresource.ts'
import { answerObject, answerValue } from './answer.ts'
import { requireDocument } from './body.ts'
import type { ApiObject } from './api-object.ts'
import type { ResourceCall } from './call.ts'
import { decodeObject } from './decode-object.ts'
import { checkNamespace, createInNamespace } from './namespace-gate.ts'
import { isStoreConflict, placeOf, put, settled, type Written } from './persist.ts'
import { recordCreate, sentOnCreate } from './managed-fields.ts'
import { checkPlace, generateName, setOnCreate } from './server-fields.ts'
import { rememberSettled } from './settled.ts'
import { decodeStored } from './stored-form.ts'
import { checkFieldManager, readFieldValidation } from './write-options.ts'

/** Names tried for a `generateName` before giving up. */
const nameTries = 8

export async function create(call: ResourceCall): Promise<ApiAnswer> {
  const { definition, request } = call
  const fieldValidation = readFieldValidation('create', request.query)
  checkFieldManager('create', request.query)
  const document = await requireDocument(call)
  const object = decodeObject(call, document, { fieldValidation })
  if (!isStored(definition)) return answerQuestion(call, object)
  checkPlace(call, object, undefined)
  setOnCreate(call, object.metadata)
  if (definition.status === true && definition.statusOnCreate !== true) delete object['status']
  const sent = sentOnCreate(call, object)
  const record = (complete: ApiObject): StatusCause[] => recordCreate(call, complete, sent)
  const { value } = await createNamed(call, object, record)
  return answerObject(call, 201, value)
}

async function createNamed(call: ResourceCall, object: ApiObject, record: Recorder): Promise<Written> {
  const prefix = (object.metadata.name ?? '') === '' ? (object.metadata.generateName ?? '') : ''
  for (let failures = 0; ; failures += 1) {
    if (prefix !== '') object.metadata.name = generateName(prefix, () => call.services.random.number())
    try {
      return await createOnce(call, object, { record, options: 'CreateOptions' })
    } catch (error) {
      if (!isStoreConflict(error)) throw error
      if (prefix === '' || failures + 1 >= nameTries) throw taken(call, object.metadata.name ?? '')
    }
  }
}

/** Writes the owners into an object that is complete but for what plug-ins change. */
type Recorder = (object: ApiObject) => StatusCause[]

/**
 * Stores an object that is not there yet.
 * @throws {StoreError} Conflict when it is
 * @throws {StatusError} NotFound, Forbidden, Invalid
 */
export async function createOnce(
  call: ResourceCall,
  object: ApiObject,
  { record, options }: { record: Recorder; options: 'CreateOptions' | 'PatchOptions' },
): Promise<Written> {
  checkNamespace(call, object.metadata.name ?? '')
  const write = { operation: 'CREATE', subresource: '', options: writeOptionsOf(call, options) } as const
  const settle = await admit(call, object, { previous: undefined, write, record })
  return settled(call, settle, () => putNew(call, object))
}

/** Throws what it refuses with, so that whoever admitted the object learns of it. */
async function putNew(call: ResourceCall, object: ApiObject): Promise<Written> {
  const name = object.metadata.name ?? ''
  const place = placeOf(call, name)
  if (call.dryRun && call.services.store.get(place.collection, place.key) !== undefined) {
    throw taken(call, name)
  }
  // Again, for the time admission took: from here to the store nothing else runs.
  const written = await createInNamespace(call, name, () => put(call, { place, object, expect: null }))
  rememberSettled(call.definition, object, written.value)
  return written
}

function taken(call: ResourceCall, name: string): StatusError {
  const error = alreadyExists(call.definition, name)
  const place = placeOf(call, name)
  const stored = call.services.store.get(place.collection, place.key)
  const leaving = stored !== undefined && decodeStored(stored.value).metadata.deletionTimestamp !== undefined
  // Says why waiting helps; the message of the error itself is only for logs.
  if (leaving) error.status.message = `object is being deleted: ${error.message}`
  return error
}

/** Kinds that are questions: the body is completed with the answer and nothing is stored. */
async function answerQuestion(call: ResourceCall, object: ApiObject): Promise<ApiAnswer> {
  await admitQuestion(call, object)
  const answer = await call.definition.create?.(object, call)
  const apiVersion = apiVersionOf({ group: call.definition.group, version: call.version })
  return answerValue(call.representation, 201, { ...answer, apiVersion, kind: call.definition.kind })
}
