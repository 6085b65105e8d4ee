/** GET of a collection with `?watch`. */

import { Readable, type Duplex } from 'node:stream'
import { StatusError } from '@berth/meta'
import { collectionOf } from '../resource/traits.ts'
import { StoreError, type StoredObject, type WatchHandle } from '../storage/store.ts'
import type { ApiAnswer } from '../transport.ts'
import { inSlices } from '../server/turns.ts'
import { Backlog, type Pending } from '../watch/backlog.ts'
import { frameOfValue } from '../watch/frames.ts'
import { WatchRenderer } from '../watch/render.ts'
import { readWatchOptions, type WatchOptions } from '../watch/watch-options.ts'
import type { ResourceCall, RestServices } from './call.ts'
import { checkNotTooNew, tooNew, tooOld } from './list-version.ts'
import { prefixOf } from './list.ts'
import { selectionOf } from './selection.ts'

/** Tells a client that asked for it that the initial events are over (KEP-3157). */
const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' }

export async function watch(call: ResourceCall): Promise<ApiAnswer> {
  const { definition, request, representation, services } = call
  if (representation.media !== 'json') {
    throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json;stream=watch')
  }
  const selection = selectionOf(definition, request.query)
  const options = readWatchOptions(request.query, services.limits, () => services.random.number())
  if (options.notBefore !== undefined) checkNotTooNew(services.store, String(options.notBefore))
  const body = start(call, options, new WatchRenderer(call, selection))
  if (request.upgrade)
    return { kind: 'upgrade', protocol: '', frames: 'text', open: (channel) => send(body, channel, services) }
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }
  return { kind: 'stream', code: 200, headers, body }
}

/** One message per event, no faster than the client takes them. */
function send(backlog: Backlog, channel: Duplex, { clock, limits }: RestServices): void {
  // Whatever a client says on a watch is nothing we listen to; unread it would hold up its goodbye.
  channel.resume()
  channel.once('close', () => backlog.close())
  // Each chunk must stay one write, and so one message.
  const frames = Readable.from(backlog, { objectMode: true, highWaterMark: 1 })
  frames.on('error', () => channel.destroy())
  let sent = 0
  let before = 0
  frames.on('data', () => (sent += 1))
  const stop = repeat(clock, limits.stallMs, () => {
    if (channel.writableLength > 0 && sent === before) channel.destroy()
    before = sent
  })
  channel.once('close', stop)
  frames.pipe(channel)
}

function start(call: ResourceCall, options: WatchOptions, renderer: WatchRenderer): Backlog {
  const { definition, request, services } = call
  const { limits, metrics, store, clock } = services
  const labels = { group: definition.group, resource: definition.resource }
  const stops: (() => void)[] = []
  const cutOff = (): void => {
    metrics.watchCutOff(labels)
    services.logger.warn({ ...labels, user: call.user.name }, 'a watcher did not keep up and was cut off')
    const told = tooOld(`too old resource version: the watcher did not keep up; the current one is ${store.revision}`)
    backlog.cut(errorFrame(told))
    stop()
  }
  const stop = (): void => {
    for (const each of stops.splice(0)) each()
  }
  const backlog = new Backlog({
    limits: { events: limits.watchBacklog, bytes: limits.watchBacklogBytes },
    budget: services.backlogs,
    joined: !request.upgrade,
    onClose() {
      stop()
      metrics.watchEnded(labels)
    },
    onExcess: cutOff,
  })
  metrics.watchStarted(labels)
  stops.push(
    onAbort(request.signal, () => backlog.close()),
    onAbort(services.closing, () => backlog.end()),
    onAbort(services.registry.ended(definition.group, definition.resource), () => backlog.end()),
  )
  let live = false
  const bookmark = (): void => {
    if (options.bookmarks && live && !backlog.push(renderer.bookmark(store.revision))) cutOff()
  }
  stops.push(repeat(clock, limits.bookmarkMs, bookmark))
  stops.push(
    clock.after(options.timeoutMs, () => {
      // A last bookmark lets the client resume without a gap even when nothing happened.
      bookmark()
      backlog.end()
    }),
  )
  const attachAt = (from: number): void => {
    const handle = attach(call, { from, backlog, renderer, cutOff })
    live = handle !== undefined
    if (handle !== undefined) stops.push(() => handle.close())
  }
  if (options.initialEvents) {
    const state = store.list(collectionOf(definition), prefixOf(call))
    const goOn = (): void => {
      if (options.markInitialEnd) backlog.preload(renderer.bookmark(state.revision, initialEventsEnd))
      if (!backlog.closed) attachAt(state.revision)
    }
    // Small states at once, so that nothing that happens after the answer is ever waited for.
    if (state.items.length <= atOnce) {
      for (const item of state.items) preload(backlog, renderer, item)
      goOn()
    } else {
      void inSlices(state.items, (item) => preload(backlog, renderer, item)).then(goOn, (error: unknown) => {
        services.logger.error({ ...labels, err: error }, 'the initial events of a watch failed')
        backlog.close()
      })
    }
  } else attachAt(options.from ?? store.revision)
  return backlog
}

/** Objects that one turn can go through without others noticing. */
const atOnce = 200

/** @returns false when nobody waits for it any more */
function preload(backlog: Backlog, renderer: WatchRenderer, item: StoredObject): boolean {
  const pending = renderer.initial(item)
  if (pending !== undefined) backlog.preload(pending)
  return !backlog.closed
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
    backlog.preload(errorFrame(refused))
    backlog.end()
    return undefined
  }
}

function errorFrame({ status }: StatusError): Pending {
  const frame = frameOfValue('ERROR', status)
  return { bytes: frame.length, render: () => frame }
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
