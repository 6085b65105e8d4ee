/** The discovery documents every client since Kubernetes 1.0 understands: APIVersions, APIGroupList, APIGroup, APIResourceList. */

import { createHash } from 'node:crypto'
import { apiVersionOf, type JsonObject } from '@berth/meta'
import type { ResourceDefinition, Subresource } from '../resource/definition.ts'
import { isStored, storageVersionOf, verbsOf } from '../resource/traits.ts'
import { groupsOf, type ApiGroupView, type ResourceSource } from './source.ts'

const methodVerbs = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
} as const satisfies Record<Subresource['methods'][number], string>

export interface SubresourceView {
  name: string
  kind: { group: string; version: string; kind: string }
  verbs: string[]
}

/** Subresources of one version, `status` included, sorted by name. */
export function subresourcesOf(definition: ResourceDefinition, version: string): SubresourceView[] {
  const own = { group: definition.group, version, kind: definition.kind }
  const views: SubresourceView[] = Object.entries(definition.subresources ?? {}).map(([name, subresource]) => ({
    name,
    kind: subresource.kind ?? own,
    verbs: subresource.methods.map((method) => methodVerbs[method]).sort(),
  }))
  if (definition.status === true && !views.some((view) => view.name === 'status')) {
    views.push({ name: 'status', kind: own, verbs: ['get', 'patch', 'update'] })
  }
  return views.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function apiVersions(host: string): JsonObject {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
  }
}

export function apiGroupList(source: ResourceSource): JsonObject {
  const groups = groupsOf(source).filter((group) => group.name !== '')
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupEntry) }
}

export function apiGroup(source: ResourceSource, group: ApiGroupView): JsonObject {
  const name = source.presentation?.[group.name]?.name ?? group.name
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group), name }
}

function groupEntry(group: ApiGroupView): JsonObject {
  const versions = group.versions.map(({ name }) => ({
    groupVersion: apiVersionOf({ group: group.name, version: name }),
    version: name,
  }))
  return { name: group.name, versions, preferredVersion: versions[0] ?? {} }
}

export function apiResourceList(source: ResourceSource, group: string, version: string): JsonObject | undefined {
  const view = groupsOf(source)
    .find(({ name }) => name === group)
    ?.versions.find(({ name }) => name === version)
  if (view === undefined) return undefined
  const resources =
    source.presentation?.[group]?.resources ?? view.definitions.flatMap((definition) => entriesOf(definition, version))
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf({ group, version }), resources }
}

/** Tells clients that what is stored is stored in another form now; Kubernetes' own hash of group, version and kind. */
function storageVersionHash(definition: ResourceDefinition): string {
  const { group } = definition.storedAs ?? definition
  const identity = `${group}/${storageVersionOf(definition)}/${definition.kind}`
  return createHash('sha256').update(identity).digest().subarray(0, 8).toString('base64')
}

/** The resource itself, unless it only carries subresources, then one entry per subresource. */
function entriesOf(definition: ResourceDefinition, version: string): JsonObject[] {
  const { resource, namespaced, group } = definition
  const verbs = [...verbsOf(definition)]
  const entries: JsonObject[] = []
  if (verbs.length > 0) {
    entries.push({
      name: resource,
      singularName: definition.singular,
      namespaced,
      kind: definition.kind,
      verbs,
      ...(definition.shortNames === undefined ? {} : { shortNames: definition.shortNames }),
      ...(definition.categories === undefined ? {} : { categories: definition.categories }),
      ...(isStored(definition) ? { storageVersionHash: storageVersionHash(definition) } : {}),
    })
  }
  for (const { name, kind, verbs } of subresourcesOf(definition, version)) {
    const foreign = kind.group !== group || kind.version !== version
    entries.push({
      name: `${resource}/${name}`,
      singularName: '',
      namespaced,
      ...(foreign ? { group: kind.group, version: kind.version } : {}),
      kind: kind.kind,
      verbs,
    })
  }
  return entries
}
