/** Events on their way to the disk: a bounded buffer, written in batches, in order. */

import { messageOf, type Clock, type Logger } from '@berth/base'
import type { JsonObject } from '@berth/meta'
import type { EventText, LogWriter } from './log-writer.ts'

export interface QueueLimits {
  /** Events that may wait; more are lost. */
  events: number
  /** Characters that may wait. */
  length: number
  /** An event with more characters than this is kept without its bodies. */
  eventLength: number
  /** Longest time an event waits for others to be written with. */
  waitMs: number
  /** Written in one go. */
  batch: number
}

export const defaultQueueLimits: QueueLimits = {
  events: 10_000,
  length: 64 * 1_048_576,
  eventLength: 1_048_576,
  waitMs: 500,
  batch: 400,
}

interface Waiting {
  event: EventText
  length: number
}

/** Between complaints about the same trouble, and before the disk is tried again. */
const retryMs = 1_000
const complaintMs = 60_000

export class EventQueue {
  readonly #writer: LogWriter
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #limits: QueueLimits
  readonly #strict: boolean
  #waiting: Waiting[] = []
  #length = 0
  #timer: (() => void) | undefined
  #running: Promise<void> | undefined
  #written = 0
  #lost = 0
  #complained = -Infinity

  /** @param options.strict only {@link flushSync} writes; nothing is written by itself */
  constructor(options: {
    writer: LogWriter
    clock: Clock
    logger: Logger
    limits: Partial<QueueLimits>
    strict: boolean
  }) {
    this.#writer = options.writer
    this.#clock = options.clock
    this.#logger = options.logger
    this.#strict = options.strict
    this.#limits = { ...defaultQueueLimits, ...options.limits }
  }

  get counts(): { written: number; lost: number; waiting: number } {
    return { written: this.#written, lost: this.#lost, waiting: this.#waiting.length }
  }

  add(event: JsonObject, annotations: Readonly<Record<string, string>>): void {
    const limits = this.#limits
    const entry = this.#bounded(event, annotations)
    if (this.#waiting.length >= limits.events || this.#length + entry.length > limits.length) {
      this.#lost += 1
      this.#writer.lose(1)
      this.#complain(new Error('too many events wait to be written'))
      return
    }
    this.#waiting.push(entry)
    this.#length += entry.length
    if (this.#strict) return
    if (this.#waiting.length >= limits.batch) this.#start()
    else this.#schedule(limits.waitMs)
  }

  /**
   * Writes what waits before it returns.
   * @throws the file system's error; the events still wait
   */
  flushSync(): void {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#limits.batch)
      try {
        this.#writer.appendSync(batch.map(({ event }) => event))
      } catch (error) {
        this.#complain(error)
        throw error
      }
      this.#done(batch)
    }
  }

  /** What cannot be written by now is lost. */
  async close(): Promise<void> {
    await this.#running
    // A failed batch asks to be tried again.
    this.#timer?.()
    this.#timer = undefined
    try {
      this.flushSync()
    } catch {
      this.#lost += this.#waiting.length
      this.#logger.error({ events: this.#waiting.length }, 'audit events were lost: the log could not be written')
      this.#waiting = []
    }
  }

  #start(): void {
    this.#timer?.()
    this.#timer = undefined
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined
    })
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#limits.batch)
      try {
        await this.#writer.append(batch.map(({ event }) => event))
      } catch (error) {
        this.#complain(error)
        this.#schedule(retryMs)
        return
      }
      this.#done(batch)
    }
  }

  #done(batch: readonly Waiting[]): void {
    this.#waiting.splice(0, batch.length)
    for (const { length } of batch) this.#length -= length
    this.#written += batch.length
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined) return
    this.#timer = this.#clock.after(ms, () => {
      this.#timer = undefined
      this.#start()
    })
  }

  /** Kubernetes names what was cut (`audit.k8s.io/truncated`). */
  #bounded(event: JsonObject, annotations: Readonly<Record<string, string>>): Waiting {
    const json = JSON.stringify(event)
    if (json.length <= this.#limits.eventLength) {
      return { event: { json, annotations: { ...annotations } }, length: json.length }
    }
    const { requestObject: _request, responseObject: _response, ...rest } = event
    const short = JSON.stringify(rest)
    const marked = { ...annotations, 'audit.k8s.io/truncated': 'true' }
    return { event: { json: short, annotations: marked }, length: short.length }
  }

  #complain(error: unknown): void {
    const now = this.#clock.now().getTime()
    if (now - this.#complained < complaintMs) return
    this.#complained = now
    this.#logger.error({ error: messageOf(error), ...this.counts }, 'the audit log cannot be written')
  }
}
