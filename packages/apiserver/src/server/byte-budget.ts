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
    const held = this.hold()
    if (!held.grow(bytes)) throw tooManyRequests()
    return () => held.release()
  }

  /** For what comes piece by piece. */
  hold(): Held {
    let held = 0
    let released = false
    return {
      grow: (bytes) => {
        if (this.#used > held && this.#used + bytes > this.#limit) return false
        // Whoever comes after the end holds nothing.
        if (released) return true
        this.#used += bytes
        held += bytes
        return true
      },
      release: () => {
        this.#used -= held
        held = 0
        released = true
      },
    }
  }
}

export interface Held {
  /** False when there is no room; nothing was taken then. */
  grow(bytes: number): boolean
  /** Gives everything back; more calls do nothing. */
  release(): void
}

/** 429, in kube-apiserver's words; clients try again after a second. */
export function tooManyRequests(): StatusError {
  return new StatusError('TooManyRequests', 'Too many requests, please try again later.', {
    details: { retryAfterSeconds: 1 },
  })
}
