/** Requests of one person that are under way, over all their sessions: a bound on what one of them can make the server do at once. */

import { ConsoleError } from '../errors.ts'

/** A browser has six at a time to one server; programs and watches through the gateway get more. */
export const maxAtOnce = 64

/** Of an answer: its end, whichever comes first. */
interface Answer {
  once(event: 'finish' | 'close', listener: () => void): unknown
}

export class Busy {
  readonly #running = new Map<string, number>()

  /** @throws {ConsoleError} TooManyRequests */
  enter(who: string, answer: Answer): void {
    const running = this.#running.get(who) ?? 0
    if (running >= maxAtOnce) {
      throw new ConsoleError('TooManyRequests', 'too many requests at once', { retryAfterSeconds: 1 })
    }
    this.#running.set(who, running + 1)
    let counted = true
    const leave = (): void => {
      if (!counted) return
      counted = false
      const left = (this.#running.get(who) ?? 1) - 1
      if (left === 0) this.#running.delete(who)
      else this.#running.set(who, left)
    }
    answer.once('finish', leave)
    answer.once('close', leave)
  }
}
