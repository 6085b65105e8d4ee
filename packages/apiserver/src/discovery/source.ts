/** What discovery and OpenAPI need of the registry: less than it offers, so that they can be tested with a literal. */

import type { JsonObject, SchemaSet } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { servedVersionsOf } from '../resource/traits.ts'
import { compareVersions } from '../resource/version-order.ts'
import { viewIn } from '../resource/views.ts'

/**
 * How a group presents itself when that differs from what its definitions say. Some aggregated API servers answer discovery in
 * their own way and clients have come to depend on it; the differences are data, passed by whoever registers the group.
 */
export interface GroupPresentation {
  /** Name inside the APIGroup document; the path keeps the real one. */
  name?: string
  /** Entries of the APIResourceList instead of the derived ones, the same for every version. */
  resources?: JsonObject[]
  /** Said to a client that asks for a resource of the group that is not served, in place of the usual words: why, and what to do. */
  absent?: string
}

export interface ResourceSource {
  all(): readonly ResourceDefinition[]
  readonly schemas: SchemaSet
  /** Counts registrations; documents are built again when it moves. Sources that never change leave it out. */
  readonly revision?: number
  /** By group name. */
  readonly presentation?: Readonly<Record<string, GroupPresentation>>
}

export interface ApiVersionView {
  name: string
  definitions: ResourceDefinition[]
}

export interface ApiGroupView {
  name: string
  /** Preferred first. */
  versions: ApiVersionView[]
}

/** The registered definitions by group and version, in the order of registration; the core group comes first. */
export function groupsOf(source: ResourceSource): ApiGroupView[] {
  const groups = new Map<string, Map<string, ResourceDefinition[]>>()
  groups.set('', new Map())
  for (const definition of source.all()) {
    const versions = groups.get(definition.group) ?? new Map<string, ResourceDefinition[]>()
    groups.set(definition.group, versions)
    for (const name of servedVersionsOf(definition)) {
      versions.set(name, [...(versions.get(name) ?? []), viewIn(definition, name) ?? definition])
    }
  }
  const shown = [...groups].filter(([name, versions]) => name === '' || versions.size > 0)
  return shown.map(([name, versions]) => ({
    name,
    versions: [...versions]
      .map(([version, definitions]) => ({ name: version, definitions }))
      .sort((a, b) => compareVersions(a.name, b.name)),
  }))
}

/**
 * A value per source, built on first use and again when the source's revision has moved. Keyed weakly, so that a server that is
 * dropped takes its documents along.
 */
export function cachedPerRevision<T>(build: (source: ResourceSource) => T): (source: ResourceSource) => T {
  const cache = new WeakMap<ResourceSource, { revision: number | undefined; value: T }>()
  return (source) => {
    const kept = cache.get(source)
    if (kept && kept.revision === source.revision) return kept.value
    const value = build(source)
    cache.set(source, { revision: source.revision, value })
    return value
  }
}
