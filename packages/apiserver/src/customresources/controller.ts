/**
 * Follows the stored CustomResourceDefinitions: decides on their names, serves what is established, and empties what is going.
 * What is served follows from an event in the turn of the event; only the words about it in the status take a write of their own.
 */

import { messageOf, type Clock, type Logger } from '@berth/base'
import { deepEqual } from '@berth/meta'
import { KeyQueue } from '../lifecycle/key-queue.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import { collectionOf, isStored, listKindOf } from '../resource/traits.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { decodeStored, encodeObject } from '../rest/stored-form.ts'
import { StoreError, type Store, type WatchHandle } from '../storage/store.ts'
import { removeInstances } from './cleanup.ts'
import { isServed, namedStatus, withCondition, type NewCondition, type UsedNames } from './conditions.ts'
import { asCrd, cleanupFinalizer, crdCollection, type Crd } from './crd.ts'
import { servedResource, type ServedOptions } from './served.ts'

export interface ControllerOptions extends ServedOptions {
  store: Store
  registry: ResourceRegistry
  clock: Clock
  logger: Logger
  /** A number in [0, 1), for the jitter of retries. */
  random: () => number
}

export interface CustomResourceController {
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/** Starts serving what is stored before it returns. */
export function startController(options: ControllerOptions): CustomResourceController {
  const controller = new Controller(options)
  controller.start()
  return controller
}

/** How long until instances that something holds are looked at again, besides every change of them. */
const recheckMs = 5000

class Controller implements CustomResourceController {
  readonly #options: ControllerOptions
  readonly #queue: KeyQueue
  /** As known now, with the status this controller gives them. */
  readonly #crds = new Map<string, Crd>()
  /** What the registry was last told of each; by name. */
  readonly #served = new Map<string, { group: string; resource: string; fingerprint: string }>()
  readonly #emptying = new Map<string, WatchHandle>()
  #watch: WatchHandle | undefined

  constructor(options: ControllerOptions) {
    this.#options = options
    const { clock, logger, random } = options
    this.#queue = new KeyQueue({
      name: 'customresourcedefinitions',
      workers: 4,
      clock,
      logger,
      random,
      reconcile: (name) => this.#reconcile(name),
    })
  }

  start(): void {
    const { store } = this.#options
    const { items, revision } = store.list(crdCollection)
    const crds = items.map(({ value }) => asCrd(decodeStored(value)))
    const age = (crd: Crd): string => `${crd.metadata.creationTimestamp ?? ''} ${crd.metadata.name ?? ''}`
    // Names go to who has them, then to who came first.
    for (const crd of crds) this.#crds.set(crd.metadata.name ?? '', crd)
    for (const crd of crds.sort((a, b) => (age(a) < age(b) ? -1 : 1))) this.#observe(crd)
    this.#watch = store.watch(crdCollection, { from: revision }, ({ key, type, value }) => {
      if (type === 'delete') this.#forget(key)
      else this.#observe(asCrd(decodeStored(value)))
    })
  }

  idle(): Promise<void> {
    return this.#queue.idle()
  }

  async stop(): Promise<void> {
    this.#watch?.close()
    for (const handle of this.#emptying.values()) handle.close()
    this.#emptying.clear()
    await this.#queue.stop()
  }

  #observe(crd: Crd): void {
    const name = crd.metadata.name ?? ''
    const status = namedStatus(crd, this.#usedBeside(crd), this.#options.clock.now())
    const known: Crd = { ...crd, status }
    this.#crds.set(name, known)
    this.#serve(name, known)
    if (!deepEqual(status, crd.status) || crd.metadata.deletionTimestamp !== undefined) this.#queue.add(name)
  }

  #forget(name: string): void {
    const crd = this.#crds.get(name)
    this.#crds.delete(name)
    this.#emptying.get(name)?.close()
    this.#emptying.delete(name)
    this.#withdraw(name)
    // Once more, for what was written while the kind went.
    this.#queue.add(name)
    // Names that have become free go to those who wait for them.
    for (const other of this.#crds.values()) {
      if (crd !== undefined && other.spec.group === crd.spec.group) this.#observe(other)
    }
  }

  #usedBeside(crd: Crd): UsedNames {
    const resources = new Set<string>()
    const kinds = new Set<string>()
    const { group } = crd.spec
    for (const other of this.#crds.values()) {
      const names = other.status?.acceptedNames
      if (names === undefined || other.spec.group !== group || other.metadata.name === crd.metadata.name) continue
      for (const each of [names.plural, names.singular, ...(names.shortNames ?? [])]) resources.add(each ?? '')
      for (const each of [names.kind, names.listKind]) kinds.add(each ?? '')
    }
    const ours = new Set([...this.#served.values()].map((each) => `${each.group}/${each.resource}`))
    for (const builtIn of this.#options.registry.all()) {
      if (builtIn.group !== group || ours.has(`${group}/${builtIn.resource}`)) continue
      for (const each of [builtIn.resource, builtIn.singular, ...(builtIn.shortNames ?? [])]) resources.add(each)
      for (const each of [builtIn.kind, listKindOf(builtIn)]) kinds.add(each)
    }
    return { resources, kinds }
  }

  #serve(name: string, crd: Crd): void {
    const { registry, logger } = this.#options
    const definition = isServed(crd) ? servedResource(crd, this.#options) : undefined
    if (definition === undefined) {
      this.#withdraw(name)
      return
    }
    const { group, resource } = definition
    const going = crd.metadata.deletionTimestamp !== undefined
    const fingerprint = JSON.stringify([crd.spec, crd.status?.acceptedNames, going])
    const before = this.#served.get(name)
    if (before?.fingerprint === fingerprint) return
    try {
      if (before === undefined) registry.add(definition)
      else registry.replace(definition)
      this.#served.set(name, { group, resource, fingerprint })
    } catch (error) {
      // Validation and the names' conditions leave nothing to refuse; if they do, the server goes on without the kind.
      logger.error({ crd: name, error: messageOf(error) }, 'a custom kind cannot be served')
    }
  }

  #withdraw(name: string): void {
    const served = this.#served.get(name)
    if (served === undefined) return
    this.#served.delete(name)
    this.#options.registry.remove(served.group, served.resource)
  }

  async #reconcile(name: string): Promise<void> {
    const { store } = this.#options
    if (!this.#crds.has(name)) {
      await this.#sweep(name)
      return
    }
    await this.#update(name, (stored) => {
      const known = this.#crds.get(name)
      if (known === undefined || known.metadata.uid !== stored.metadata.uid) return undefined
      const status = namedStatus(stored, this.#usedBeside(stored), this.#options.clock.now())
      return deepEqual(status, stored.status) ? undefined : { ...stored, status }
    })
    const crd = store.get(crdCollection, name)
    if (crd === undefined) return
    const stored = asCrd(decodeStored(crd.value))
    const { deletionTimestamp, finalizers = [] } = stored.metadata
    if (deletionTimestamp !== undefined && finalizers.includes(cleanupFinalizer)) await this.#empty(name, stored)
  }

  async #empty(name: string, crd: Crd): Promise<void> {
    const { store, clock } = this.#options
    const collection = collectionOf({ group: crd.spec.group, resource: crd.spec.names.plural })
    // Only a kind that was served has objects; in the place of another they would be the other's.
    if (!this.#served.has(name)) {
      await this.#finish(name, { reason: 'NeverEstablished', message: 'resource was never established' })
      return
    }
    await this.#terminating(name, {
      status: 'True',
      reason: 'InstanceDeletionInProgress',
      message: 'CustomResource deletion is in progress',
    })
    const left = await removeInstances(store, collection, () => clock.now())
    if (left > 0) {
      if (!this.#emptying.has(name)) {
        const again = (): void => this.#queue.add(name)
        this.#emptying.set(name, store.watch(collection, { from: store.revision }, again))
      }
      this.#queue.addAfter(name, recheckMs)
      return
    }
    await this.#finish(name, { reason: 'InstanceDeletionCompleted', message: 'removed all instances' })
  }

  #terminating(name: string, condition: Omit<NewCondition, 'type'>): Promise<void> {
    return this.#update(name, (crd) => {
      const before = crd.status?.conditions ?? []
      const conditions = withCondition(before, { type: 'Terminating', ...condition }, this.#options.clock.now())
      return deepEqual(conditions, before) ? undefined : { ...crd, status: { ...crd.status, conditions } }
    })
  }

  async #finish(name: string, words: { reason: string; message: string }): Promise<void> {
    await this.#terminating(name, { status: 'False', ...words })
    await this.#update(name, (crd) => {
      const finalizers = (crd.metadata.finalizers ?? []).filter((each) => each !== cleanupFinalizer)
      const metadata = { ...crd.metadata }
      delete metadata.finalizers
      return { ...crd, metadata: finalizers.length > 0 ? { ...metadata, finalizers } : metadata }
    })
  }

  /** Objects that were being written when their kind went. */
  async #sweep(name: string): Promise<void> {
    const { store, registry, clock } = this.#options
    const at = name.indexOf('.')
    const target = { resource: name.slice(0, at), group: name.slice(at + 1) }
    const other = registry.resource(target.group, target.resource)
    if (other !== undefined && isStored(other)) return
    if (store.count(collectionOf(target)) > 0) {
      await removeInstances(store, collectionOf(target), () => clock.now())
    }
  }

  /** Writes what `change` makes of the stored definition; undefined leaves it. A definition nothing holds any more is removed. */
  async #update(name: string, change: (crd: Crd) => Crd | undefined): Promise<void> {
    const { store } = this.#options
    for (;;) {
      const stored = store.get(crdCollection, name)
      if (stored === undefined) return
      const next = change(asCrd(decodeStored(stored.value)))
      if (next === undefined) return
      // What was read from the store, with members of the same types.
      const object = next as unknown as ApiObject
      const place = { collection: crdCollection, key: name, expect: stored.revision }
      const free = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0
      const encode = (revision: number): Buffer => encodeObject(object, revision)
      try {
        await store.write([free ? { op: 'delete', ...place, encode } : { op: 'put', ...place, encode }])
        return
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'Conflict')) throw error
      }
    }
  }
}
