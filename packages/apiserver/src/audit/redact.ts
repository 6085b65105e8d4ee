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
  SecretList: redactSecrets,
  TokenReview: (review) => withMember(review, 'spec', (spec) => hide(spec, ['token'])),
  TokenRequest: (request) => withMember(request, 'status', (status) => hide(status, ['token'])),
  List: (list) => ({ ...list, items: each(list['items'], (item) => byKind(item)(item)) }),
}

/** By the resource of the request: what a body says it is, a client chose. */
const byTarget: Record<string, Redactor> = {
  '/secrets/': redactSecrets,
  'authentication.k8s.io/tokenreviews/': (body) => redactors['TokenReview']?.(body) ?? body,
  '/serviceaccounts/token': (body) => redactors['TokenRequest']?.(body) ?? body,
}

export function redact(body: unknown, target: AuditTarget): unknown {
  const place = `${target.group}/${target.resource}/${target.subresource}`
  const known = target.resource.endsWith('tokenrequests') ? '/serviceaccounts/token' : place
  const redactor = Object.hasOwn(byTarget, known) ? byTarget[known] : undefined
  // A JSON patch: its values may be anything of the object.
  if (Array.isArray(body))
    return redactor === undefined ? body : body.map((step: Json) => hideIfObject(step, ['value']))
  if (!isJsonObject(body)) return body
  const object: JsonObject = body
  const byItself = byKind(object)(object)
  return redactor?.(byItself) ?? byItself
}

function byKind({ kind }: JsonObject): Redactor {
  const name = typeof kind === 'string' ? kind : ''
  // Whoever serves kinds of its own that answer with a token calls them so.
  const known = name.endsWith('TokenRequest') ? 'TokenRequest' : name
  return (Object.hasOwn(redactors, known) ? redactors[known] : undefined) ?? ((body) => body)
}

function redactSecret(secret: JsonObject): JsonObject {
  const stripped = hideAll(hideAll(secret, 'data'), 'stringData')
  return withMember(stripped, 'metadata', (metadata) =>
    withMember(metadata, 'annotations', (annotations) => hide(annotations, [appliedAnnotation])),
  )
}

/** Whatever shape secrets come in: one, its metadata, a list of either, or the rows of a table. */
function redactSecrets(body: JsonObject): JsonObject {
  const one = redactSecret(body)
  const list = Array.isArray(one['items']) ? { ...one, items: each(one['items'], redactSecret) } : one
  if (!Array.isArray(list['rows'])) return list
  return { ...list, rows: each(list['rows'], (row) => withMember(row, 'object', redactSecret)) }
}

/** Each member of a member; all of it where it is no object, as it should be. */
function hideAll(object: JsonObject, key: string): JsonObject {
  const member = object[key]
  return isJsonObject(member) ? { ...object, [key]: hide(member, Object.keys(member)) } : hide(object, [key])
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
