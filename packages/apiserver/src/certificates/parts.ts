/**
 * `certificatesigningrequests/approval` and `/status`: two writers share one status. Who approves decides only that, and needs the
 * verb `approve` on the signer; who signs writes the certificate, and needs the verb `sign` (Kubernetes' CertificateApproval and
 * CertificateSigning admission).
 */

import {
  applyJsonPatch,
  applyMergePatch,
  badRequest,
  conflict,
  deepClone,
  deepEqual,
  formatTime,
  invalid,
  isJsonObject,
  isTime,
  notFound,
  parseJsonPatch,
  validate,
  type Json,
  type JsonObject,
  type SchemaSet,
} from '@berth/meta'
import type { Authorizer } from '../auth/user.ts'
import { objectAt, objectsAt, textAt } from '../core/fields.ts'
import type { Subresource, SubresourceRequest } from '../resource/definition.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { modified } from '../rest/server-fields.ts'
import { decodeStored, encodeObject } from '../rest/stored-form.ts'
import { refusal } from '../server/attributes.ts'
import { StoreError, type Store } from '../storage/store.ts'
import { certificatesGroup, maySigner } from './signers.ts'
import { certificateCauses, conditionCauses, transitionCauses } from './validate.ts'

export type CertificatePart = 'approval' | 'status'

export interface PartOptions {
  store: Pick<Store, 'get' | 'write'>
  authorizer: Authorizer
  schemas: SchemaSet
}

const target = { group: certificatesGroup, resource: 'certificatesigningrequests' }
const kind = { group: certificatesGroup, kind: 'CertificateSigningRequest' }
const apiVersion = `${certificatesGroup}/v1`
export const requestsCollection = `${certificatesGroup}/certificatesigningrequests`

/** A patch names no version, so a lost race is tried again. */
const tries = 5

export function certificatePart(part: CertificatePart, options: PartOptions): Subresource {
  return {
    methods: ['GET', 'PUT', 'PATCH'],
    kind: { group: certificatesGroup, version: 'v1', kind: kind.kind },
    async handle(request) {
      if (request.method === 'GET') return { kind: 'json', body: current(options, request.name).object }
      for (let failures = 0; ; failures += 1) {
        try {
          return { kind: 'json', body: await write(part, options, request) }
        } catch (error) {
          if (!(error instanceof StoreError && error.code === 'Conflict')) throw error
          if (request.method === 'PUT' || failures + 1 >= tries) throw conflict(target, request.name, modified)
        }
      }
    },
  }
}

function current({ store }: PartOptions, name: string): { object: ApiObject; revision: number } {
  const stored = store.get(requestsCollection, name)
  if (stored === undefined) throw notFound(target, name)
  return { object: decodeStored(stored.value), revision: stored.revision }
}

async function write(part: CertificatePart, options: PartOptions, request: SubresourceRequest): Promise<ApiObject> {
  const { object: previous, revision } = current(options, request.name)
  const sent = wanted(request, previous)
  const version = textAt(objectAt(sent, 'metadata'), 'resourceVersion')
  if (version !== '' && version !== previous.metadata.resourceVersion) throw conflict(target, request.name, modified)
  const object = merged(part, { sent, previous, now: request.now })
  const status = objectAt(object, 'status')
  const causes = [
    ...validate(object, { ref: `io.k8s.api.certificates.v1.${kind.kind}` }, options.schemas).filter(
      // A condition twice is said below, in the words of this kind.
      ({ reason }) => reason !== 'FieldValueDuplicate',
    ),
    ...conditionCauses(status),
    ...transitionCauses(object, previous, part),
    ...(part === 'status' ? certificateCauses(status) : []),
  ]
  if (causes.length > 0) throw invalid(kind, request.name, causes)
  checkPermission(part, { authorizer: options.authorizer, request, object, previous })
  if (request.dryRun || deepEqual(object, previous)) return object
  const encode = (next: number): Buffer => encodeObject(object, next)
  const place = { collection: requestsCollection, key: request.name, expect: revision }
  const [written] = await options.store.write([{ op: 'put', ...place, encode }])
  object.metadata = { ...object.metadata, resourceVersion: String(written) }
  return object
}

/** The whole object as the client wants it. */
function wanted({ method, body, name }: SubresourceRequest, previous: ApiObject): JsonObject {
  const sent = method === 'PATCH' ? patched(body, previous) : body
  if (!isJsonObject(sent) || textAt(sent, 'kind') !== kind.kind || textAt(sent, 'apiVersion') !== apiVersion) {
    throw badRequest(`the body must be a ${kind.kind} of ${apiVersion}`)
  }
  const named = textAt(objectAt(sent, 'metadata'), 'name')
  if (named !== '' && named !== name) {
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`)
  }
  return sent
}

function patched(patch: Json | undefined, previous: ApiObject): Json {
  const base = deepClone(previous)
  delete base.metadata.resourceVersion
  if (Array.isArray(patch)) return applyJsonPatch(base, parseJsonPatch(patch))
  if (!isJsonObject(patch)) throw badRequest('a patch is an object or a list of operations')
  return applyMergePatch(base, patch)
}

/** Everything but the writer's own part stays as it is. */
function merged(
  part: CertificatePart,
  { sent, previous, now }: { sent: JsonObject; previous: ApiObject; now: Date },
): ApiObject {
  const before = objectAt(previous, 'status')
  const asked = objectAt(sent, 'status')
  const conditions = objectsAt(asked, 'conditions').map((each) => withTimes(each, before, now))
  const certificate = textAt(part === 'approval' ? before : asked, 'certificate')
  const status: JsonObject = {
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(certificate === '' ? {} : { certificate }),
  }
  const object: ApiObject = { ...previous }
  if (before !== undefined || Object.keys(status).length > 0) object['status'] = status
  return object
}

/** Times that the writer left out: now, or when the condition came to what it is. */
function withTimes(condition: JsonObject, before: JsonObject | undefined, now: Date): JsonObject {
  const stamp = formatTime(now)
  const known = objectsAt(before, 'conditions').find(
    (each) => each['type'] === condition['type'] && each['status'] === condition['status'],
  )
  const since = textAt(known, 'lastTransitionTime')
  const given = (key: string): boolean => isTime(textAt(condition, key))
  return {
    ...condition,
    ...(given('lastUpdateTime') ? {} : { lastUpdateTime: stamp }),
    ...(given('lastTransitionTime') ? {} : { lastTransitionTime: since === '' ? stamp : since }),
  }
}

interface Change {
  authorizer: Authorizer
  request: SubresourceRequest
  object: ApiObject
  previous: ApiObject
}

/** @throws {StatusError} Forbidden */
function checkPermission(part: CertificatePart, { authorizer, request, object, previous }: Change): void {
  // A status that stays as it is needs no right on the signer (metadata is not written here).
  if (part === 'status' && deepEqual(object['status'], previous['status'])) return
  const verb = part === 'approval' ? 'approve' : 'sign'
  const signerName = textAt(objectAt(previous, 'spec'), 'signerName')
  if (maySigner(authorizer, { user: request.user, verb, signerName })) return
  throw refusal(target, request.name, `user not permitted to ${verb} requests with signerName "${signerName}"`)
}
