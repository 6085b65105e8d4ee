/** What follows from a resource definition: names, verbs and places in the store. One reading for all who ask. */

import type { ResourceDefinition } from './definition.ts'
import { compareVersions } from './version-order.ts'

export type ResourceVerb = NonNullable<ResourceDefinition['verbs']>[number]

const allVerbs: readonly ResourceVerb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

/** Verbs served on the resource itself, in the order discovery shows them. */
export function verbsOf(definition: ResourceDefinition): readonly ResourceVerb[] {
  return definition.verbs ?? allVerbs
}

export function listKindOf(definition: ResourceDefinition): string {
  return definition.listKind ?? `${definition.kind}List`
}

/** Store collection: `core/pods`, `kubevirt.io/virtualmachines`. */
export function collectionOf(definition: Pick<ResourceDefinition, 'group' | 'resource' | 'storedAs'>): string {
  const { group, resource } = definition.storedAs ?? definition
  return `${group === '' ? 'core' : group}/${resource}`
}

/** Store key of an object: `namespace/name`, or `name` for cluster-scoped ones. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

/** False for questions (SelfSubjectAccessReview) and for parents that only carry subresources. */
export function isStored(definition: ResourceDefinition): boolean {
  return definition.create === undefined && verbsOf(definition).includes('get')
}

/** The version objects are stored in; clients of the server itself address resources by {@link servedVersionOf}. */
export function storageVersionOf(definition: ResourceDefinition): string {
  const first = definition.versions[0]
  if (first === undefined) throw new Error(`resource ${definition.resource} declares no version`)
  return first.name
}

/** Versions clients can ask for. */
export function servedVersionsOf(definition: ResourceDefinition): string[] {
  return definition.versions.filter((version) => version.served !== false).map((version) => version.name)
}

/** A version that paths can name: the storage version when it is served, else the most preferred one that is. */
export function servedVersionOf(definition: ResourceDefinition): string {
  const served = servedVersionsOf(definition)
  const storage = storageVersionOf(definition)
  return served.includes(storage) ? storage : (served.sort(compareVersions)[0] ?? storage)
}
