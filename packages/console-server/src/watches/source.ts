/** One watch: an informer that tells how it does. */

import type { Clock, Logger } from '@berth/base'
import { createInformer, type Client } from '@berth/kube'
import type { KubeObject, Resource } from '@berth/meta'
import type { ChangeListener, Variant, WatchState, Where } from './contract.ts'
import { createEmitter } from './emitter.ts'
import { sameState, stateAfter } from './watch-state.ts'

/** A feed without its users. */
export interface Source<T extends KubeObject> {
  readonly state: WatchState
  readonly synced: boolean
  get(namespace: string | undefined, name: string): Readonly<T> | undefined
  list(): Readonly<T>[]
  onChange(listener: ChangeListener<T>): () => void
  onState(listener: (state: WatchState) => void): () => void
  stop(): Promise<void>
}

/** People wait for it: shorter than what controllers use, and servers that are gone are still not hammered. */
const backoff = { initialMs: 200, maxMs: 5_000, factor: 2, jitter: 0.3 }
/** Fewer round trips before the first row than the informers' default; a page of machines is about 5 MB. */
const pageSize = 1000

export function startSource<T extends KubeObject>(options: {
  client: Client
  /** Name of the cluster, for messages. */
  cluster: string
  resource: Resource<T>
  where?: Where | undefined
  variant?: Variant<T> | undefined
  clock: Clock
  logger: Logger
  /** When it may begin; at once unless given. */
  turn?: ((begin: (heard: () => void) => void) => () => void) | undefined
}): Source<T> {
  const { client, cluster, resource, where = {}, variant, clock, logger, turn = atOnce } = options
  const of = { resource: resource.resource, cluster }
  let state: WatchState = { state: 'loading' }
  let heard = (): void => {}
  const states = createEmitter<[WatchState]>()
  const informer = createInformer<T>({
    client,
    resource,
    ...selectionOf(where, variant),
    ...(variant?.shape === undefined ? {} : { shape: variant.shape }),
    pageSize,
    backoff,
    clock,
    logger: quieter(logger),
    onHealth: (failure) => become(failure === undefined ? { state: 'live' } : stateAfter(failure, of)),
  })

  async function begin(): Promise<void> {
    await informer.start()
    // Stopping resolves it, too.
    if (informer.synced) become({ state: 'live' })
    heard()
  }

  function become(next: WatchState): void {
    heard()
    if (sameState(state, next)) return
    state = next
    // Once for each turn of things; the informer tries again and again, and would say so each time.
    if (next.state === 'stale' || next.state === 'forbidden') {
      logger.warn({ ...of, state: next.state, why: next.message }, 'a watch does not get through')
    }
    states.emit(next)
  }

  const leave = turn((whenHeard) => {
    heard = whenHeard
    void begin()
  })
  return {
    get state() {
      return state
    },
    get synced() {
      return informer.synced
    },
    get: (namespace, name) => informer.get(namespace, name),
    list: () => informer.list(),
    onChange: (listener) => informer.on(listener),
    onState: (listener) => states.on(listener),
    stop() {
      leave()
      return informer.stop()
    },
  }
}

function atOnce(begin: (heard: () => void) => void): () => void {
  begin(() => {})
  return () => {}
}

function selectionOf(where: Where, variant: { labelSelector?: string } | undefined): Where {
  const { namespace, name, fieldSelector } = where
  const labels = joined(where.labelSelector, variant?.labelSelector)
  const fields = joined(name === undefined ? undefined : `metadata.name=${name}`, fieldSelector)
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === '' ? {} : { labelSelector: labels }),
    ...(fields === '' ? {} : { fieldSelector: fields }),
  }
}

function joined(...selectors: (string | undefined)[]): string {
  return selectors.filter((each) => each !== undefined && each !== '').join(',')
}

/** Warnings as details. */
function quieter(logger: Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.debug(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => quieter(logger.child(fields)),
  }
}
