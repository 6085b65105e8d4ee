/** Resources as values that carry their object type. */

import { parseApiVersion, type KubeObject } from '@berth/meta'
import type { Resource } from './contract.ts'

/**
 * Declares a resource and the type of its objects:
 * `resource<Pod>({ apiVersion: 'v1', resource: 'pods', kind: 'Pod', namespaced: true })`.
 */
export function resource<T extends KubeObject>(definition: {
  apiVersion: string
  /** Plural, lower case. */
  resource: string
  kind: string
  namespaced: boolean
}): Resource<T> {
  const { group, version } = parseApiVersion(definition.apiVersion)
  return {
    group,
    version,
    resource: definition.resource,
    kind: definition.kind,
    namespaced: definition.namespaced,
  }
}

/** `namespace/name`, or `name` for what has no namespace: the key of caches and work queues. */
export function keyOf(object: { metadata: { namespace?: string; name?: string } }): string {
  return keyFor(object.metadata.namespace, object.metadata.name ?? '')
}

export function keyFor(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}

/** The reverse of {@link keyOf}. */
export function parseKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
