/** PATCH of an object or its status: JSON patch, merge patch, and strategic merge patch on built-in kinds. */

import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  apiVersionOf,
  badRequest,
  invalid,
  isJsonObject,
  StatusError,
  type Json,
  type JsonObject,
  type ObjectMeta,
  type PatchOptions,
} from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiAnswer } from '../transport.ts'
import { answerObject } from './answer.ts'
import { apply, applyPatch } from './apply.ts'
import { contentTypeOf, unsupportedMediaType } from './body.ts'
import type { ApiObject } from './api-object.ts'
import type { ObjectCall } from './call.ts'
import { decodeObject } from './decode-object.ts'
import { currentOf } from './get.ts'
import { parseJson, type ParsedDocument } from './parse-json.ts'
import { placeOf } from './persist.ts'
import { tryReplace } from './replace.ts'
import { isOutside, settledState } from './settled.ts'
import { stateOf } from './stored-form.ts'
import { checkFieldManager, readFieldValidation, readForce } from './write-options.ts'
import type { WriteTarget } from './write-target.ts'

const jsonPatch = 'application/json-patch+json'
const mergePatch = 'application/merge-patch+json'
const strategicPatch = 'application/strategic-merge-patch+json'

export async function patch(call: ObjectCall, target: WriteTarget): Promise<ApiAnswer> {
  const { request, services } = call
  if (contentTypeOf(request) === applyPatch) return apply(call, target)
  const type = checkType(call.definition, contentTypeOf(request))
  const fieldValidation = readFieldValidation('patch', request.query)
  readForce(request.query, false)
  checkFieldManager('patch', request.query)
  const document = parseJson(await request.body(), services.limits.jsonDepth)
  checkOperations(document.value, services.limits.patchOperations)
  const { collection, key } = placeOf(call, call.name)
  const { value } = await services.locks.run(`${collection}/${key}`, async () => {
    for (let failures = 0; ; failures += 1) {
      const current = currentOf(call)
      const previous = stateOf(call.definition, call.version, current.value)
      const settled = settledState(call.definition, current.value, previous)
      const patched = applied(call, type, {
        base: baseOf(call, previous, document.value),
        patch: document.value,
        // Unless it is settled, the whole patched object is looked through, and changed on the way.
        ...(settled === undefined ? {} : { keeps: (member) => isOutside(call.definition, target, member) }),
      })
      checkSize(patched, services.limits.bodyBytes)
      const object = decodeObject(call, patchedDocument(patched, document, type), {
        fieldValidation,
        settled,
        refuse: (problems) => refusePatch(call, document.value, problems),
      })
      const written = await tryReplace(call, { current, previous, object, target, settled }, failures)
      if (written !== undefined) return written
    }
  })
  return answerObject(call, 200, value)
}

type PatchType = typeof jsonPatch | typeof mergePatch | typeof strategicPatch

function checkType(definition: ResourceDefinition, type: string | undefined): PatchType {
  const accepted: PatchType[] = [jsonPatch, mergePatch]
  if (definition.strategicMerge === true) accepted.push(strategicPatch)
  const found = accepted.find((each) => each === type)
  if (found !== undefined) return found
  throw unsupportedMediaType([...accepted, applyPatch])
}

/**
 * The object as clients of the call's version see it. Without its owners, which are often the bigger part of it, unless the patch is
 * about them: an object that says nothing of owners keeps those it has.
 */
function baseOf({ definition, version }: ObjectCall, previous: ApiObject, patchValue: Json): ApiObject {
  const base: ApiObject = { ...previous }
  const metadata: ObjectMeta = { ...previous.metadata }
  base.metadata = metadata
  base.apiVersion = apiVersionOf({ group: definition.group, version })
  if (!namesOwners(patchValue)) delete base.metadata.managedFields
  return base
}

const ownersPointer = '/metadata/managedFields'

function namesOwners(patchValue: Json): boolean {
  if (isJsonObject(patchValue)) {
    const { metadata } = patchValue
    return isJsonObject(metadata) && Object.hasOwn(metadata, 'managedFields')
  }
  if (!Array.isArray(patchValue)) return false
  return patchValue.some(
    (operation) => isJsonObject(operation) && [operation['path'], operation['from']].some((path) => meetsOwners(path)),
  )
}

/** Whether a pointer leads to the owners, to what holds them, or into them. */
function meetsOwners(pointer: Json | undefined): boolean {
  if (typeof pointer !== 'string') return false
  return ownersPointer.startsWith(pointer) || pointer.startsWith(ownersPointer)
}

/** Before anything is applied, as each operation may cost a copy. */
export function checkOperations(patchValue: Json, limit: number): void {
  if (!Array.isArray(patchValue) || patchValue.length <= limit) return
  throw new StatusError(
    'RequestEntityTooLarge',
    `The allowed maximum operations in a JSON patch is ${limit}, got ${patchValue.length}`,
  )
}

interface Application extends PatchOptions {
  base: ApiObject
  patch: Json
}

function applied(call: ObjectCall, type: PatchType, { base, patch, ...options }: Application): Json {
  const { definition, services } = call
  if (type === jsonPatch) return applyJsonPatch<JsonObject>(base, patch)
  if (type === mergePatch) return applyMergePatch(base, patch, options)
  return applyStrategicMergePatch(base, patch, {
    schema: definition.schema,
    set: services.registry.schemas,
    ...options,
  })
}

function checkSize(patched: Json, limit: number): void {
  if (JSON.stringify(patched).length <= limit) return
  throw new StatusError(
    'RequestEntityTooLarge',
    `Request entity too large: the patched object exceeds the limit of ${limit}`,
  )
}

/** Duplicates in a merge patch are duplicates of the object; in a JSON patch they belong to an operation. */
function patchedDocument(patched: Json, patch: ParsedDocument, type: PatchType): ParsedDocument {
  if (type === jsonPatch && patch.duplicates.length > 0) {
    throw badRequest(`the JSON patch has duplicate fields: ${patch.duplicates.slice(0, 10).join(', ')}`)
  }
  return { value: patched, duplicates: patch.duplicates }
}

/** Characters of a patch that its refusal repeats. */
const maxShown = 1024

export function refusePatch(call: ObjectCall, patchValue: Json, problems: string): Error {
  const shown = JSON.stringify(patchValue).slice(0, maxShown)
  return invalid(call.definition, '', [
    {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(shown)}: ${problems}`,
      field: 'patch',
    },
  ])
}
