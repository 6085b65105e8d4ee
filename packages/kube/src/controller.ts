/** Informers in, `reconcile(key)` out: the one controller pattern. */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { messageOf, silentLogger, type BackoffPolicy, type Clock, type Logger } from '@berth/base'
import { StatusError, type KubeObject } from '@berth/meta'
import type { Controller, ControllerOptions, ControllerWatch } from './contract.ts'
import { keyOf } from './key.ts'
import { createWorkQueue } from './work-queue.ts'

export interface ControllerRuntime {
  clock?: Clock
  random?: () => number
  logger?: Logger
  /** Back-off of a key whose reconcile throws. */
  backoff?: BackoffPolicy
  /** After each reconcile, for metrics. */
  onReconciled?(result: { key: string; durationMs: number; error: unknown }): void
}

/**
 * A reconcile that finds all it needs at hand never leaves the event loop's turn. Thousands in a row would keep requests waiting for
 * seconds, so after so many milliseconds others have a turn.
 */
const turnMs = 10

/**
 * Starts the informers it watches (sharing them is fine; stopping them stays with their owner), waits until all have
 * listed, then reconciles every key they name and every key that changes.
 */
export function createController(options: ControllerOptions & ControllerRuntime): Controller {
  const { name, workers = 4, watches, clock } = options
  const logger = (options.logger ?? silentLogger).child({ controller: name })
  const queue = createWorkQueue({
    ...(clock === undefined ? {} : { clock }),
    ...(options.random === undefined ? {} : { random: options.random }),
    ...(options.backoff === undefined ? {} : { backoff: options.backoff }),
  })
  const stopping = new AbortController()
  const unsubscribe: (() => void)[] = []
  let running: Promise<void> | undefined
  let turnBegan = performance.now()

  function subscribe(watch: ControllerWatch): void {
    const keys = (object: Readonly<KubeObject> | undefined): string[] =>
      object === undefined ? [] : (watch.keys?.(object) ?? [keyOf(object)])
    unsubscribe.push(
      // Both states count: an object that moves from one owner to another concerns both.
      watch.informer.on((current, previous) => {
        for (const key of new Set([...keys(previous), ...keys(current)])) queue.add(key)
      }),
    )
    for (const object of watch.informer.list()) for (const key of keys(object)) queue.add(key)
  }

  async function run(): Promise<void> {
    for (const watch of watches) subscribe(watch)
    await Promise.all(watches.map((watch) => watch.informer.start()))
    await Promise.all(Array.from({ length: workers }, work))
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const key = await queue.take()
      if (key === undefined) return
      await handle(key)
      queue.done(key)
      await giveTurn()
    }
  }

  async function giveTurn(): Promise<void> {
    if (performance.now() - turnBegan < turnMs) return
    await nextTurn()
    turnBegan = performance.now()
  }

  async function handle(key: string): Promise<void> {
    const started = performance.now()
    let error: unknown
    try {
      const result = await options.reconcile(key, stopping.signal)
      queue.forget(key)
      if (result !== undefined) queue.addAfter(key, result.requeueAfterMs)
    } catch (thrown) {
      error = thrown
      if (stopping.signal.aborted) return
      const retryInMs = queue.retry(key)
      const fields = { key, error: messageOf(thrown), retryInMs }
      // Somebody else wrote first: reading again is the cure, and no news.
      if (thrown instanceof StatusError && thrown.code === 'Conflict') logger.debug(fields, 'conflict')
      else logger.warn(thrown instanceof Error ? { ...fields, stack: thrown.stack } : fields, 'reconcile failed')
    }
    options.onReconciled?.({ key, durationMs: performance.now() - started, error })
  }

  return {
    start() {
      running ??= run()
    },
    enqueue: (key) => queue.add(key),
    async stop() {
      stopping.abort()
      for (const off of unsubscribe) off()
      queue.close()
      await running
    },
  }
}
