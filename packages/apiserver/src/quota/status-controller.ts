/** Keeps `status.hard` and `status.used` of quotas as the ledger has them. */

import { compareQuantities, formatQuantity, type JsonObject } from '@berth/meta'
import { objectAt } from '../core/fields.ts'
import { isConflict, isGone, type InternalApi } from '../lifecycle/internal-api.ts'
import type { KeyQueue } from '../lifecycle/key-queue.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import type { QuotaLedger } from './ledger.ts'
import { readUsage, type Usage } from './usage.ts'

export interface QuotaStatusOptions {
  api: InternalApi
  store: Pick<Store, 'get'>
  ledger: QuotaLedger
}

export class QuotaStatusController {
  readonly #options: QuotaStatusOptions
  #unsubscribe: (() => void) | undefined

  constructor(options: QuotaStatusOptions) {
    this.#options = options
  }

  start(queue: Pick<KeyQueue, 'add'>): void {
    const { ledger } = this.#options
    this.#unsubscribe = ledger.onChange((key) => queue.add(key))
    for (const key of ledger.keys()) queue.add(key)
  }

  stop(): void {
    this.#unsubscribe?.()
  }

  async reconcile(key: string): Promise<void> {
    const { api, store, ledger } = this.#options
    const stored = store.get('core/resourcequotas', key)
    const account = ledger.account(key)
    if (stored === undefined || account === undefined) return
    const quota = decodeStored(stored.value)
    const hard = objectAt(objectAt(quota, 'spec'), 'hard') ?? {}
    const status = objectAt(quota, 'status')
    if (same(objectAt(status, 'hard'), account.hard) && same(objectAt(status, 'used'), account.used)) return
    const used = Object.fromEntries([...account.used].map(([name, quantity]) => [name, formatQuantity(quantity)]))
    const [namespace = '', name = ''] = key.split('/').map(encodeURIComponent)
    const path = `/api/v1/namespaces/${namespace}/resourcequotas/${name}/status`
    try {
      await api.call({ method: 'PUT', path, body: { ...quota, status: { hard, used } } })
    } catch (error) {
      // Someone wrote in between: the change that told of it brings the key again.
      if (!isGone(error) && !isConflict(error)) throw error
    }
  }
}

/** The same amounts, however they are written. */
function same(amounts: JsonObject | undefined, usage: Usage): boolean {
  const said = readUsage(amounts)
  if (amounts === undefined || said.size !== usage.size) return false
  return [...usage].every(([name, quantity]) => {
    const known = said.get(name)
    return known !== undefined && compareQuantities(known, quantity) === 0
  })
}
