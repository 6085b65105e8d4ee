/** Objects as answers: JSON as stored, or YAML, a table, or metadata only. */

import { badRequest, type Json, type ListMeta } from '@berth/meta'
import { stringify } from 'yaml'
import { partialObject, renderTable, type IncludeObject } from '../table/table.ts'
import type { Representation } from '../server/negotiate.ts'
import type { ApiAnswer } from '../transport.ts'
import type { ApiObject } from './api-object.ts'
import type { ResourceCall } from './call.ts'
import { decodeStored, inVersion } from './stored-form.ts'

/** A JSON value in the asked format. */
export function answerValue(representation: Representation, code: number, value: Json | object): ApiAnswer {
  if (representation.media === 'yaml') {
    return full(code, 'application/yaml', stringify(value, { aliasDuplicateObjects: false }))
  }
  return full(code, 'application/json', `${JSON.stringify(value, null, representation.pretty ? 2 : undefined)}\n`)
}

function full(code: number, contentType: string, body: Buffer | string): ApiAnswer {
  return { kind: 'full', code, headers: { 'content-type': contentType, 'cache-control': 'no-cache, private' }, body }
}

/** @param value the object in the store's form */
export function answerObject(call: ResourceCall, code: number, value: Buffer): ApiAnswer {
  const { representation } = call
  if (representation.as === 'object' && representation.media === 'json' && !representation.pretty) {
    return full(code, 'application/json', inVersion(call.definition, call.version, value))
  }
  return answerValue(representation, code, representObject(call, value))
}

function representObject(call: ResourceCall, value: Buffer): object {
  const object = decodeFor(call, value)
  const { as, metaVersion } = call.representation
  if (as === 'object') return object
  if (as === 'partial') return partialObject(object, metaVersion)
  const { resourceVersion } = object.metadata
  return tableOf(call, [object], resourceVersion === undefined ? {} : { resourceVersion })
}

/** The object as clients of the call's version see it. */
export function decodeFor(call: ResourceCall, value: Buffer): ApiObject {
  return decodeStored(inVersion(call.definition, call.version, value))
}

export function tableOf(
  call: ResourceCall,
  objects: readonly ApiObject[],
  listMeta: ListMeta,
  options: { columnDefinitions?: boolean } = {},
): object {
  return renderTable({
    definition: call.definition,
    objects,
    now: call.now,
    includeObject: includeObject(call.request.query),
    listMeta,
    version: call.representation.metaVersion,
    ...options,
  })
}

function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? ''
  if (value === '' || value === 'Metadata') return 'Metadata'
  if (value === 'None' || value === 'Object') return value
  const shown = JSON.stringify(value.slice(0, 256))
  const rule = "must be 'Metadata', 'Object', 'None', or empty"
  throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${shown}: ${rule}`)
}
