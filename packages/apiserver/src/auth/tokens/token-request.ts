/** `serviceaccounts/token`: hands out a token for a service account (authentication.k8s.io/v1 TokenRequest). */

import {
  badRequest,
  conflict,
  invalid,
  invalidValue,
  isJsonObject,
  notFound,
  unsupportedValue,
  type JsonObject,
} from '@berth/meta'
import { numberAt, objectAt, textAt, textsAt } from '../../core/fields.ts'
import type { Subresource, SubresourceRequest } from '../../resource/definition.ts'
import type { Store } from '../../storage/store.ts'
import { uidOf, type BoundObject, type ServiceAccountTokens } from './service-account-tokens.ts'

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
      const uid = uidOf(store, 'serviceaccounts', namespace, request.name)
      if (uid === undefined) throw notFound({ group: '', resource: 'serviceaccounts' }, request.name)
      const spec = specOf(request)
      const asked = textsAt(spec, 'audiences')
      const audiences = asked.length === 0 ? [tokens.issuer] : asked
      const expirationSeconds = secondsOf(spec, request.name)
      const bound = boundObject(spec, { store, namespace, request })
      const made = request.dryRun
        ? { token: '', expires: new Date(request.now.getTime() + expirationSeconds * 1000) }
        : await tokens.issue({
            namespace,
            name: request.name,
            uid,
            audiences,
            expirationSeconds,
            ...(bound === undefined ? {} : { bound }),
          })
      const expirationTimestamp = made.expires.toISOString().replace(/\.\d+Z$/, 'Z')
      return {
        kind: 'json',
        code: 201,
        body: {
          kind: 'TokenRequest',
          apiVersion,
          metadata: { name: request.name, namespace },
          spec: { audiences, expirationSeconds, boundObjectRef: objectAt(spec, 'boundObjectRef') ?? null },
          status: { token: made.token, expirationTimestamp },
        },
      }
    },
  }
}

function specOf({ body }: SubresourceRequest): JsonObject {
  if (body === undefined) return {}
  if (!isJsonObject(body) || (textAt(body, 'kind') !== 'TokenRequest' && textAt(body, 'kind') !== '')) {
    throw badRequest('the body must be a TokenRequest')
  }
  return objectAt(body, 'spec') ?? {}
}

function secondsOf(spec: JsonObject, name: string): number {
  const seconds = numberAt(spec, 'expirationSeconds')
  if (seconds === 0) return defaultSeconds
  const why =
    seconds < minSeconds
      ? 'may not specify a duration less than 10 minutes'
      : seconds > maxSeconds || !Number.isInteger(seconds)
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined
  if (why === undefined) return seconds
  throw invalid({ group, kind: 'TokenRequest' }, name, [invalidValue('spec.expirationSeconds', seconds, why)])
}

function boundObject(
  spec: JsonObject,
  where: { store: Pick<Store, 'get'>; namespace: string; request: SubresourceRequest },
): BoundObject | undefined {
  const reference = objectAt(spec, 'boundObjectRef')
  if (reference === undefined) return undefined
  const kind = textAt(reference, 'kind')
  if (kind !== 'Pod' && kind !== 'Secret') {
    const cause = unsupportedValue('spec.boundObjectRef.kind', kind, ['Pod', 'Secret'])
    throw invalid({ group, kind: 'TokenRequest' }, where.request.name, [cause])
  }
  const name = textAt(reference, 'name')
  const resource = kind === 'Pod' ? 'pods' : 'secrets'
  const uid = uidOf(where.store, resource, where.namespace, name)
  if (uid === undefined) throw notFound({ group: '', resource }, name)
  const expected = textAt(reference, 'uid')
  if (expected !== '' && expected !== uid) {
    throw conflict(
      { group: '', resource },
      name,
      `the UID in the bound object reference (${expected}) does not match the UID in record`,
    )
  }
  return { kind, name, uid }
}
