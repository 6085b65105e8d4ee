/**
 * Admission of what is sent to subresources. Streams and actions are CONNECT, as Kubernetes calls them; a body that is an object of
 * the subresource's own kind (an Eviction) is created or updated.
 */

import { apiVersionOf, isJsonObject, type Json, type JsonObject } from '@berth/meta'
import { attributesOfWrite, writeOptionsOf } from '../admission/attributes.ts'
import type { AdmissionOperation } from '../admission/plugin.ts'
import type { Subresource } from '../resource/definition.ts'
import type { ApiObject } from './api-object.ts'
import type { ResourceCall } from './call.ts'
import { placeOf } from './persist.ts'
import { decodeStored } from './stored-form.ts'

export interface SubresourceWrite {
  /** With its nested words, as the path has them: `evacuate/cancel`. */
  path: string
  subresource: Subresource
  name: string
  body: Json | undefined
}

/** Kinds of the options of Kubernetes' own streams; their fields are in the query. */
const connectKinds: Readonly<Record<string, string>> = {
  attach: 'PodAttachOptions',
  exec: 'PodExecOptions',
  portforward: 'PodPortForwardOptions',
}
const flags = new Set(['stdin', 'stdout', 'stderr', 'tty'])

/**
 * @returns the body, with what plug-ins changed in it
 * @throws {StatusError} when one refuses
 */
export async function admitSubresource(call: ResourceCall, write: SubresourceWrite): Promise<Json | undefined> {
  const operation = operationOf(call, write)
  if (operation === undefined) return write.body
  const object = operation === 'CONNECT' ? connectObject(call, write) : bodyObject(call, write)
  const kind = operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions'
  const attributes = attributesOfWrite(call, {
    operation,
    subresource: write.path,
    name: write.name,
    object,
    oldObject: operation === 'UPDATE' ? storedObject(call, write) : undefined,
    options: operation === 'CONNECT' ? {} : writeOptionsOf(call, kind),
  })
  const asked = await call.services.admission.mutate(attributes)
  const settle = await call.services.admission.validate(attributes)
  // Nothing is reserved for what is no object of its own.
  settle(false)
  return asked && write.body !== undefined ? object : write.body
}

/** What is there now, where the subresource shows the object itself (`approval`, `finalize`). */
function storedObject(call: ResourceCall, { subresource, name }: SubresourceWrite): ApiObject | undefined {
  if (subresource.kind?.kind !== call.definition.kind) return undefined
  const { collection, key } = placeOf(call, name)
  const stored = call.services.store.get(collection, key)
  return stored === undefined ? undefined : decodeStored(stored.value)
}

/**
 * Admission of a question (an access review), of which nothing is stored. Plug-ins may change it in place.
 * @throws {StatusError} when one refuses
 */
export async function admitQuestion(call: ResourceCall, object: ApiObject): Promise<void> {
  const attributes = attributesOfWrite(call, {
    operation: 'CREATE',
    subresource: '',
    name: object.metadata.name ?? '',
    object,
    oldObject: undefined,
    options: writeOptionsOf(call, 'CreateOptions'),
  })
  await call.services.admission.mutate(attributes)
  const settle = await call.services.admission.validate(attributes)
  settle(false)
}

/** Undefined for what only reads, and for patches of objects: they end in a write of the object, which is admitted itself. */
function operationOf(
  { request }: ResourceCall,
  { subresource, body }: SubresourceWrite,
): AdmissionOperation | undefined {
  if (request.upgrade) return 'CONNECT'
  if (request.method === 'GET' || request.method === 'HEAD') return undefined
  if (subresource.kind === undefined || !isJsonObject(body)) return 'CONNECT'
  if (request.method === 'PATCH') return undefined
  return request.method === 'POST' ? 'CREATE' : 'UPDATE'
}

function bodyObject(call: ResourceCall, { subresource, body }: SubresourceWrite): ApiObject {
  const { group, version, kind } = subresource.kind ?? { ...call.definition, version: call.version }
  const sent = isJsonObject(body) ? body : {}
  const metadata = isJsonObject(sent['metadata']) ? sent['metadata'] : {}
  const object: JsonObject = { ...sent, apiVersion: apiVersionOf({ group, version }), kind, metadata }
  // Just made so.
  return object as ApiObject
}

/** What streams are asked for; undefined when there is nothing to show. */
function connectObject(call: ResourceCall, write: SubresourceWrite): ApiObject | undefined {
  if (isJsonObject(write.body)) return bodyObject(call, write)
  const kind = Object.hasOwn(connectKinds, write.path) ? connectKinds[write.path] : undefined
  if (kind === undefined || call.definition.group !== '') return undefined
  const options: JsonObject = { apiVersion: 'v1', kind, metadata: {} }
  const { query } = call.request
  for (const name of new Set(query.keys())) {
    const value = query.get(name) ?? ''
    if (flags.has(name)) options[name] = value !== 'false' && value !== '0'
    else if (name === 'container') options[name] = value
    else if (name === 'command' || name === 'ports') options[name] = query.getAll(name)
  }
  // Just made so.
  return options as ApiObject
}
