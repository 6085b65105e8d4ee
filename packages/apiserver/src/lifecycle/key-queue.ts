/**
 * The engine of every controller here: keys wait in a set, a bounded number is worked on at once, never one key twice at a time,
 * and a key whose work failed comes back later and later.
 */

import { backoffDelay, messageOf, type Clock, type Logger } from '@berth/base'

export interface KeyQueueOptions {
  name: string
  workers: number
  clock: Clock
  logger: Logger
  /** A number in [0, 1), for jitter. */
  random: () => number
  /** Throwing means: again, with back-off. */
  reconcile(key: string): Promise<void>
}

const policy = { initialMs: 50, maxMs: 30_000 }
/** Failures before one is worth a warning; lost races settle themselves sooner. */
const quietFailures = 5

export class KeyQueue {
  readonly #options: KeyQueueOptions
  readonly #waiting = new Set<string>()
  readonly #running = new Set<string>()
  /** Keys that came again while they were worked on. */
  readonly #again = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #timers = new Map<string, () => void>()
  #stopped = false
  #idle: (() => void)[] = []

  constructor(options: KeyQueueOptions) {
    this.#options = options
  }

  add(key: string): void {
    if (this.#stopped) return
    if (this.#running.has(key)) this.#again.add(key)
    else this.#waiting.add(key)
    // Never inside the caller: events come in the middle of other work.
    queueMicrotask(() => this.#pump())
  }

  /** Adds the key after a while, unless it is already going to come by then. */
  addAfter(key: string, ms: number): void {
    if (this.#stopped || this.#timers.has(key) || this.#waiting.has(key)) return
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(key)
      this.add(key)
    })
    this.#timers.set(key, cancel)
  }

  /** Resolves when nothing waits and nothing runs; timers do not count. */
  async idle(): Promise<void> {
    if (this.#waiting.size === 0 && this.#running.size === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Takes no more keys, and resolves when the running ones are through. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
    this.#waiting.clear()
    await this.idle()
  }

  #pump(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.workers) return
      this.#waiting.delete(key)
      this.#running.add(key)
      void this.#work(key)
    }
  }

  async #work(key: string): Promise<void> {
    try {
      await this.#options.reconcile(key)
      this.#failures.delete(key)
    } catch (error) {
      this.#fail(key, error)
    }
    this.#running.delete(key)
    if (this.#again.delete(key) && !this.#stopped) this.#waiting.add(key)
    this.#pump()
    if (this.#waiting.size > 0 || this.#running.size > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #fail(key: string, error: unknown): void {
    if (this.#stopped) return
    const { name, logger, random } = this.#options
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    const line = { controller: name, key, failures, error: messageOf(error) }
    if (failures < quietFailures) logger.debug(line, 'will be tried again')
    else logger.warn(line, 'keeps failing; will be tried again')
    this.addAfter(key, backoffDelay(policy, failures, random()))
  }
}
