/** What a request asks permission for, and how a refusal reads. */

import { qualifiedResource, StatusError } from '@berth/meta'
import type { Attributes, Authorizer } from '../auth/user.ts'
import type { ApiRequest } from '../transport.ts'
import { isTrue } from '../watch/watch-options.ts'
import type { ResourceRoute, Route } from './route.ts'

const verbs = {
  POST: { one: 'create', many: 'create' },
  GET: { one: 'get', many: 'list' },
  HEAD: { one: 'get', many: 'list' },
  PUT: { one: 'update', many: 'update' },
  PATCH: { one: 'patch', many: 'patch' },
  DELETE: { one: 'delete', many: 'deletecollection' },
} as const

/** The API verb of a request, as RBAC rules and metrics name it; undefined for methods the API does not know. */
export function verbOf(route: Route, request: ApiRequest): string | undefined {
  if (route.kind === 'path') return request.method.toLowerCase()
  const method = Object.hasOwn(verbs, request.method) ? verbs[request.method as keyof typeof verbs] : undefined
  if (method === undefined) return undefined
  if (route.name !== undefined) return method.one
  if (route.definition?.collection !== undefined) return method.one
  return method.many === 'list' && isWatch(request.query) ? 'watch' : method.many
}

/** `?watch`, `?watch=1`, `?watch=true`. */
export function isWatch(query: URLSearchParams): boolean {
  return isTrue(query.get('watch'))
}

const nameField = /^metadata\.name==?([^,!=]+)$/

export function attributesOf(route: Route, verb: string, request: ApiRequest): Attributes {
  if (route.kind === 'path') return { kind: 'path', user: request.user, verb, path: route.path }
  // Selecting one name is asking for one object, so a rule on that name covers it.
  const selected = route.name ?? selectedName(verb, request.query)
  return {
    kind: 'resource',
    user: request.user,
    verb,
    group: route.group,
    version: route.version,
    resource: route.resource,
    ...(route.subresource === undefined ? {} : { subresource: route.subresource }),
    ...(route.namespace === undefined ? {} : { namespace: route.namespace }),
    ...(selected === undefined ? {} : { name: selected }),
  }
}

function selectedName(verb: string, query: URLSearchParams): string | undefined {
  if (verb !== 'list' && verb !== 'watch' && verb !== 'deletecollection') return undefined
  return nameField.exec(query.get('fieldSelector') ?? '')?.[1]
}

/**
 * @returns why it is allowed
 * @throws {StatusError} Forbidden, in kube-apiserver's words
 */
export function authorize(authorizer: Authorizer, attributes: Attributes, route: Route): string {
  const decisions = [attributes, ...alternatives(attributes, route)].map((each) => authorizer.authorize(each))
  const allowed = decisions.find((decision) => decision.allowed)
  if (allowed !== undefined) return allowed.reason
  throw forbidden(attributes, decisions[0]?.reason ?? '')
}

/**
 * An aggregated server may see a nested subresource by its whole path (`evacuate/cancel`) where kube-apiserver sees its first word;
 * a rule on either form is good, as KubeVirt's own roles use both.
 */
function alternatives(attributes: Attributes, route: Route): Attributes[] {
  if (attributes.kind !== 'resource' || attributes.subresource === undefined) return []
  const { rest } = route as ResourceRoute
  return rest.length === 0 ? [] : [{ ...attributes, subresource: [attributes.subresource, ...rest].join('/') }]
}

/** The refusal of what `attributes` ask for. */
export function forbidden(attributes: Attributes, reason: string): StatusError {
  const who = `User ${JSON.stringify(attributes.user.name)} cannot ${attributes.verb}`
  const why = reason === '' ? '' : `: ${reason}`
  if (attributes.kind === 'path') {
    return new StatusError('Forbidden', `forbidden: ${who} path ${JSON.stringify(attributes.path)}${why}`, {
      details: {},
    })
  }
  const { group, namespace, name, subresource } = attributes
  const resource = subresource === undefined ? attributes.resource : `${attributes.resource}/${subresource}`
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
  return refusal(attributes, name, `${who} resource "${resource}" in API group "${group}" ${where}${why}`)
}

/** 403 on an object: `pods "x" is forbidden: …`. */
export function refusal(
  target: { group: string; resource: string },
  name: string | undefined,
  why: string,
): StatusError {
  const what = name === undefined ? qualifiedResource(target) : `${qualifiedResource(target)} "${name}"`
  return new StatusError('Forbidden', `${what} is forbidden: ${why}`, {
    details: { ...(name === undefined ? {} : { name }), group: target.group, kind: target.resource },
  })
}
