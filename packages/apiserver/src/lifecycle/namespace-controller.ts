/** Empties a namespace that is being deleted, says what it waits for, and lets it go when nothing is left. */

import { messageOf, type Clock } from '@berth/base'
import { deepEqual, type Condition, type JsonObject } from '@berth/meta'
import { objectAt, objectsAt, textsAt } from '../core/fields.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import { collectionOf, isStored } from '../resource/traits.ts'
import { creationsSettled } from '../rest/namespace-gate.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import { isGone, pathOf, type InternalApi } from './internal-api.ts'
import type { KeyQueue } from './key-queue.ts'
import { remainsConditions, type Remains } from './namespace-remains.ts'
import type { ObjectChange } from './object-feed.ts'

const finalizer = 'kubernetes'
/** Deletions of one namespace under way at once. */
const parallel = 8
/** Objects read from the store at once, so that a huge namespace does not hold up the server. */
const page = 200
/** Removals come in bursts; a look at the whole namespace after each would be quadratic. */
const settleMs = 100

export interface NamespaceControllerOptions {
  api: InternalApi
  store: Store
  registry: Pick<ResourceRegistry, 'all'>
  clock: Clock
}

export class NamespaceController {
  readonly #options: NamespaceControllerOptions
  readonly #terminating = new Set<string>()

  constructor(options: NamespaceControllerOptions) {
    this.#options = options
  }

  observe(change: ObjectChange, queue: Pick<KeyQueue, 'add' | 'addAfter'>): void {
    if (isNamespace(change.definition)) {
      const deleting = !change.removed && change.metadata.deletionTimestamp !== undefined
      if (!deleting) this.#terminating.delete(change.key)
      else if (!this.#terminating.has(change.key)) {
        this.#terminating.add(change.key)
        queue.add(change.key)
      } else queue.addAfter(change.key, settleMs)
      return
    }
    const { namespace } = change.metadata
    // Also changes, not only removals: finalizers that go are progress to report.
    if (namespace !== undefined && this.#terminating.has(namespace)) queue.addAfter(namespace, settleMs)
  }

  async reconcile(name: string): Promise<void> {
    const stored = this.#options.store.get('core/namespaces', name)
    if (stored === undefined) return
    const namespace = decodeStored(stored.value)
    if (namespace.metadata.deletionTimestamp === undefined) return
    const finalizers = textsAt(objectAt(namespace, 'spec'), 'finalizers')
    if (!finalizers.includes(finalizer)) return

    // Creations that were let in before the end began would otherwise land after the last look.
    await creationsSettled(this.#options.store, name)
    const remains = await this.#empty(name)
    if (remains.counts.size > 0 || remains.failures.length > 0) {
      await this.#report(namespace, remains)
      // Without a change nothing would look again at what was refused.
      if (remains.failures.length > 0) throw new Error(remains.failures.join('; '))
      return
    }
    const spec = { ...objectAt(namespace, 'spec'), finalizers: finalizers.filter((each) => each !== finalizer) }
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}/finalize`
    try {
      await this.#options.api.call({ method: 'PUT', path, body: { ...namespace, spec } })
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  /**
   * Pods go first, and all else when they are gone: what runs must not outlive the policies and secrets it runs by (Kubernetes'
   * OrderedNamespaceDeletion).
   */
  async #empty(namespace: string): Promise<Remains> {
    const contents = this.#options.registry
      .all()
      .filter((each) => each.namespaced && isStored(each) && each.storedAs === undefined)
    const running = await this.#delete(namespace, contents.filter(isPods))
    return running.counts.size > 0 || running.failures.length > 0 ? running : this.#delete(namespace, contents)
  }

  /** Asks for the deletion of everything that is not yet being deleted; returns what is left after that. */
  async #delete(namespace: string, contents: readonly ResourceDefinition[]): Promise<Remains> {
    const failures: string[] = []
    for (const definition of contents) failures.push(...(await this.#deleteAll(definition, namespace)))

    const remains: Remains = { counts: new Map(), finalizers: new Map(), failures }
    for (const definition of contents) {
      for (const object of this.#objects(definition, namespace)) {
        remains.counts.set(definition, (remains.counts.get(definition) ?? 0) + 1)
        for (const held of object.metadata.finalizers ?? []) {
          remains.finalizers.set(held, (remains.finalizers.get(held) ?? 0) + 1)
        }
      }
    }
    return remains
  }

  async #deleteAll(definition: ResourceDefinition, namespace: string): Promise<string[]> {
    const failures: string[] = []
    const batch: Promise<unknown>[] = []
    for (const { metadata } of this.#objects(definition, namespace)) {
      if (metadata.deletionTimestamp !== undefined) continue
      const path = pathOf(definition, namespace, metadata.name ?? '')
      const body: JsonObject = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: 'Background',
        ...(metadata.uid === undefined ? {} : { preconditions: { uid: metadata.uid } }),
      }
      const deletion = this.#deleteOne(path, body).then((failure) => failure !== undefined && failures.push(failure))
      batch.push(deletion)
      if (batch.length >= parallel) await Promise.all(batch.splice(0))
    }
    await Promise.all(batch)
    return failures
  }

  /** Returns why not, when not. */
  async #deleteOne(path: string, body: JsonObject): Promise<string | undefined> {
    try {
      await this.#options.api.call({ method: 'DELETE', path, body })
    } catch (error) {
      if (!isGone(error)) return messageOf(error)
    }
    return undefined
  }

  /** Page by page, so that what was deleted since does not come up again. */
  *#objects(definition: ResourceDefinition, namespace: string): Generator<ReturnType<typeof decodeStored>> {
    let after: string | undefined
    for (;;) {
      const { items } = this.#options.store.list(collectionOf(definition), {
        prefix: `${namespace}/`,
        limit: page,
        ...(after === undefined ? {} : { after }),
      })
      for (const item of items) yield decodeStored(item.value)
      after = items.at(-1)?.key
      if (after === undefined || items.length < page) return
    }
  }

  async #report(namespace: ReturnType<typeof decodeStored>, remains: Remains): Promise<void> {
    const { name = '', resourceVersion = '' } = namespace.metadata
    // Conditions are what setCondition made of them earlier.
    const before = objectsAt(objectAt(namespace, 'status'), 'conditions') as (JsonObject & Condition)[]
    const conditions = remainsConditions(remains, before, this.#options.clock.now())
    if (deepEqual(conditions, before)) return
    const body = {
      metadata: { resourceVersion },
      status: { phase: 'Terminating', conditions },
    }
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}/status`
    try {
      await this.#options.api.call({ method: 'PATCH', path, body })
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
}

function isNamespace(definition: ResourceDefinition): boolean {
  return definition.group === '' && definition.resource === 'namespaces'
}

function isPods(definition: ResourceDefinition): boolean {
  return definition.group === '' && definition.resource === 'pods'
}
