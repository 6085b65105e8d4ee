/** The kinds a server serves. Routing, discovery, OpenAPI and tables all read this one table. */

import { qualifiedResource, type SchemaSet } from '@berth/meta'
import type { GroupPresentation } from '../discovery/source.ts'
import { compareVersions } from './version-order.ts'
import type { ResourceDefinition } from './definition.ts'

export interface ApiGroup {
  /** "" is the core group. */
  readonly name: string
  /** Most preferred first. */
  readonly versions: readonly string[]
}

export class ResourceRegistry {
  /** Named definitions that `ref`s resolve through; the resources' own schemas are in it under their `schemaName`. */
  readonly schemas: SchemaSet
  /** How discovery shows a group where that differs from its definitions, by group name. */
  readonly presentation: Readonly<Record<string, GroupPresentation>>
  readonly #definitions: readonly ResourceDefinition[]
  readonly #byPath = new Map<string, ResourceDefinition>()
  readonly #byKind = new Map<string, ResourceDefinition>()
  readonly #groups: readonly ApiGroup[]

  /** @throws Error when two definitions claim the same path, kind or short name, or one is incomplete */
  constructor(options: {
    definitions: readonly ResourceDefinition[]
    schemas: SchemaSet
    presentation?: Readonly<Record<string, GroupPresentation>>
  }) {
    this.presentation = options.presentation ?? {}
    this.#definitions = [...options.definitions]
    const schemas: SchemaSet = { ...options.schemas }
    for (const definition of this.#definitions) {
      checkNames(definition)
      this.#index(definition)
      schemas[definition.schemaName] ??= definition.schema
    }
    this.schemas = schemas
    this.#groups = groupsOf(this.#definitions)
  }

  /** In the order they were registered. */
  all(): readonly ResourceDefinition[] {
    return this.#definitions
  }

  /** @param group "" for the core group */
  find(group: string, version: string, resource: string): ResourceDefinition | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`)
  }

  /** The resource of a kind in any of its versions. */
  byKind(group: string, kind: string): ResourceDefinition | undefined {
    return this.#byKind.get(`${group}/${kind}`)
  }

  /** Core group first, then in order of registration. */
  groups(): readonly ApiGroup[] {
    return this.#groups
  }

  group(name: string): ApiGroup | undefined {
    return this.#groups.find((group) => group.name === name)
  }

  inGroupVersion(group: string, version: string): ResourceDefinition[] {
    return this.#definitions.filter(
      (definition) => definition.group === group && definition.versions.some((each) => each.name === version),
    )
  }

  #index(definition: ResourceDefinition): void {
    for (const { name: version } of definition.versions) {
      const path = `${definition.group}/${version}/${definition.resource}`
      if (this.#byPath.has(path)) throw new Error(`two definitions of resource ${path}`)
      this.#byPath.set(path, definition)
    }
    const kind = `${definition.group}/${definition.kind}`
    const other = this.#byKind.get(kind)
    // Parents that only carry subresources repeat the kind of what they stand for (subresources.kubevirt.io).
    if (other === undefined) this.#byKind.set(kind, definition)
    else if (definition.verbs === undefined || definition.verbs.length > 0) {
      throw new Error(`two definitions of kind ${kind}: ${other.resource} and ${definition.resource}`)
    }
  }
}

const resourceName = /^[a-z][a-z0-9-]{0,62}$/
const groupName = /^$|^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
const versionName = /^v[0-9]+((alpha|beta)[0-9]+)?$/

function checkNames(definition: ResourceDefinition): void {
  const where = `resource definition ${qualifiedResource(definition)}`
  if (!resourceName.test(definition.resource)) throw new Error(`${where}: the resource name must be a lower-case word`)
  if (!groupName.test(definition.group)) throw new Error(`${where}: the group must be a DNS name or empty`)
  if (definition.kind === '') throw new Error(`${where}: the kind is missing`)
  if (definition.versions.length === 0) throw new Error(`${where}: at least one version is needed`)
  const versions = definition.versions.map((version) => version.name)
  for (const version of versions) {
    if (!versionName.test(version)) throw new Error(`${where}: "${version}" is not a version like v1 or v1beta1`)
  }
  if (new Set(versions).size !== versions.length) throw new Error(`${where}: a version is named twice`)
}

function groupsOf(definitions: readonly ResourceDefinition[]): ApiGroup[] {
  const versions = new Map<string, Set<string>>()
  for (const definition of definitions) {
    const known = versions.get(definition.group) ?? new Set<string>()
    versions.set(definition.group, known)
    for (const version of definition.versions) known.add(version.name)
  }
  const groups = [...versions].map(([name, names]) => ({ name, versions: [...names].sort(compareVersions) }))
  return [...groups.filter((group) => group.name === ''), ...groups.filter((group) => group.name !== '')]
}
