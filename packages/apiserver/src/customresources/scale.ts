/** The scale subresource of custom kinds: autoscaling/v1 Scale over three paths of the object. */

import {
  applyJsonPatch,
  applyMergePatch,
  badRequest,
  conflict,
  getPath,
  isJsonObject,
  notFound,
  setPath,
  StatusError,
  type Json,
  type JsonObject,
  type Status,
} from '@berth/meta'
import { internalUser } from '../auth/user.ts'
import type { ResourceDefinition, Subresource, SubresourceRequest } from '../resource/definition.ts'
import { collectionOf, keyOf } from '../resource/traits.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { unsupportedMediaType } from '../rest/body.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import type { ApiHandler } from '../transport.ts'
import type { CrdScale } from './crd.ts'

export interface ScaleServices {
  store: Pick<Store, 'get'>
  /** Writes the object behind a scale; there once the server is. */
  handler(): ApiHandler
}

export interface ScaleTarget {
  base: ResourceDefinition
  version: string
  paths: CrdScale
}

const jsonPatch = 'application/json-patch+json'
const mergePatch = 'application/merge-patch+json'

/** A scale that names no version is tried again when the object changed meanwhile. */
const tries = 5

export function scaleSubresource(target: ScaleTarget, services: ScaleServices): Subresource {
  return {
    methods: ['GET', 'PUT', 'PATCH'],
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    async handle(request) {
      if (request.method === 'GET') return { kind: 'json', body: scaleOf(target, current(target, services, request)) }
      for (let failures = 0; ; failures += 1) {
        const object = current(target, services, request)
        const scale = scaleOf(target, object)
        const unset = getPath(object, stepsOf(target.paths.specReplicasPath)) === undefined
        const wanted = wantedScale(request, unset ? { ...scale, spec: {} } : scale)
        if (request.method === 'PATCH' && getPath(wanted, ['spec', 'replicas']) === undefined) {
          throw badRequest(`the spec replicas field "${target.paths.specReplicasPath}" cannot be empty`)
        }
        const { replicas, resourceVersion } = checkScale(target, request, { wanted, object })
        try {
          const written = await write(target, services, { request, object, replicas, resourceVersion })
          return { kind: 'json', body: scaleOf(target, written) }
        } catch (error) {
          const lost = error instanceof StatusError && error.code === 'Conflict'
          if (!lost || resourceVersion !== '' || failures + 1 >= tries) throw error
        }
      }
    },
  }
}

function current({ base, version }: ScaleTarget, { store }: ScaleServices, request: SubresourceRequest): ApiObject {
  const stored = store.get(collectionOf(base), keyOf(request.namespace, request.name))
  if (stored === undefined) throw notFound(base, request.name)
  return decodeStored(base.conversion?.read(version, stored.value) ?? stored.value)
}

const stepsOf = (path: string): string[] => path.split('.').slice(1)

function scaleOf({ paths }: ScaleTarget, object: ApiObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const count = (path: string): number => {
    const value = getPath(object, stepsOf(path))
    return typeof value === 'number' ? Math.trunc(value) : 0
  }
  const selectorPath = paths.labelSelectorPath ?? ''
  const selector = selectorPath === '' ? undefined : getPath(object, stepsOf(selectorPath))
  const metadata: JsonObject = {}
  for (const [key, value] of Object.entries({ name, namespace, uid, resourceVersion, creationTimestamp })) {
    if (value !== undefined) metadata[key] = value
  }
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata,
    spec: { replicas: count(paths.specReplicasPath) },
    status: {
      replicas: count(paths.statusReplicasPath),
      ...(typeof selector === 'string' && selector !== '' ? { selector } : {}),
    },
  }
}

function wantedScale(request: SubresourceRequest, scale: JsonObject): JsonObject {
  const { body } = request
  let wanted: Json | undefined = body
  if (request.method === 'PATCH') {
    if (body === undefined) throw badRequest('the body of the patch is empty')
    if (request.contentType === jsonPatch) wanted = applyJsonPatch<JsonObject>(scale, body)
    else if (request.contentType === mergePatch) wanted = applyMergePatch(scale, body)
    else throw unsupportedMediaType([jsonPatch, mergePatch])
  }
  if (!isJsonObject(wanted)) throw badRequest('the body of the request must be a Scale object')
  const { kind, apiVersion } = wanted
  if ((kind !== undefined && kind !== 'Scale') || (apiVersion !== undefined && apiVersion !== 'autoscaling/v1')) {
    const given = `${typeof apiVersion === 'string' ? apiVersion : ''}, Kind=${typeof kind === 'string' ? kind : ''}`
    throw badRequest(`no kind "Scale" is registered for the version sent (${given}); send autoscaling/v1, Kind=Scale`)
  }
  return wanted
}

const maxReplicas = 2 ** 31 - 1

function checkScale(
  { base }: ScaleTarget,
  request: SubresourceRequest,
  { wanted, object }: { wanted: JsonObject; object: ApiObject },
): { replicas: number; resourceVersion: string } {
  const metadata = isJsonObject(wanted['metadata']) ? wanted['metadata'] : {}
  const text = (key: string): string => (typeof metadata[key] === 'string' ? metadata[key] : '')
  if (text('name') !== '' && text('name') !== request.name) {
    throw badRequest(`the name of the object (${text('name')}) does not match the name on the URL (${request.name})`)
  }
  if (text('namespace') !== '' && text('namespace') !== (request.namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  if (text('uid') !== '' && text('uid') !== object.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${text('uid')}, UID in object meta: ${object.metadata.uid ?? ''}`
    throw conflict(base, request.name, why)
  }
  const replicas = getPath(wanted, ['spec', 'replicas']) ?? 0
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas > maxReplicas) {
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas must be a 32-bit integer')
  }
  const named = request.method === 'PUT' ? text('resourceVersion') : ''
  if (request.method === 'PATCH' && text('resourceVersion') !== object.metadata.resourceVersion) {
    return { replicas, resourceVersion: text('resourceVersion') }
  }
  return { replicas, resourceVersion: named }
}

/** Through the object's own path, so that its schema, its rules and admission have their say. */
async function write(
  { base, version, paths }: ScaleTarget,
  services: ScaleServices,
  options: { request: SubresourceRequest; object: ApiObject; replicas: number; resourceVersion: string },
): Promise<ApiObject> {
  const { request, object, replicas, resourceVersion } = options
  const next: ApiObject = structuredClone(object)
  setPath(next, stepsOf(paths.specReplicasPath), replicas)
  if (resourceVersion !== '') next.metadata.resourceVersion = resourceVersion
  const words = ['', 'apis', base.group, version]
  if (request.namespace !== undefined) words.push('namespaces', encodeURIComponent(request.namespace))
  words.push(base.resource, encodeURIComponent(request.name))
  const query = new URLSearchParams({ fieldValidation: 'Ignore' })
  for (const key of ['dryRun', 'fieldManager']) {
    const value = request.query.get(key)
    if (value !== null) query.set(key, value)
  }
  const answer = await services.handler()({
    method: 'PUT',
    path: words.join('/'),
    query,
    headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': request.userAgent },
    writesFor: 'scale',
    body: async () => Buffer.from(JSON.stringify(next)),
    // The permission asked for was that of the scale, and it was given.
    user: internalUser('system:apiserver'),
    upgrade: false,
    signal: request.signal,
  })
  if (answer.kind !== 'full') throw new StatusError('InternalError', 'the object was not answered')
  const value: unknown = JSON.parse(answer.body.toString())
  if (answer.code < 300) return value as ApiObject
  const status = value as Status
  throw new StatusError(status.reason ?? 'InternalError', status.message ?? 'the object was refused', {
    httpCode: answer.code,
    ...(status.details === undefined ? {} : { details: status.details }),
  })
}
