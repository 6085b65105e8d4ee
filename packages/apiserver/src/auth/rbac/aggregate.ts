/** ClusterRole aggregation: a role with an aggregationRule holds the rules of all roles its selectors pick. */

import { messageOf, type Logger } from '@berth/base'
import {
  deepEqual,
  labelSelectorFromObject,
  matchesLabels,
  type JsonObject,
  type KubeObject,
  type LabelSelectorObject,
} from '@berth/meta'
import { objectAt, objectsAt } from '../../core/fields.ts'
import { decodeStored, encodeObject } from '../../rest/stored-form.ts'
import { StoreError, type Store, type WatchHandle } from '../../storage/store.ts'
import { rbacCollections } from '../rbac.ts'

type ClusterRole = KubeObject & JsonObject

/**
 * The rules an aggregating role should have: those of the picked roles, in order of their names, each once.
 * Undefined for a role that does not aggregate.
 * @throws {MetaError} InvalidLabelSelector
 */
function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): JsonObject[] | undefined {
  const aggregation = objectAt(role, 'aggregationRule')
  if (aggregation === undefined) return undefined
  const selectors = objectsAt(aggregation, 'clusterRoleSelectors').map((selector) =>
    // Its schema has vouched for the shape.
    labelSelectorFromObject(selector as LabelSelectorObject),
  )
  const rules: JsonObject[] = []
  for (const other of all) {
    // A role does not pick itself, or it could never lose a rule again.
    if (other.metadata.name === role.metadata.name) continue
    if (!selectors.some((selector) => matchesLabels(selector, other.metadata.labels))) continue
    for (const rule of objectsAt(other, 'rules')) {
      if (!rules.some((kept) => deepEqual(kept, rule))) rules.push(rule)
    }
  }
  return rules
}

/** Keeps all aggregating roles up to date: once when made, then on every change of a cluster role. */
export class RoleAggregation {
  readonly #store: Store
  readonly #logger: Logger
  readonly #watch: WatchHandle
  #dirty = false
  #closed = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: { store: Store; logger: Logger }) {
    this.#store = options.store
    this.#logger = options.logger
    this.#watch = this.#store.watch(rbacCollections.clusterRoles, { from: this.#store.revision }, () => this.#start())
    this.#start()
  }

  /** Resolves when everything durable at the time of the call is taken into account. */
  settled(): Promise<void> {
    return this.#running
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watch.close()
    await this.#running
  }

  #start(): void {
    // One round is waiting already: it will see this change too.
    if (this.#dirty) return
    this.#dirty = true
    this.#running = this.#running.then(() => this.#round())
  }

  async #round(): Promise<void> {
    this.#dirty = false
    if (this.#closed) return
    try {
      await aggregateOnce(this.#store)
    } catch (error) {
      // When somebody changed a role meanwhile, their event has started another round. Otherwise the next change does.
      if (error instanceof StoreError && error.code === 'Conflict') return
      this.#logger.error({ error: messageOf(error) }, 'cluster roles could not be aggregated')
    }
  }
}

async function aggregateOnce(store: Store): Promise<void> {
  const { items } = store.list(rbacCollections.clusterRoles)
  const roles = items.map(({ key, value, revision }) => ({ key, revision, role: decodeStored(value) }))
  const all = roles.map(({ role }) => role)
  const writes = roles.flatMap(({ key, revision, role }) => {
    const rules = rulesIfValid(role, all)
    if (rules === undefined || deepEqual(rules, objectsAt(role, 'rules'))) return []
    // Decoded for this round alone, so it may be changed.
    role['rules'] = rules
    const encode = (next: number): Buffer => encodeObject(role, next)
    return [{ op: 'put' as const, collection: rbacCollections.clusterRoles, key, expect: revision, encode }]
  })
  await store.write(writes)
}

function rulesIfValid(role: ClusterRole, all: readonly ClusterRole[]): JsonObject[] | undefined {
  try {
    return aggregatedRules(role, all)
  } catch {
    // Validation refuses such selectors on writing; a role that has one all the same keeps the rules it has.
    return undefined
  }
}
