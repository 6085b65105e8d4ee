/** What follows from a resource definition: names, verbs and places in the store. One reading for all who ask. */

import type { ResourceDefinition } from './definition.ts'

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
export function collectionOf(definition: { group: string; resource: string }): string {
  return `${definition.group === '' ? 'core' : definition.group}/${definition.resource}`
}

/** Store key of an object: `namespace/name`, or `name` for cluster-scoped ones. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

/** False for questions (SelfSubjectAccessReview) and for parents that only carry subresources. */
export function isStored(definition: ResourceDefinition): boolean {
  return definition.create === undefined && verbsOf(definition).includes('get')
}

/** The version objects are stored in, and clients should prefer. */
export function storageVersionOf(definition: ResourceDefinition): string {
  const first = definition.versions[0]
  if (first === undefined) throw new Error(`resource ${definition.resource} declares no version`)
  return first.name
}
