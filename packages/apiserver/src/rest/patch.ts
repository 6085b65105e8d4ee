/** PATCH of an object or its status: JSON patch, merge patch, and strategic merge patch on built-in kinds. */

import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  invalid,
  StatusError,
  type Json,
  type JsonObject,
} from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiAnswer } from '../transport.ts'
import { answerObject, decodeFor } from './answer.ts'
import { apply, applyPatch } from './apply.ts'
import { contentTypeOf, unsupportedMediaType } from './body.ts'
import type { ApiObject, ObjectCall } from './call.ts'
import { decodeObject } from './decode-object.ts'
import { currentOf } from './get.ts'
import { parseJson, type ParsedDocument } from './parse-json.ts'
import { placeOf } from './persist.ts'
import { tryReplace, type WriteTarget } from './replace.ts'
import { stateOf } from './stored-form.ts'
import { checkFieldManager, readFieldValidation, readForce } from './write-options.ts'

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
      const base = decodeFor(call, current.value)
      const patched = applied(call, type, { base, patch: document.value })
      checkSize(patched, services.limits.bodyBytes)
      const object = decodeObject(call, patchedDocument(patched, document, type), {
        fieldValidation,
        refuse: (problems) => refusePatch(call, document.value, problems),
      })
      const replacement = { current, previous: stateOf(call.definition, call.version, current.value), object, target }
      const written = await tryReplace(call, replacement, failures)
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

/** Before anything is applied, as each operation may cost a copy. */
function checkOperations(patchValue: Json, limit: number): void {
  if (!Array.isArray(patchValue) || patchValue.length <= limit) return
  throw new StatusError(
    'RequestEntityTooLarge',
    `The allowed maximum operations in a JSON patch is ${limit}, got ${patchValue.length}`,
  )
}

function applied(call: ObjectCall, type: PatchType, { base, patch }: { base: ApiObject; patch: Json }): Json {
  const { definition, services } = call
  if (type === jsonPatch) return applyJsonPatch<JsonObject>(base, patch)
  if (type === mergePatch) return applyMergePatch(base, patch)
  return applyStrategicMergePatch(base, patch, definition.schema, services.registry.schemas)
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

function refusePatch(call: ObjectCall, patchValue: Json, problems: string): Error {
  const shown = JSON.stringify(patchValue).slice(0, maxShown)
  return invalid(call.definition, '', [
    {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(shown)}: ${problems}`,
      field: 'patch',
    },
  ])
}
