/** GET of a collection with `?watch`. */

import { badRequest, StatusError } from '@berth/meta'
import { collectionOf } from '../resource/traits.ts'
import { StoreError, type StoredObject, type WatchHandle } from '../storage/store.ts'
import type { ApiAnswer } from '../transport.ts'
import { Backlog } from '../watch/backlog.ts'
import { frameOfValue } from '../watch/frames.ts'
import { WatchRenderer } from '../watch/render.ts'
import { readWatchOptions, type WatchOptions } from '../watch/watch-options.ts'
import type { ResourceCall } from './call.ts'
import { tooNew, tooOld } from './list-version.ts'
import { prefixOf } from './list.ts'
import { selectionOf } from './selection.ts'

/** Tells a client that asked for it that the initial events are over (KEP-3157). */
const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' }

export async function watch(call: ResourceCall): Promise<ApiAnswer> {
  const { definition, request, representation, services } = call
  if (request.upgrade) throw badRequest('watch is not served over WebSocket; use a plain GET')
  if (representation.media !== 'json') {
    throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json;stream=watch')
  }
  const selection = selectionOf(definition, request.query)
  const options = readWatchOptions(request.query, services.limits, () => services.random.number())
  const body = start(call, options, new WatchRenderer(call, selection))
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }
  return { kind: 'stream', code: 200, headers, body }
}

function start(call: ResourceCall, options: WatchOptions, renderer: WatchRenderer): Backlog {
  const { definition, request, services } = call
  const { limits, metrics, store, clock } = services
  const labels = { group: definition.group, resource: definition.resource }
  const stops: (() => void)[] = []
  const backlog = new Backlog({ events: limits.watchBacklog, bytes: limits.watchBacklogBytes }, () => {
    for (const stop of stops) stop()
    metrics.watchEnded(labels)
  })
  metrics.watchStarted(labels)
  const cutOff = (): void => {
    metrics.watchCutOff(labels)
    services.logger.warn({ ...labels, user: call.user.name }, 'a watcher did not keep up and was cut off')
    backlog.close()
  }

  let from = options.from ?? store.revision
  if (options.initialEvents) {
    const state = store.list(collectionOf(definition), prefixOf(call))
    from = state.revision
    preload(backlog, renderer, state.items)
    if (options.markInitialEnd) backlog.preload(renderer.bookmark(from, initialEventsEnd))
  }
  const handle = attach(call, { from, backlog, renderer, cutOff })
  if (handle !== undefined) stops.push(() => handle.close())

  const bookmark = (): void => {
    if (options.bookmarks && handle !== undefined && !backlog.push(renderer.bookmark(store.revision))) cutOff()
  }
  stops.push(repeat(clock, limits.bookmarkMs, bookmark))
  stops.push(
    clock.after(options.timeoutMs, () => {
      // A last bookmark lets the client resume without a gap even when nothing happened.
      bookmark()
      backlog.end()
    }),
  )
  stops.push(
    onAbort(request.signal, () => backlog.close()),
    onAbort(services.closing, () => backlog.end()),
    onAbort(services.registry.ended(definition.group, definition.resource), () => backlog.end()),
  )
  return backlog
}

function preload(backlog: Backlog, renderer: WatchRenderer, items: readonly StoredObject[]): void {
  for (const item of items) {
    const pending = renderer.initial(item)
    if (pending !== undefined) backlog.preload(pending)
  }
}

/** Connects the backlog to the store; a revision that cannot be watched becomes an ERROR event, as client-go expects. */
function attach(
  call: ResourceCall,
  { from, backlog, renderer, cutOff }: { from: number; backlog: Backlog; renderer: WatchRenderer; cutOff: () => void },
): WatchHandle | undefined {
  const { store } = call.services
  let replaying = true
  try {
    const handle = store.watch(collectionOf(call.definition), { from, ...prefixOf(call) }, (event) => {
      const pending = renderer.event(event)
      if (pending === undefined) return
      if (replaying) backlog.preload(pending)
      else if (!backlog.push(pending)) cutOff()
    })
    replaying = false
    backlog.startCounting()
    return handle
  } catch (error) {
    const refused = error instanceof StoreError ? watchError(error, from, store.revision) : undefined
    if (refused === undefined) {
      backlog.close()
      throw error
    }
    const frame = frameOfValue('ERROR', refused.status)
    backlog.preload({ bytes: frame.length, render: () => frame })
    backlog.end()
    return undefined
  }
}

function watchError(error: StoreError, from: number, current: number): StatusError | undefined {
  if (error.code === 'Compacted') return tooOld(`too old resource version: ${from} (${current})`)
  return error.code === 'FutureRevision' ? tooNew(from, current) : undefined
}

function repeat(clock: ResourceCall['services']['clock'], ms: number, work: () => void): () => void {
  let cancel = clock.after(ms, again)
  function again(): void {
    cancel = clock.after(ms, again)
    work()
  }
  return () => cancel()
}

function onAbort(signal: AbortSignal, work: () => void): () => void {
  if (signal.aborted) work()
  signal.addEventListener('abort', work, { once: true })
  return () => signal.removeEventListener('abort', work)
}
