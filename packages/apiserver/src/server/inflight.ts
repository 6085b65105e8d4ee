/** Bounds how many requests run at once, so that overload is an answer and not a collapse. */

import { StatusError } from '@berth/meta'
import type { UserInfo } from '../auth/user.ts'
import type { ServerLimits } from './limits.ts'

export type RequestKind = 'readOnly' | 'mutating'

export class InFlight {
  readonly #limits: Record<RequestKind, number>
  readonly #running: Record<RequestKind, number> = { readOnly: 0, mutating: 0 }

  constructor(limits: ServerLimits) {
    this.#limits = { readOnly: limits.readonlyInFlight, mutating: limits.mutatingInFlight }
  }

  get running(): Readonly<Record<RequestKind, number>> {
    return this.#running
  }

  /**
   * Takes a place; the returned function gives it back.
   * @throws {StatusError} TooManyRequests
   */
  enter(kind: RequestKind, user: UserInfo): () => void {
    // The server's own parts and administrators must get through an overload to end it.
    const exempt = user.groups.includes('system:masters')
    if (!exempt && this.#running[kind] >= this.#limits[kind]) {
      throw new StatusError('TooManyRequests', 'Too many requests, please try again later.', {
        details: { retryAfterSeconds: 1 },
      })
    }
    if (exempt) return () => {}
    this.#running[kind] += 1
    return () => {
      this.#running[kind] -= 1
    }
  }
}
