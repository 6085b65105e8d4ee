/**
 * Takes credentials out of bodies before they are kept, whatever the policy says: a log is read by more people than the API lets
 * read a secret. Pure; the body itself is not changed.
 */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'

export const redacted = '<redacted>'

export interface AuditTarget {
  readonly group: string
  readonly resource: string
  readonly subresource: string
}

/** kubectl keeps the whole applied manifest here, `data` included. */
const appliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

type Redactor = (body: JsonObject) => JsonObject

/** By kind; patches have none, so the resource of the request decides for them. */
const redactors: Record<string, Redactor> = {
  Secret: redactSecret,
  SecretList: (list) => ({ ...list, items: each(list['items'], redactSecret) }),
  TokenReview: (review) => withMember(review, 'spec', (spec) => hide(spec, ['token'])),
  TokenRequest: (request) => withMember(request, 'status', (status) => hide(status, ['token'])),
  List: (list) => ({ ...list, items: each(list['items'], (item) => byKind(item)(item)) }),
}

const byTarget: Record<string, string> = {
  '/secrets/': 'Secret',
  'authentication.k8s.io/tokenreviews/': 'TokenReview',
  '/serviceaccounts/token': 'TokenRequest',
}

export function redact(body: unknown, target: AuditTarget): unknown {
  const kind = byTarget[`${target.group}/${target.resource}/${target.subresource}`]
  // A JSON patch: its values may be anything of the object.
  if (Array.isArray(body)) return kind === undefined ? body : body.map((step: Json) => hideIfObject(step, ['value']))
  if (!isJsonObject(body)) return body
  const object = body
  const own = object['kind']
  const redactor = kind !== undefined && (own === undefined || own === kind) ? redactors[kind] : byKind(object)
  return redactor?.(object) ?? object
}

function byKind({ kind }: JsonObject): Redactor {
  const known = typeof kind === 'string' && Object.hasOwn(redactors, kind) ? redactors[kind] : undefined
  return known ?? ((body) => body)
}

function redactSecret(secret: JsonObject): JsonObject {
  const hideAll = (data: JsonObject): JsonObject => hide(data, Object.keys(data))
  const stripped = withMember(withMember(secret, 'data', hideAll), 'stringData', hideAll)
  return withMember(stripped, 'metadata', (metadata) =>
    withMember(metadata, 'annotations', (annotations) => hide(annotations, [appliedAnnotation])),
  )
}

function withMember(object: JsonObject, key: string, change: (member: JsonObject) => JsonObject): JsonObject {
  const member = object[key]
  return isJsonObject(member) ? { ...object, [key]: change(member) } : object
}

function hide(object: JsonObject, keys: readonly string[]): JsonObject {
  const hidden = keys.filter((key) => Object.hasOwn(object, key) && object[key] !== null && object[key] !== '')
  return hidden.length === 0 ? object : { ...object, ...Object.fromEntries(hidden.map((key) => [key, redacted])) }
}

function hideIfObject(value: Json, keys: readonly string[]): Json {
  return isJsonObject(value) ? hide(value, keys) : value
}

function each(items: Json | undefined, change: (item: JsonObject) => JsonObject): Json {
  return Array.isArray(items) ? items.map((item) => (isJsonObject(item) ? change(item) : item)) : []
}
