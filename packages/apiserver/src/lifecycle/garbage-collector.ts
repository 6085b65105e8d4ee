/**
 * Deletes what belongs to nobody any more, and carries out foreground and orphan deletion. It acts on the graph of owners, which
 * is as new as the store; everything it does is checked against uid and resourceVersion, so it may be stopped anywhere.
 */

import type { Clock } from '@berth/base'
import { parseApiVersion, StatusError, type JsonObject, type ObjectMeta, type OwnerReference } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import { collectionOf, keyOf } from '../resource/traits.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import { isConflict, isGone, pathOf, type InternalApi } from './internal-api.ts'
import { foreignOwnerEvent } from './foreign-owner.ts'
import type { KeyQueue } from './key-queue.ts'
import type { ObjectChange } from './object-feed.ts'
import {
  foregroundFinalizer,
  isSameResource,
  OwnerGraph,
  orphanFinalizer,
  waitsForDependents,
  type GraphNode,
} from './owner-graph.ts'
import { blocks, verdictOn, type OwnerState, type Propagation } from './owner-verdict.ts'

export interface GarbageCollectorOptions {
  api: InternalApi
  store: Pick<Store, 'get'>
  registry: Pick<ResourceRegistry, 'byKind' | 'resource'>
  /** To date events by. */
  clock: Pick<Clock, 'now'>
}

/** Dependents let go at the same time when their owner is deleted without them. */
const parallel = 16
/** Before another look at what others changed in between; a pause, so that nobody who changes it for ever keeps the server busy. */
const againMs = 10

export class GarbageCollector {
  readonly #graph = new OwnerGraph()
  readonly #api: InternalApi
  readonly #registry: GarbageCollectorOptions['registry']
  readonly #store: Pick<Store, 'get'>
  readonly #clock: Pick<Clock, 'now'>

  constructor(options: GarbageCollectorOptions) {
    this.#api = options.api
    this.#registry = options.registry
    this.#store = options.store
    this.#clock = options.clock
  }

  /** Owners of a kind that was unknown until now can be told present from absent. */
  appeared(definition: ResourceDefinition, queue: Pick<KeyQueue, 'add'>): void {
    for (const node of this.#graph.dependentsOfKind(definition)) queue.add(node.uid)
  }

  /** What is served no more is neither deleted nor an owner to be judged. */
  vanished(definition: ResourceDefinition): void {
    this.#graph.forget(definition)
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
  async reconcile(uid: string, queue: Pick<KeyQueue, 'add' | 'addAfter'>): Promise<void> {
    const node = this.#graph.get(uid)
    if (node === undefined) return
    const dependents = this.#graph.dependentsOf(uid)
    await this.#reportForeign(node)
    const verdict = verdictOn(node, {
      dependents,
      stateOf: (owner) => this.#stateOf(node, owner),
      waitsBack: (dependent) => this.#waitsFor(dependent, uid),
    })
    switch (verdict.kind) {
      case 'keep':
        return
      case 'dropOwners':
        await this.#dropOwners(node, new Set(verdict.uids))
        return
      case 'delete':
        if (verdict.unblock) await this.#unblock(node)
        await this.#delete(node, verdict, queue)
        return
      case 'awaitDependents':
        for (const dependent of verdict.uids) queue.add(dependent)
        return
      case 'finishForeground':
        await this.#removeFinalizer(node, foregroundFinalizer)
        return
      case 'orphanDependents':
        for (let from = 0; from < dependents.length; from += parallel) {
          const some = dependents.slice(from, from + parallel)
          await Promise.all(some.map((dependent) => this.#dropOwners(dependent, new Set([uid]))))
        }
        // Whoever came under this owner in the meantime is let go as well.
        if (this.#graph.dependentsOf(uid).length > 0) {
          queue.addAfter(uid, againMs)
          return
        }
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
      isSameResource(found.definition, definition) &&
      found.name === owner.name &&
      (!definition.namespaced || found.namespace === node.namespace)
    // Events of different kinds may arrive in another order than they happened: before something is lost, the store decides.
    if (found === undefined && this.#isStored(definition, node.namespace, owner)) return 'present'
    if (!fits) return 'absent'
    return waitsForDependents(found) ? 'waiting' : 'present'
  }

  /** True when `node` waits in the foreground for the object `uid`, directly or through others that wait. */
  #waitsFor(node: GraphNode, uid: string): boolean {
    const seen = new Set<string>()
    const next = [node]
    for (let each = next.pop(); each !== undefined; each = next.pop()) {
      if (each.uid === uid) return true
      if (seen.has(each.uid) || !waitsForDependents(each)) continue
      seen.add(each.uid)
      const owner = each
      next.push(...this.#graph.dependentsOf(owner.uid).filter((dependent) => blocks(dependent, owner)))
    }
    return false
  }

  #isStored(definition: ResourceDefinition, namespace: string | undefined, owner: OwnerReference): boolean {
    const stored = this.#store.get(
      collectionOf(definition),
      keyOf(definition.namespaced ? namespace : undefined, owner.name),
    )
    return stored !== undefined && decodeStored(stored.value).metadata.uid === owner.uid
  }

  async #delete(
    node: GraphNode,
    { propagation, unblock }: { propagation: Propagation; unblock: boolean },
    queue: Pick<KeyQueue, 'addAfter'>,
  ): Promise<void> {
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: propagation,
      // Somebody may give the object an owner that is there, up to the very last moment.
      preconditions: { uid: node.uid, ...(unblock ? {} : { resourceVersion: node.resourceVersion }) },
    }
    try {
      await this.#unlessGone(node, () => this.#api.call({ method: 'DELETE', path: this.#pathOf(node), body }))
    } catch (error) {
      if (!isConflict(error)) throw error
      queue.addAfter(node.uid, againMs)
    }
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
    const path = this.#pathOf(node)
    await this.#unlessGone(node, async () => {
      const object = await this.#api.call({ method: 'GET', path })
      const metadata = object['metadata'] as ObjectMeta
      if (metadata.uid !== node.uid) return
      const fields = { ...change(metadata), uid: node.uid, resourceVersion: metadata.resourceVersion ?? '' }
      await this.#api.call({ method: 'PATCH', path, body: { metadata: fields } })
    })
  }

  /** As the kind is served now. */
  #pathOf({ definition, namespace, name }: GraphNode): string {
    const { group, resource } = definition
    return pathOf(this.#registry.resource(group, resource) ?? definition, namespace, name)
  }

  /** Says, once, that an owner lies in another namespace: such an object is about to be deleted, or is never going to be. */
  async #reportForeign(node: GraphNode): Promise<void> {
    for (const owner of node.owners) {
      const found = this.#graph.get(owner.uid)
      if (found?.namespace === undefined || found.namespace === node.namespace) continue
      const event = foreignOwnerEvent(node, owner, this.#clock.now())
      if (this.#store.get('core/events', `${event.metadata.namespace}/${event.metadata.name}`) !== undefined) continue
      const path = `/api/v1/namespaces/${encodeURIComponent(event.metadata.namespace)}/events`
      try {
        await this.#api.call({ method: 'POST', path, body: event })
      } catch (error) {
        // An event is no more than a help to people: a namespace on its way out, or a server without events, does without.
        if (!(error instanceof StatusError) || error.status.code === 500) throw error
      }
    }
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

function concernsOwnership(before: GraphNode, after: GraphNode): boolean {
  return (
    before.deleting !== after.deleting ||
    before.finalizers.join() !== after.finalizers.join() ||
    before.owners.length !== after.owners.length ||
    JSON.stringify(before.owners) !== JSON.stringify(after.owners)
  )
}
