/** Aggregated discovery (apidiscovery.k8s.io, Kubernetes 1.26 and later): every group and resource in one document. */

import type { JsonObject } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { verbsOf } from '../resource/traits.ts'
import { subresourcesOf } from './legacy.ts'
import { groupsOf, type ApiGroupView, type ResourceSource } from './source.ts'

export type AggregatedVersion = 'v2' | 'v2beta1'

export function aggregatedContentType(version: AggregatedVersion): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`
}

/**
 * Which form of discovery the client prefers: the first acceptable of its list, as kube-apiserver decides. `undefined` means
 * the legacy documents.
 */
export function aggregatedVersionOf(accept: string | undefined): AggregatedVersion | undefined {
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const values = new Map(parameters.map((parameter) => splitOnce(parameter)))
    if (type === 'application/json' && !values.has('as')) return undefined
    const asked = values.get('g') === 'apidiscovery.k8s.io' && values.get('as') === 'APIGroupDiscoveryList'
    const version = values.get('v')
    if (type === 'application/json' && asked && (version === 'v2' || version === 'v2beta1')) return version
  }
  return undefined
}

function splitOnce(parameter: string): [string, string] {
  const at = parameter.indexOf('=')
  return at < 0 ? [parameter, ''] : [parameter.slice(0, at), parameter.slice(at + 1)]
}

/** @param root which of the two trees: `/api` holds the core group, `/apis` all others */
export function aggregatedDiscovery(
  source: ResourceSource,
  root: 'api' | 'apis',
  version: AggregatedVersion,
): JsonObject {
  const groups = groupsOf(source).filter(({ name }) => (name === '') === (root === 'api'))
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(groupItem),
  }
}

function groupItem(group: ApiGroupView): JsonObject {
  return {
    metadata: group.name === '' ? {} : { name: group.name },
    versions: group.versions.map(({ name, definitions }) => ({
      version: name,
      resources: definitions.flatMap((definition) => resourceItem(definition, name)),
      freshness: 'Current',
    })),
  }
}

function resourceItem(definition: ResourceDefinition, version: string): JsonObject[] {
  const subresources = subresourcesOf(definition, version)
  const verbs = [...verbsOf(definition)]
  // An empty kind tells clients that the entry is only the parent of its subresources, so that it never competes for a name.
  const kind =
    verbs.length === 0
      ? { group: '', version: '', kind: '' }
      : { group: definition.group, version, kind: definition.kind }
  if (verbs.length === 0 && subresources.length === 0) return []
  const item: JsonObject = {
    resource: definition.resource,
    responseKind: kind,
    scope: definition.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs,
    ...(definition.shortNames === undefined ? {} : { shortNames: definition.shortNames }),
    ...(definition.categories === undefined ? {} : { categories: definition.categories }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map(({ name, kind, verbs }) => ({
            subresource: name,
            responseKind: { ...kind },
            verbs,
          })),
        }),
  }
  return [item]
}
