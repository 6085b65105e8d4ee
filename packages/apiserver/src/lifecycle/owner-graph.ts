/** Who belongs to whom: every object by uid, and the dependents of each uid, whether or not the owner exists. */

import { parseApiVersion, type ObjectMeta, type OwnerReference } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { collectionOf } from '../resource/traits.ts'
import type { ObjectChange } from './object-feed.ts'

export interface GraphNode {
  readonly uid: string
  /** As it was served when the object was seen last. */
  readonly definition: ResourceDefinition
  /** Of the object when it was seen last: nothing is deleted that changed since. */
  readonly resourceVersion: string
  readonly namespace: string | undefined
  readonly name: string
  readonly owners: readonly OwnerReference[]
  readonly deleting: boolean
  readonly finalizers: readonly string[]
}

export const foregroundFinalizer = 'foregroundDeletion'
export const orphanFinalizer = 'orphan'

/** True for an object that waits until its dependents are gone. */
export function waitsForDependents(node: GraphNode): boolean {
  return node.deleting && node.finalizers.includes(foregroundFinalizer)
}

export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>()
  readonly #dependents = new Map<string, Set<string>>()

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid)
  }

  /** Those that can be: an owner with a namespace owns nothing outside it, whatever an object there says. */
  dependentsOf(uid: string): GraphNode[] {
    const owner = this.#nodes.get(uid)
    const found: GraphNode[] = []
    for (const dependent of this.#dependents.get(uid) ?? []) {
      const node = this.#nodes.get(dependent)
      if (node && canOwn(owner, node)) found.push(node)
    }
    return found
  }

  /** Takes a change in; returns the node before and after. */
  apply(change: ObjectChange): { before: GraphNode | undefined; after: GraphNode | undefined } {
    const uid = change.metadata.uid ?? ''
    const before = this.#nodes.get(uid)
    for (const owner of before?.owners ?? []) this.#unlink(owner.uid, uid)
    if (change.removed) {
      this.#nodes.delete(uid)
      return { before, after: undefined }
    }
    const after = nodeOf(change.definition, change.metadata)
    this.#nodes.set(uid, after)
    for (const owner of after.owners) this.#link(owner.uid, uid)
    return { before, after }
  }

  /** Objects that name an owner of this kind. */
  dependentsOfKind(kind: Pick<ResourceDefinition, 'group' | 'kind'>): GraphNode[] {
    return [...this.#nodes.values()].filter((node) =>
      node.owners.some((owner) => owner.kind === kind.kind && parseApiVersion(owner.apiVersion).group === kind.group),
    )
  }

  /** Knows nothing any more of the objects of a resource. */
  forget(resource: Place): void {
    for (const [uid, node] of this.#nodes) {
      if (!isSameResource(node.definition, resource)) continue
      for (const owner of node.owners) this.#unlink(owner.uid, uid)
      this.#nodes.delete(uid)
    }
  }

  #link(owner: string, dependent: string): void {
    const known = this.#dependents.get(owner)
    if (known) known.add(dependent)
    else this.#dependents.set(owner, new Set([dependent]))
  }

  #unlink(owner: string, dependent: string): void {
    const known = this.#dependents.get(owner)
    known?.delete(dependent)
    if (known?.size === 0) this.#dependents.delete(owner)
  }
}

type Place = Parameters<typeof collectionOf>[0]

/** The same kind of object, however it is served. */
export function isSameResource(left: Place, right: Place): boolean {
  return collectionOf(left) === collectionOf(right)
}

/** An owner that is gone, or not seen yet, is judged by the reference alone. */
function canOwn(owner: GraphNode | undefined, dependent: GraphNode): boolean {
  return owner?.namespace === undefined || owner.namespace === dependent.namespace
}

function nodeOf(definition: ResourceDefinition, metadata: ObjectMeta): GraphNode {
  return {
    uid: metadata.uid ?? '',
    definition,
    resourceVersion: metadata.resourceVersion ?? '',
    namespace: definition.namespaced ? metadata.namespace : undefined,
    name: metadata.name ?? '',
    owners: metadata.ownerReferences ?? [],
    deleting: metadata.deletionTimestamp !== undefined,
    finalizers: metadata.finalizers ?? [],
  }
}
