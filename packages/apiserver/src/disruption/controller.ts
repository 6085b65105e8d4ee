/** Keeps the status of PodDisruptionBudgets: how many pods are healthy, and how many may be evicted. */

import type { Clock } from '@berth/base'
import { deepEqual } from '@berth/meta'
import { isConflict, isGone, type InternalApi } from '../lifecycle/internal-api.ts'
import type { KeyQueue } from '../lifecycle/key-queue.ts'
import type { ObjectChange } from '../lifecycle/object-feed.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import { budgetStatus, concerns, forgetsIn } from './budget.ts'

export interface DisruptionControllerOptions {
  api: InternalApi
  store: Pick<Store, 'get' | 'list'>
  clock: Pick<Clock, 'now'>
}

const collection = 'policy/poddisruptionbudgets'

export class DisruptionController {
  readonly #options: DisruptionControllerOptions
  /** Keys of the budgets there are, by namespace: most namespaces have none, and their pods cost nothing. */
  readonly #budgets = new Map<string, Set<string>>()

  constructor(options: DisruptionControllerOptions) {
    this.#options = options
  }

  observe({ definition, key, metadata, removed }: ObjectChange, queue: Pick<KeyQueue, 'add'>): void {
    const { namespace = '' } = metadata
    const known = this.#budgets.get(namespace)
    if (definition.group === 'policy' && definition.resource === 'poddisruptionbudgets') {
      if (!removed) {
        this.#budgets.set(namespace, (known ?? new Set<string>()).add(key))
        queue.add(key)
      } else if (known?.delete(key) === true && known.size === 0) this.#budgets.delete(namespace)
    } else if (definition.group === '' && definition.resource === 'pods') {
      for (const budget of known ?? []) queue.add(budget)
    }
  }

  async reconcile(key: string, queue: Pick<KeyQueue, 'addAfter'>): Promise<void> {
    const { api, store, clock } = this.#options
    const stored = store.get(collection, key)
    if (stored === undefined) return
    const budget = decodeStored(stored.value)
    const [namespace = '', name = ''] = key.split('/')
    const pods = store
      .list('core/pods', { prefix: `${namespace}/` })
      .items.map(({ value }) => decodeStored(value))
      .filter((pod) => concerns(budget, pod))
    const now = clock.now()
    const status = budgetStatus(budget, pods, now)
    const again = forgetsIn(status, now)
    if (again !== undefined) queue.addAfter(key, again)
    if (deepEqual(status, budget['status'])) return
    const path = `/apis/policy/v1/namespaces/${encodeURIComponent(namespace)}/poddisruptionbudgets/${encodeURIComponent(name)}/status`
    try {
      await api.call({ method: 'PUT', path, body: { ...budget, status } })
    } catch (error) {
      // Someone wrote in between: the change that told of it brings the key again.
      if (!isGone(error) && !isConflict(error)) throw error
    }
  }
}
