/** Requests of one person that are under way, over all their sessions: a bound on what one of them can make the server do at once. */

import { ConsoleError } from '../errors.ts'

/** A browser has six at a time to one server; programs and watches through the gateway get more. */
export const maxAtOnce = 64

/** Of an answer: its end, whichever comes first. */
interface Answer {
  once(event: 'finish' | 'close', listener: () => void): unknown
}

export class Busy {
  readonly #most: number
  readonly #refusal: string
  readonly #running = new Map<string, number>()

  /** @param refusal what is said to whom has as many already */
  constructor(most = maxAtOnce, refusal = 'too many requests at once') {
    this.#most = most
    this.#refusal = refusal
  }

  /** Counted until its answer has ended. @throws {ConsoleError} TooManyRequests */
  enter(who: string, answer: Answer): void {
    const leave = this.#begin(who)
    answer.once('finish', leave)
    answer.once('close', leave)
  }

  /** Counted until it is done, also when nobody waits for the answer any more. @throws {ConsoleError} TooManyRequests */
  async run<Result>(who: string, work: () => Promise<Result>): Promise<Result> {
    const leave = this.#begin(who)
    try {
      return await work()
    } finally {
      leave()
    }
  }

  #begin(who: string): () => void {
    const running = this.#running.get(who) ?? 0
    if (running >= this.#most) {
      throw new ConsoleError('TooManyRequests', this.#refusal, { retryAfterSeconds: 1 })
    }
    this.#running.set(who, running + 1)
    let counted = true
    return () => {
      if (!counted) return
      counted = false
      const left = (this.#running.get(who) ?? 1) - 1
      if (left === 0) this.#running.delete(who)
      else this.#running.set(who, left)
    }
  }
}
