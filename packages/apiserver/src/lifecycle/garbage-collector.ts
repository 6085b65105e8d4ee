/**
 * Deletes what belongs to nobody any more, and carries out foreground and orphan deletion. It acts on the graph of owners, which
 * is as new as the store; everything it does is checked against uid and resourceVersion, so it may be stopped anywhere.
 */

import { parseApiVersion, type JsonObject, type ObjectMeta, type OwnerReference } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import { collectionOf, keyOf } from '../resource/traits.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import { isGone, pathOf, type InternalApi } from './internal-api.ts'
import type { KeyQueue } from './key-queue.ts'
import type { ObjectChange } from './object-feed.ts'
import { foregroundFinalizer, OwnerGraph, orphanFinalizer, waitsForDependents, type GraphNode } from './owner-graph.ts'
import { verdictOn, type OwnerState, type Propagation } from './owner-verdict.ts'

export interface GarbageCollectorOptions {
  api: InternalApi
  store: Pick<Store, 'get'>
  registry: Pick<ResourceRegistry, 'byKind'>
}

export class GarbageCollector {
  readonly #graph = new OwnerGraph()
  readonly #api: InternalApi
  readonly #registry: Pick<ResourceRegistry, 'byKind'>
  readonly #store: Pick<Store, 'get'>

  constructor(options: GarbageCollectorOptions) {
    this.#api = options.api
    this.#registry = options.registry
    this.#store = options.store
  }

  /** Takes a change in and queues the objects it is of concern to. Cost follows the object's relatives, not all objects. */
  observe(change: ObjectChange, queue: Pick<KeyQueue, 'add'>): void {
    const { before, after } = this.#graph.apply(change)
    const node = after ?? before
    if (node === undefined || (before && after && !concernsOwnership(before, after))) return
    if (after && (after.owners.length > 0 || after.deleting)) queue.add(after.uid)
    const began = after !== undefined && waitsForDependents(after) && !(before && waitsForDependents(before))
    if (after === undefined || began)
      for (const dependent of this.#graph.dependentsOf(node.uid)) queue.add(dependent.uid)
    // Owners in the foreground may have waited for just this.
    for (const owner of [...(before?.owners ?? []), ...(after?.owners ?? [])]) {
      const found = this.#graph.get(owner.uid)
      if (found && waitsForDependents(found)) queue.add(owner.uid)
    }
  }

  /** Brings one object to where its owners want it. */
  async reconcile(uid: string, queue: Pick<KeyQueue, 'add'>): Promise<void> {
    const node = this.#graph.get(uid)
    if (node === undefined) return
    const dependents = this.#graph.dependentsOf(uid)
    const verdict = verdictOn(node, dependents, (owner) => this.#stateOf(node, owner))
    switch (verdict.kind) {
      case 'keep':
        return
      case 'dropOwners':
        await this.#dropOwners(node, new Set(verdict.uids))
        return
      case 'delete':
        if (verdict.unblock) await this.#unblock(node)
        await this.#delete(node, verdict.propagation)
        return
      case 'awaitDependents':
        for (const dependent of verdict.uids) queue.add(dependent)
        return
      case 'finishForeground':
        await this.#removeFinalizer(node, foregroundFinalizer)
        return
      case 'orphanDependents':
        for (const dependent of dependents) await this.#dropOwners(dependent, new Set([uid]))
        await this.#removeFinalizer(node, orphanFinalizer)
    }
  }

  #stateOf(node: GraphNode, owner: OwnerReference): OwnerState {
    const { group } = parseApiVersion(owner.apiVersion)
    const definition = this.#registry.byKind(group, owner.kind)
    if (definition === undefined) return 'unknown'
    // A cluster-scoped object cannot name the namespace of its owner, so no owner there can be found missing.
    if (definition.namespaced && !node.definition.namespaced) return 'unknown'
    const found = this.#graph.get(owner.uid)
    // The reference must fit the object in every part, or it names another one.
    const fits =
      found !== undefined &&
      found.definition === definition &&
      found.name === owner.name &&
      (!definition.namespaced || found.namespace === node.namespace)
    // Events of different kinds may arrive in another order than they happened: before something is lost, the store decides.
    if (found === undefined && this.#isStored(definition, node.namespace, owner)) return 'present'
    if (!fits) return 'absent'
    return waitsForDependents(found) ? 'waiting' : 'present'
  }

  #isStored(definition: ResourceDefinition, namespace: string | undefined, owner: OwnerReference): boolean {
    const stored = this.#store.get(
      collectionOf(definition),
      keyOf(definition.namespaced ? namespace : undefined, owner.name),
    )
    return stored !== undefined && decodeStored(stored.value).metadata.uid === owner.uid
  }

  async #delete(node: GraphNode, propagation: Propagation): Promise<void> {
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: propagation,
      preconditions: { uid: node.uid },
    }
    await this.#unlessGone(node, () => this.#api.call({ method: 'DELETE', path: nodePath(node), body }))
  }

  async #dropOwners(node: GraphNode, uids: ReadonlySet<string>): Promise<void> {
    await this.#patchMetadata(node, ({ ownerReferences = [] }) => ({
      ownerReferences: ownerReferences.filter((owner) => !uids.has(owner.uid)).map((owner) => ({ ...owner })),
    }))
  }

  async #unblock(node: GraphNode): Promise<void> {
    await this.#patchMetadata(node, ({ ownerReferences = [] }) => ({
      ownerReferences: ownerReferences.map((owner) => ({ ...owner, blockOwnerDeletion: false })),
    }))
  }

  async #removeFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    await this.#patchMetadata(node, ({ finalizers = [] }) => ({
      finalizers: finalizers.filter((each) => each !== finalizer),
    }))
  }

  /** Read, change, write; a change in between is a conflict, and the key comes again. */
  async #patchMetadata(node: GraphNode, change: (metadata: ObjectMeta) => JsonObject): Promise<void> {
    const path = nodePath(node)
    await this.#unlessGone(node, async () => {
      const object = await this.#api.call({ method: 'GET', path })
      const metadata = object['metadata'] as ObjectMeta
      if (metadata.uid !== node.uid) return
      const fields = { ...change(metadata), uid: node.uid, resourceVersion: metadata.resourceVersion ?? '' }
      await this.#api.call({ method: 'PATCH', path, body: { metadata: fields } })
    })
  }

  /** An object that went in the meantime, or was replaced by a namesake, needs nothing more. */
  async #unlessGone(node: GraphNode, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!isGone(error) && this.#graph.get(node.uid) !== undefined) throw error
    }
  }
}

function nodePath(node: GraphNode): string {
  return pathOf(node.definition, node.namespace, node.name)
}

function concernsOwnership(before: GraphNode, after: GraphNode): boolean {
  return (
    before.deleting !== after.deleting ||
    before.finalizers.join() !== after.finalizers.join() ||
    before.owners.length !== after.owners.length ||
    JSON.stringify(before.owners) !== JSON.stringify(after.owners)
  )
}
