/** Bounds the bytes that all requests of one sort hold together. */

import { StatusError } from '@berth/meta'

export class ByteBudget {
  readonly #limit: number
  #used = 0

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit
  }

  get used(): number {
    return this.#used
  }

  /**
   * Takes bytes; the returned function gives them back, once. The first taker always gets what it asks for, so that nothing is
   * too large for an idle server.
   * @throws {StatusError} TooManyRequests
   */
  take(bytes: number): () => void {
    if (this.#used > 0 && this.#used + bytes > this.#limit) throw tooManyRequests()
    this.#used += bytes
    let held = bytes
    return () => {
      this.#used -= held
      held = 0
    }
  }
}

/** 429, in kube-apiserver's words; clients try again after a second. */
export function tooManyRequests(): StatusError {
  return new StatusError('TooManyRequests', 'Too many requests, please try again later.', {
    details: { retryAfterSeconds: 1 },
  })
}
