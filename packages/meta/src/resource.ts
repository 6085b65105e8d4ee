/** Resources as values that carry their object type, so that a client's calls are typed by what they are asked for. */

import { parseApiVersion, type KubeObject, type ResourceRef } from './object.ts'

/** A resource with its object type attached; made with {@link resource}. */
export interface Resource<T extends KubeObject> extends ResourceRef {
  kind: string
  namespaced: boolean
  /** Carries the type only; never set. */
  readonly _type?: T
}

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
