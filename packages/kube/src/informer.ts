/**
 * A list-watch cache that never gives up. Whatever happens to the connection, the cache ends up equal to the server's state, and
 * listeners have heard of every difference, deletions included.
 */

import { backoffDelay, messageOf, silentLogger, type BackoffPolicy, type Clock, type Logger } from '@berth/base'
import { StatusError, type KubeList, type KubeObject, type Resource } from '@berth/meta'
import type { Client, Informer, ListParams, WatchEvent } from './contract.ts'
import { ObjectCache, type Change, type IndexFunction } from './object-cache.ts'
import { keyFor, keyOf } from './key.ts'
import { systemClock, wait } from './system-clock.ts'

export interface InformerOptions<T extends KubeObject> {
  client: Client
  resource: Resource<T>
  /** All namespaces unless given. */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** `{ byNode: (pod) => [pod.spec.nodeName ?? ''] }`, read with `byIndex('byNode', name)`. */
  indexes?: Record<string, IndexFunction<T>>
  /** Objects per list request; 500 unless given. */
  pageSize?: number
  /**
   * What is kept of an object, to save memory: everything unless given. `kind` and the names, uid and resourceVersion in `metadata`
   * must stay.
   */
  shape?: (object: T) => T
  /** Hears of each failed attempt, and with `undefined` when the server has answered after one. */
  onHealth?: (failure: unknown) => void
  backoff?: BackoffPolicy
  clock?: Clock
  random?: () => number
  logger?: Logger
}

/** Local servers come back within a second of a restart; remote ones must not be hammered. */
const defaultBackoff: BackoffPolicy = { initialMs: 200, maxMs: 30_000, factor: 2, jitter: 0.5 }
/** Servers end watches after about this long, at random so that many clients do not return at once. */
const watchSeconds = { least: 300, most: 600 }
/** A watch still open this long after the server should have ended it is a dead connection. */
const watchGraceMs = 30_000
/** A watch that lasted this long was a good one, even without an event. */
const usefulWatchMs = 10_000

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const { client, resource, pageSize = 500, backoff = defaultBackoff, shape = (object) => object } = options
  const { clock = systemClock, random = Math.random } = options
  const logger = (options.logger ?? silentLogger).child({ informer: resource.resource })
  const cache = new ObjectCache<T>(options.indexes ?? {})
  const listeners = new Set<Parameters<Informer<T>['on']>[0]>()
  const selection: ListParams = {}
  if (options.namespace !== undefined) selection.namespace = options.namespace
  if (options.labelSelector !== undefined) selection.labelSelector = options.labelSelector
  if (options.fieldSelector !== undefined) selection.fieldSelector = options.fieldSelector

  const stopping = new AbortController()
  /** Where to watch on from; undefined means that the state must be listed. */
  let revision: string | undefined
  let failures = 0
  /** Events seen so far. */
  let received = 0
  let synced = false
  /** Whether `onHealth` was last told of a failure. */
  let ill = false
  let running: Promise<void> | undefined
  let onSynced: () => void = () => {}
  const firstList = new Promise<void>((resolve) => {
    onSynced = resolve
  })

  function tell(changes: Change<T>[]): void {
    for (const { current, previous } of changes) {
      for (const listener of listeners) {
        try {
          listener(current, previous)
        } catch (error) {
          logger.error(
            { error: messageOf(error), key: keyOf(current ?? previous ?? { metadata: {} }) },
            'listener failed',
          )
        }
      }
    }
  }

  function recovered(): void {
    if (ill) options.onHealth?.(undefined)
    ill = false
  }

  async function list(): Promise<void> {
    const items: T[] = []
    let page: KubeList<T> | undefined
    do {
      const token = page?.metadata.continue
      page = await client.list(resource, {
        ...selection,
        limit: pageSize,
        ...(token === undefined || token === '' ? {} : { continue: token }),
      })
      for (const item of page.items) items.push(shape(item))
      if (stopping.signal.aborted) return
    } while (page.metadata.continue !== undefined && page.metadata.continue !== '')
    revision = page.metadata.resourceVersion ?? ''
    const changes = cache.replace(items)
    synced = true
    recovered()
    tell(changes)
    onSynced()
  }

  async function follow(from: string): Promise<void> {
    const seconds = Math.round(watchSeconds.least + (watchSeconds.most - watchSeconds.least) * random())
    const connection = new AbortController()
    const signal = AbortSignal.any([stopping.signal, connection.signal])
    const cancelTimer = clock.after(seconds * 1000 + watchGraceMs, () => connection.abort())
    try {
      const stream = client.watch(resource, {
        ...selection,
        resourceVersion: from,
        timeoutSeconds: seconds,
        signal,
        onOpen: recovered,
      })
      for await (const event of stream) {
        failures = 0
        received += 1
        apply(event)
        if (stopping.signal.aborted) return
      }
    } finally {
      cancelTimer()
      connection.abort()
    }
  }

  function apply(event: WatchEvent<T>): void {
    revision = event.object.metadata.resourceVersion ?? revision
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
        return tell(cache.put(shape(event.object)))
      case 'DELETED':
        return tell(cache.remove(keyOf(event.object), shape(event.object)))
      case 'BOOKMARK':
        return
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const eventsBefore = received
      const startedMs = clock.now().getTime()
      try {
        if (revision === undefined) {
          await list()
          continue
        }
        await follow(revision)
        // A server may end a watch whenever it likes, but one that ends it at once must not be asked in a tight loop.
        const useful = received > eventsBefore || clock.now().getTime() - startedMs >= usefulWatchMs
        failures = useful ? 0 : failures + 1
      } catch (error) {
        if (stopping.signal.aborted) return
        failures += 1
        ill = true
        options.onHealth?.(error)
        if (error instanceof StatusError && error.httpCode === 410) revision = undefined
        logger.warn({ error: messageOf(error), failures }, revision === undefined ? 'listing again' : 'watching again')
      }
      if (failures > 0) await wait(clock, backoffDelay(backoff, failures, random()), stopping.signal)
    }
  }

  return {
    resource,
    start() {
      running ??= run()
      return firstList
    },
    async stop() {
      stopping.abort()
      onSynced()
      await running
    },
    get synced() {
      return synced
    },
    get: (namespace, name) => cache.get(keyFor(namespace, name)),
    list: () => cache.list(),
    byIndex: (index, value) => cache.byIndex(index, value),
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
