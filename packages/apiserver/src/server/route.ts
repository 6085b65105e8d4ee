/** From a path to what it names: a resource with namespace, name and subresource, or some other path. */

import { badRequest } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'

export interface ResourceRoute {
  kind: 'resource'
  group: string
  version: string
  resource: string
  /** Undefined when no such resource is served in this version, or not at this scope. */
  definition: ResourceDefinition | undefined
  namespace: string | undefined
  name: string | undefined
  subresource: string | undefined
  /** Path segments after the subresource. */
  rest: string[]
}

export type Route = ResourceRoute | { kind: 'path'; path: string }

/** What `namespaces/x/…` means when the third word is not a resource. */
const namespaceSubresources = new Set(['status', 'finalize'])

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const suspicious = /[%\u0000-\u001f\u007f]/

/** @throws {StatusError} BadRequest when a segment is not valid percent-encoding or hides a separator */
export function routeOf(registry: ResourceRegistry, path: string): Route {
  const words = path.split('/').slice(1)
  // Hardly any path has something to decode or to refuse; one look tells.
  const segments = suspicious.test(path) ? words.map(decodeSegment) : words
  if (segments.at(-1) === '') segments.pop()
  const [root] = segments
  if (root === 'api' && segments.length > 2) return resourceRoute(registry, '', segments.slice(1))
  if (root === 'apis' && segments.length > 3) {
    const [group = '', ...rest] = segments.slice(1)
    if (group !== '') return resourceRoute(registry, group, rest)
  }
  return { kind: 'path', path: segments.includes('') ? path : `/${segments.join('/')}` }
}

function decodeSegment(segment: string): string {
  let decoded: string
  try {
    decoded = decodeURIComponent(segment)
  } catch {
    throw badRequest('the path of the request is not valid percent-encoding')
  }
  // A separator that arrives encoded would move the key of an object into another namespace.
  if (decoded.includes('/') || hasControlCharacter(decoded))
    throw badRequest('a segment of the path has a character that is not allowed')
  return decoded
}

function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || unit === 0x7f) return true
  }
  return false
}

function resourceRoute(registry: ResourceRegistry, group: string, segments: string[]): ResourceRoute {
  const [version = '', ...words] = segments
  const scoped = words[0] === 'namespaces' && words.length > 1
  const inNamespace = scoped && words.length > 2 && !(group === '' && namespaceSubresources.has(words[2] ?? ''))
  const [resource = '', name, subresource, ...rest] = inNamespace ? words.slice(2) : words
  const definition = registry.find(group, version, resource)
  const namespace = scoped ? words[1] : undefined
  const fits = definition !== undefined && fitsScope(definition, { inNamespace, name, namespace })
  return {
    kind: 'resource',
    group,
    version,
    resource,
    definition: fits && ![resource, name, subresource].includes('') ? definition : undefined,
    namespace,
    name,
    subresource,
    rest,
  }
}

/** Namespaced objects live in a namespace; only listing them, or creating into the body's one, works from above. */
function fitsScope(
  definition: ResourceDefinition,
  route: { inNamespace: boolean; name: string | undefined; namespace: string | undefined },
): boolean {
  if (!definition.namespaced) return !route.inNamespace
  return route.inNamespace ? route.namespace !== '' : route.name === undefined
}
