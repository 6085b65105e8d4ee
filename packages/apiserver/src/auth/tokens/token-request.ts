/** `serviceaccounts/token`: hands out a token for a service account (authentication.k8s.io/v1 TokenRequest). */

import {
  badRequest,
  conflict,
  formatTime,
  invalid,
  invalidValue,
  isJsonObject,
  notFound,
  type JsonObject,
} from '@berth/meta'
import { objectAt, textAt, textsAt } from '../../core/fields.ts'
import type { Subresource, SubresourceRequest } from '../../resource/definition.ts'
import type { Store } from '../../storage/store.ts'
import { boundKinds, coreObject, placeOfBound, uidIn, type BoundKind, type BoundObject } from './bound-objects.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

const group = 'authentication.k8s.io'
const apiVersion = `${group}/v1`

const defaultSeconds = 3600
/** Kubernetes' bounds. */
const minSeconds = 600
const maxSeconds = 2 ** 32

export function tokenRequest(options: {
  tokens: Pick<ServiceAccountTokens, 'issue' | 'issuer'>
  store: Pick<Store, 'get'>
}): Subresource {
  const { tokens, store } = options
  return {
    methods: ['POST'],
    kind: { group, version: 'v1', kind: 'TokenRequest' },
    async handle(request) {
      const namespace = request.namespace ?? ''
      const { name } = request
      const spec = specOf(request)
      const uid = uidIn(coreObject(store, { resource: 'serviceaccounts', namespace, name }))
      if (uid === undefined) throw notFound({ group: '', resource: 'serviceaccounts' }, name)
      const asked = textsAt(spec, 'audiences')
      const audiences = asked.length === 0 ? [tokens.issuer] : asked
      const expirationSeconds = secondsOf(spec)
      const bound = boundTo(spec, { store, namespace, account: name })
      const made = request.dryRun
        ? { token: '', expires: new Date(request.now.getTime() + expirationSeconds * 1000) }
        : await tokens.issue({ namespace, name, uid, audiences, expirationSeconds, ...bound })
      return {
        kind: 'json',
        code: 201,
        body: {
          kind: 'TokenRequest',
          apiVersion,
          metadata: { name, namespace, creationTimestamp: formatTime(request.now) },
          spec: { audiences, expirationSeconds, boundObjectRef: objectAt(spec, 'boundObjectRef') ?? null },
          status: { token: made.token, expirationTimestamp: formatTime(made.expires) },
        },
      }
    },
  }
}

function specOf({ body, name, namespace }: SubresourceRequest): JsonObject {
  if (!isJsonObject(body)) throw badRequest('the body must be a TokenRequest')
  const metadata = objectAt(body, 'metadata')
  const named = textAt(metadata, 'name')
  if (named !== '' && named !== name) {
    const why = 'must match the service account name if specified'
    throw invalid({ group, kind: 'TokenRequest' }, name, [invalidValue('metadata.name', named, why)])
  }
  const place = textAt(metadata, 'namespace')
  if (place !== '' && place !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  return objectAt(body, 'spec') ?? {}
}

function secondsOf(spec: JsonObject): number {
  const seconds = spec['expirationSeconds'] ?? defaultSeconds
  if (typeof seconds !== 'number' || !Number.isInteger(seconds)) {
    throw badRequest('spec.expirationSeconds must be a whole number of seconds')
  }
  const why =
    seconds < minSeconds
      ? 'may not specify a duration less than 10 minutes'
      : seconds > maxSeconds
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined
  if (why === undefined) return seconds
  throw invalid({ group, kind: 'TokenRequest' }, '', [invalidValue('spec.expirationSeconds', seconds, why)])
}

interface Place {
  store: Pick<Store, 'get'>
  namespace: string
  account: string
}

/** @throws {StatusError} BadRequest, NotFound, Conflict */
function boundTo(
  spec: JsonObject,
  { store, namespace, account }: Place,
): { bound?: BoundObject; node?: { name: string; uid?: string } } {
  const reference = objectAt(spec, 'boundObjectRef')
  if (reference === undefined) return {}
  const kind = textAt(reference, 'kind')
  if (!isBoundKind(kind)) {
    const version = textAt(reference, 'apiVersion')
    const typed = version.includes('/') ? version : `/${version}`
    throw badRequest(`cannot bind token to object of type ${typed}, Kind=${kind}`)
  }
  const name = textAt(reference, 'name')
  const object = coreObject(store, placeOfBound(kind, namespace, name))
  const uid = uidIn(object)
  if (uid === undefined) throw notFound({ group: '', resource: boundKinds[kind].resource }, name)
  const expected = textAt(reference, 'uid')
  if (expected !== '' && expected !== uid) {
    throw conflict(
      { group: '', resource: kind },
      name,
      `the UID in the bound object reference (${expected}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  }
  const bound = { kind, name, uid }
  if (kind !== 'Pod') return { bound }
  const podSpec = objectAt(object, 'spec')
  const runsAs = textAt(podSpec, 'serviceAccountName')
  if (runsAs !== '' && runsAs !== account) {
    const why = 'to pod running with different serviceaccount name.'
    throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(account)} ${why}`)
  }
  const nodeName = textAt(podSpec, 'nodeName')
  if (nodeName === '') return { bound }
  const nodeUid = uidIn(coreObject(store, { resource: 'nodes', name: nodeName }))
  return { bound, node: { name: nodeName, ...(nodeUid === undefined ? {} : { uid: nodeUid }) } }
}

function isBoundKind(kind: string): kind is BoundKind {
  return Object.hasOwn(boundKinds, kind)
}
