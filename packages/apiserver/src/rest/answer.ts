/** Objects as answers: JSON as stored, or YAML, a table, or metadata only. */

import { apiVersionOf, type Json, type ListMeta } from '@berth/meta'
import { stringify } from 'yaml'
import { listKindOf } from '../resource/traits.ts'
import { partialObject, partialObjectList, renderTable, type IncludeObject } from '../table/table.ts'
import type { Representation } from '../server/negotiate.ts'
import type { ApiAnswer } from '../transport.ts'
import type { ApiObject, ResourceCall } from './call.ts'
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
  const value = query.get('includeObject')
  return value === 'None' || value === 'Object' ? value : 'Metadata'
}

/** A list as the client asked for it; plain JSON is put together from stored bytes without reading them. */
export function answerList(call: ResourceCall, values: readonly Buffer[], meta: ListMeta): ApiAnswer {
  const { definition, representation, version } = call
  const apiVersion = apiVersionOf({ group: definition.group, version })
  const kind = listKindOf(definition)
  if (representation.as === 'object' && representation.media === 'json' && !representation.pretty) {
    const head = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(meta)},"items":[`
    return full(
      200,
      'application/json',
      joinItems(
        head,
        values.map((value) => inVersion(definition, version, value)),
      ),
    )
  }
  const objects = values.map((value) => decodeFor(call, value))
  const forms = {
    object: () => ({ kind, apiVersion, metadata: meta, items: objects }),
    table: () => tableOf(call, objects, meta),
    partial: () => partialObjectList(objects, meta, representation.metaVersion),
  }
  return answerValue(representation, 200, forms[representation.as]())
}

const comma = Buffer.from(',')

function joinItems(head: string, values: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from(head)]
  for (const [index, value] of values.entries()) {
    if (index > 0) parts.push(comma)
    parts.push(value)
  }
  parts.push(Buffer.from(']}\n'))
  return Buffer.concat(parts)
}
