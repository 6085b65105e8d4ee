/** From a request's body to an object of the resource's kind: kind checked, unknown fields handled, metadata shaped. */

import { apiVersionOf, badRequest, isJsonObject, prune, unreadable, type Json, type JsonObject } from '@berth/meta'
import { storageVersionOf } from '../resource/traits.ts'
import type { ApiObject } from './api-object.ts'
import type { ResourceCall } from './call.ts'
import { shapeMetadata } from './metadata-shape.ts'
import type { ParsedDocument } from './parse-json.ts'
import type { FieldValidation } from './write-options.ts'

export interface DecodeOptions {
  fieldValidation: FieldValidation
  /** Turns strict decoding errors into the refusal of the verb; create and update share one wording, patches have another. */
  refuse?(problems: string): Error
  /** A state of the object with no unknown fields; what the object shares with it is not looked at again. */
  settled?: ApiObject | undefined
}

/** Field errors a client is told of at most; a generated body can have thousands. */
const maxReported = 50

/**
 * The object in storage version, without the fields its schema does not know.
 * @throws {StatusError} BadRequest
 */
export function decodeObject(call: ResourceCall, document: ParsedDocument, options: DecodeOptions): ApiObject {
  const { definition } = call
  const { value } = document
  if (!isJsonObject(value)) throw badRequest(`the body of the request must be a ${definition.kind} object`)
  checkKind(call, value)
  const { metadata, unknown, problem } = shapeMetadata(Object.hasOwn(value, 'metadata') ? value['metadata'] : undefined)
  if (problem !== undefined) throw cannotHandle(call, problem)
  const { apiVersion: _, kind: __, metadata: ___, ...content } = value
  const object: ApiObject = {
    apiVersion: apiVersionOf({ group: definition.group, version: storageVersionOf(definition) }),
    kind: definition.kind,
    metadata,
    ...content,
  }
  // One by one: there may be more than a call takes arguments.
  for (const field of prune(object, definition.schema, call.services.registry.schemas, options)) unknown.push(field)
  const wrong = unreadableIn(call, object, options)
  if (wrong !== undefined) throw options.refuse?.(wrong) ?? cannotHandle(call, wrong)
  report(call, options, [
    ...document.duplicates.map((field) => `duplicate field ${JSON.stringify(field)}`),
    ...unknown.map((field) => `unknown field ${JSON.stringify(field)}`),
  ])
  return object
}

/** Custom kinds are read by their schema, whose refusal names every field. */
function unreadableIn(call: ResourceCall, object: ApiObject, { settled }: DecodeOptions): string | undefined {
  const { kind, schema, strategicMerge } = call.definition
  if (strategicMerge !== true) return undefined
  return unreadable(object, schema, { set: call.services.registry.schemas, kind, settled })
}

function report(call: ResourceCall, options: DecodeOptions, problems: string[]): void {
  if (problems.length === 0) return
  switch (options.fieldValidation) {
    case 'Ignore':
      return
    case 'Warn':
      for (const text of problems.slice(0, maxReported)) call.warn(text)
      return
    case 'Strict': {
      const text = `strict decoding error: ${problems.slice(0, maxReported).join(', ')}`
      throw options.refuse?.(text) ?? cannotHandle(call, text)
    }
  }
}

function cannotHandle(call: ResourceCall, why: string): Error {
  const { kind } = call.definition
  return badRequest(`${kind} in version "${call.version}" cannot be handled as a ${kind}: ${why}`)
}

/** Built-in kinds may leave kind and apiVersion out, as the path says them; custom ones may not (apiextensions). */
function checkKind({ definition, version }: ResourceCall, value: JsonObject): void {
  const expected = apiVersionOf({ group: definition.group, version })
  const kind = text(value['kind'])
  const apiVersion = text(value['apiVersion'])
  if (definition.strategicMerge !== true && (kind === '' || apiVersion === '')) {
    throw badRequest(
      `Object '${kind === '' ? 'Kind' : 'apiVersion'}' is missing in the body of the request; expected ${expected} ${definition.kind}`,
    )
  }
  if (apiVersion !== '' && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  }
  if (kind !== '' && kind !== definition.kind) {
    throw badRequest(`the kind in the data (${kind}) does not match the expected kind (${definition.kind})`)
  }
}

function text(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw badRequest('kind and apiVersion of the object must be strings')
  return value.slice(0, 256)
}
