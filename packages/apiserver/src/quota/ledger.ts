/**
 * What every quota allows and how much of it is taken. One process serves the API, so this one book is exact: it follows the store,
 * and a write that was admitted keeps its room until the store has told of it or it failed. Nothing of it is stored; after a crash
 * it is written anew from the objects there are.
 */

import type { Clock } from '@berth/base'
import { objectAt } from '../core/fields.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store, StoreEvent, WatchHandle } from '../storage/store.ts'
import { QuotaAccount } from './account.ts'
import type { Usage } from './usage.ts'

export interface QuotaLedgerOptions {
  store: Pick<Store, 'get' | 'list' | 'watch'>
  clock: Clock
}

/** Room that is kept for one write. */
export interface Reservation {
  readonly place: string
  /** Of the object to be created. */
  readonly uid: string | undefined
  /** Revision of the object to be changed. */
  readonly base: number
  readonly accounts: readonly QuotaAccount[]
}

const quotas = 'core/resourcequotas'
/** The longest a timer can wait; longer waits take several. */
const maxWaitMs = 2_000_000_000

export class QuotaLedger {
  readonly #store: QuotaLedgerOptions['store']
  readonly #clock: Clock
  readonly #accounts = new Map<string, Map<string, QuotaAccount>>()
  readonly #watches = new Map<string, { handle: WatchHandle; users: Set<QuotaAccount> }>()
  readonly #reservations = new Map<string, Set<Reservation>>()
  readonly #timers = new Map<string, () => void>()
  readonly #listeners = new Set<(key: string) => void>()
  readonly #handle: WatchHandle

  /** Knows every quota before this returns. */
  constructor({ store, clock }: QuotaLedgerOptions) {
    this.#store = store
    this.#clock = clock
    const { items, revision } = store.list(quotas)
    for (const { key, value } of items) this.#define(key, decodeStored(value))
    this.#handle = store.watch(quotas, { from: revision }, ({ key, value, type }) => {
      if (type === 'delete') this.#forget(key)
      else this.#define(key, decodeStored(value))
    })
  }

  /** `namespace/name` of all quotas. */
  *keys(): Generator<string> {
    for (const [namespace, accounts] of this.#accounts) for (const name of accounts.keys()) yield `${namespace}/${name}`
  }

  /** By name, so that it is always the same quota that refuses. */
  accountsOf(namespace: string): readonly QuotaAccount[] {
    const accounts = [...(this.#accounts.get(namespace)?.values() ?? [])]
    return accounts.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  has(namespace: string): boolean {
    return this.#accounts.has(namespace)
  }

  account(key: string): QuotaAccount | undefined {
    const [namespace = '', name = ''] = key.split('/')
    return this.#accounts.get(namespace)?.get(name)
  }

  /** Called with the key of a quota when it, or what is used of it, changed. Returns the way to stop it. */
  onChange(listener: (key: string) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Keeps room in all of `wanted` until the write is known to have happened, or is given back. */
  reserve(write: Pick<Reservation, 'place' | 'uid' | 'base'>, wanted: ReadonlyMap<QuotaAccount, Usage>): Reservation {
    const reservation: Reservation = { ...write, accounts: [...wanted.keys()] }
    for (const [account, usage] of wanted) account.promise(reservation, usage)
    const known = this.#reservations.get(write.place) ?? new Set()
    this.#reservations.set(write.place, known.add(reservation))
    return reservation
  }

  /** Gives the room back; the object itself, when it was written, is counted by then. */
  release(reservation: Reservation): void {
    for (const account of reservation.accounts) account.release(reservation)
    const known = this.#reservations.get(reservation.place)
    known?.delete(reservation)
    if (known?.size === 0) this.#reservations.delete(reservation.place)
  }

  close(): void {
    this.#handle.close()
    for (const { handle } of this.#watches.values()) handle.close()
    for (const cancel of this.#timers.values()) cancel()
    this.#watches.clear()
    this.#timers.clear()
    this.#accounts.clear()
    this.#listeners.clear()
  }

  #define(key: string, quota: ApiObject): void {
    const [namespace = '', name = ''] = key.split('/')
    const accounts = this.#accounts.get(namespace) ?? new Map<string, QuotaAccount>()
    const account = accounts.get(name) ?? new QuotaAccount(namespace, name)
    this.#accounts.set(namespace, accounts.set(name, account))
    if (account.define(objectAt(quota, 'spec'))) this.#chargeAll(account)
    this.#tell(key)
  }

  #forget(key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    const accounts = this.#accounts.get(namespace)
    const account = accounts?.get(name)
    if (accounts === undefined || account === undefined) return
    accounts.delete(name)
    if (accounts.size === 0) this.#accounts.delete(namespace)
    this.#unwatch(account, () => true)
  }

  #chargeAll(account: QuotaAccount): void {
    this.#unwatch(account, (collection) => !account.evaluators.has(collection))
    for (const collection of account.evaluators.keys()) {
      const { items, revision } = this.#store.list(collection, { prefix: `${account.namespace}/` })
      for (const { key, value } of items) this.#charge(account, { collection, key }, decodeStored(value))
      this.#watch(account, collection, revision)
    }
  }

  #watch(account: QuotaAccount, collection: string, from: number): void {
    const known = this.#watches.get(collection)
    if (known !== undefined) {
      known.users.add(account)
      return
    }
    const handle = this.#store.watch(collection, { from }, (event) => this.#observe(event))
    this.#watches.set(collection, { handle, users: new Set([account]) })
  }

  #unwatch(account: QuotaAccount, gone: (collection: string) => boolean): void {
    for (const [collection, { handle, users }] of this.#watches) {
      if (!gone(collection) || !users.delete(account) || users.size > 0) continue
      handle.close()
      this.#watches.delete(collection)
    }
  }

  #observe({ type, collection, key, value, revision }: StoreEvent): void {
    const accounts = this.#accounts.get(key.split('/', 1)[0] ?? '')
    if (accounts === undefined) return
    const object = decodeStored(value)
    this.#realise(`${collection}/${key}`, { type, revision, uid: object.metadata.uid })
    for (const account of accounts.values()) {
      this.#charge(account, { collection, key }, type === 'delete' ? undefined : object)
    }
  }

  /**
   * Room kept for a write ends with the event of that write, so that it is never counted twice. A create is known by its uid; a change
   * by the revision it was based on: the next one is it, or it has failed.
   */
  #realise(place: string, event: { type: StoreEvent['type']; revision: number; uid: string | undefined }): void {
    for (const reservation of this.#reservations.get(place) ?? []) {
      const { uid, base } = reservation
      const happened = uid === undefined ? event.revision > base : event.type === 'put' && event.uid === uid
      if (happened) this.release(reservation)
    }
  }

  #charge(account: QuotaAccount, at: { collection: string; key: string }, object: ApiObject | undefined): void {
    const evaluator = account.evaluators.get(at.collection)
    if (evaluator === undefined) return
    const place = `${at.collection}/${at.key}`
    const now = this.#clock.now()
    const changed = account.charge(place, evaluator, object, now)
    const changesAt = object === undefined ? undefined : evaluator.changesAt?.(object)
    this.#schedule(at, changesAt === undefined ? undefined : changesAt - now.getTime())
    if (changed) this.#tell(`${account.namespace}/${account.name}`)
  }

  /** Looks at an object again when its usage changes by itself. */
  #schedule(at: { collection: string; key: string }, waitMs: number | undefined): void {
    const place = `${at.collection}/${at.key}`
    this.#timers.get(place)?.()
    this.#timers.delete(place)
    if (waitMs === undefined || waitMs < 0) return
    const again = (): void => {
      this.#timers.delete(place)
      const stored = this.#store.get(at.collection, at.key)
      if (stored === undefined) return
      const object = decodeStored(stored.value)
      for (const account of this.accountsOf(at.key.split('/', 1)[0] ?? '')) this.#charge(account, at, object)
    }
    this.#timers.set(place, this.#clock.after(Math.min(waitMs + 1, maxWaitMs), again))
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key)
  }
}
