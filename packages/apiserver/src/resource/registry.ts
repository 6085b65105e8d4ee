/** The kinds a server serves. Routing, discovery, OpenAPI and tables all read this one table. */

import { qualifiedResource, type SchemaSet } from '@berth/meta'
import type { GroupPresentation } from '../discovery/source.ts'
import { compareVersions } from './version-order.ts'
import type { ResourceDefinition } from './definition.ts'
import { servedVersionsOf } from './traits.ts'
import { viewIn } from './views.ts'

export interface ApiGroup {
  /** "" is the core group. */
  readonly name: string
  /** Most preferred first. */
  readonly versions: readonly string[]
}

/** What happened to a resource; `definition` is the one that is served now, or was served last. */
export type RegistryChange =
  | { type: 'added' | 'removed'; definition: ResourceDefinition }
  | { type: 'replaced'; definition: ResourceDefinition; previous: ResourceDefinition }

export type RegistryListener = (change: RegistryChange) => void

interface Registration {
  readonly definition: ResourceDefinition
  readonly ended: AbortController
  /** Names in `schemas` that came with this definition. */
  readonly schemaNames: string[]
}

export class ResourceRegistry {
  /** Named definitions that `ref`s resolve through; the resources' own schemas are in it under their `schemaName`. */
  readonly schemas: SchemaSet
  /** How discovery shows a group where that differs from its definitions, by group name. */
  readonly presentation: Readonly<Record<string, GroupPresentation>>
  readonly #registrations = new Map<string, Registration>()
  readonly #listeners = new Set<RegistryListener>()
  #revision = 0
  #definitions: readonly ResourceDefinition[] = []
  #byPath: ReadonlyMap<string, ResourceDefinition> = new Map()
  #byKind: ReadonlyMap<string, ResourceDefinition> = new Map()
  #groups: readonly ApiGroup[] = []

  /** @throws Error when two definitions claim the same path, kind or short name, or one is incomplete */
  constructor(options: {
    definitions: readonly ResourceDefinition[]
    schemas: SchemaSet
    presentation?: Readonly<Record<string, GroupPresentation>>
  }) {
    this.presentation = options.presentation ?? {}
    this.schemas = { ...options.schemas }
    for (const definition of options.definitions) checkNames(definition)
    this.#index(options.definitions)
    for (const definition of options.definitions) this.#register(definition)
  }

  /** Counts the changes since the start; what is built from the registry is built again when it moves. */
  get revision(): number {
    return this.#revision
  }

  /** In the order they were registered. */
  all(): readonly ResourceDefinition[] {
    return this.#definitions
  }

  /**
   * The definition as served in `version`; undefined when that version is not served.
   * @param group "" for the core group
   */
  find(group: string, version: string, resource: string): ResourceDefinition | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`)
  }

  /** A resource whatever its version, as it was registered. */
  resource(group: string, resource: string): ResourceDefinition | undefined {
    return this.#registrations.get(`${group}/${resource}`)?.definition
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

  /** As served in that version. */
  inGroupVersion(group: string, version: string): ResourceDefinition[] {
    return this.#definitions
      .filter((definition) => definition.group === group && servedVersionsOf(definition).includes(version))
      .map((definition) => viewIn(definition, version) ?? definition)
  }

  /** Serves one more resource, from now on. @throws Error as the constructor; nothing has changed then */
  add(definition: ResourceDefinition): void {
    checkNames(definition)
    this.#index([...this.#definitions, definition])
    this.#register(definition)
    this.#tell({ type: 'added', definition })
  }

  /** Serves a resource in a new way; requests under way keep the old one. @throws Error as {@link add}, or when it is not there */
  replace(definition: ResourceDefinition): void {
    const key = `${definition.group}/${definition.resource}`
    const registration = this.#registrations.get(key)
    if (registration === undefined) throw new Error(`there is no resource ${key} to replace`)
    const previous = registration.definition
    checkNames(definition)
    this.#index(this.#definitions.map((each) => (each === previous ? definition : each)))
    this.#release(registration)
    this.#register(definition)
    this.#tell({ type: 'replaced', definition, previous })
    registration.ended.abort()
  }

  /** Stops serving a resource; its objects stay in the store. False when it was not served. */
  remove(group: string, resource: string): boolean {
    const key = `${group}/${resource}`
    const registration = this.#registrations.get(key)
    if (registration === undefined) return false
    const { definition } = registration
    this.#index(this.#definitions.filter((each) => each !== definition))
    this.#release(registration)
    this.#registrations.delete(key)
    this.#tell({ type: 'removed', definition })
    registration.ended.abort()
    return true
  }

  /** Aborted when the resource is replaced or removed: long answers (watches) end, so that clients begin anew. */
  ended(group: string, resource: string): AbortSignal {
    return this.#registrations.get(`${group}/${resource}`)?.ended.signal ?? AbortSignal.abort()
  }

  /** Called after each change, in the same turn. Returns the way to stop it. */
  onChange(listener: RegistryListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #tell(change: RegistryChange): void {
    this.#revision += 1
    for (const listener of this.#listeners) listener(change)
  }

  #register(definition: ResourceDefinition): void {
    const schemaNames: string[] = []
    for (const { name } of definition.versions) {
      const { schemaName, schema } = viewIn(definition, name) ?? definition
      if (schemaName === '' || Object.hasOwn(this.schemas, schemaName)) continue
      this.schemas[schemaName] = schema
      schemaNames.push(schemaName)
    }
    const key = `${definition.group}/${definition.resource}`
    this.#registrations.set(key, { definition, ended: new AbortController(), schemaNames })
  }

  #release({ schemaNames }: Registration): void {
    for (const name of schemaNames) delete this.schemas[name]
  }

  /** All tables anew: changes are rare, and a table that is built whole cannot be half right. */
  #index(definitions: readonly ResourceDefinition[]): void {
    const byPath = new Map<string, ResourceDefinition>()
    const byKind = new Map<string, ResourceDefinition>()
    for (const definition of definitions) {
      for (const version of servedVersionsOf(definition)) {
        const path = `${definition.group}/${version}/${definition.resource}`
        if (byPath.has(path)) throw new Error(`two definitions of resource ${path}`)
        byPath.set(path, viewIn(definition, version) ?? definition)
      }
      const kind = `${definition.group}/${definition.kind}`
      const other = byKind.get(kind)
      // Parents that only carry subresources repeat the kind of what they stand for (subresources.kubevirt.io).
      if (other === undefined) byKind.set(kind, definition)
      else if (definition.verbs === undefined || definition.verbs.length > 0) {
        throw new Error(`two definitions of kind ${kind}: ${other.resource} and ${definition.resource}`)
      }
    }
    this.#definitions = [...definitions]
    this.#byPath = byPath
    this.#byKind = byKind
    this.#groups = groupsOf(definitions)
  }
}

const resourceName = /^[a-z][a-z0-9-]{0,62}$/
const groupName = /^$|^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
/** Kubernetes takes any DNS label; versions like v1beta1 sort before others. */
const versionName = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/

function checkNames(definition: ResourceDefinition): void {
  const where = `resource definition ${qualifiedResource(definition)}`
  if (!resourceName.test(definition.resource)) throw new Error(`${where}: the resource name must be a lower-case word`)
  if (!groupName.test(definition.group)) throw new Error(`${where}: the group must be a DNS name or empty`)
  if (definition.kind === '') throw new Error(`${where}: the kind is missing`)
  if (definition.versions.length === 0) throw new Error(`${where}: at least one version is needed`)
  const versions = definition.versions.map((version) => version.name)
  for (const version of versions) {
    if (!versionName.test(version))
      throw new Error(`${where}: "${version}" is not a version name (a DNS label like v1 or v1beta1)`)
  }
  if (new Set(versions).size !== versions.length) throw new Error(`${where}: a version is named twice`)
}

function groupsOf(definitions: readonly ResourceDefinition[]): ApiGroup[] {
  const versions = new Map<string, Set<string>>()
  for (const definition of definitions) {
    const known = versions.get(definition.group) ?? new Set<string>()
    versions.set(definition.group, known)
    for (const version of servedVersionsOf(definition)) known.add(version)
  }
  const served = [...versions].filter(([, names]) => names.size > 0)
  const groups = served.map(([name, names]) => ({ name, versions: [...names].sort(compareVersions) }))
  return [...groups.filter((group) => group.name === ''), ...groups.filter((group) => group.name !== '')]
}
