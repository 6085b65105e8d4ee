/** What a request came to when it did not succeed, in the server's words. */

import type { Status, StatusCause } from '@berth/meta'

export class BackendError extends Error {
  /** HTTP code; 0 where no answer came. */
  readonly code: number
  /** `Forbidden`, `Conflict` … */
  readonly reason: string
  readonly status: Status | undefined
  /** Seconds, of 429. */
  readonly retryAfter: number | undefined

  constructor(options: {
    code: number
    message: string
    reason?: string
    status?: Status
    retryAfter?: number
    cause?: unknown
  }) {
    super(options.message, { cause: options.cause })
    this.name = 'BackendError'
    this.code = options.code
    this.reason = options.reason ?? ''
    this.status = options.status
    this.retryAfter = options.retryAfter
  }

  /** Which fields were wrong, and why. */
  get causes(): readonly StatusCause[] {
    return this.status?.details?.causes ?? []
  }

  get isOffline(): boolean {
    return this.code === 0
  }
}
