/** Worth another try: the connection broke, or the server is busy. Never leaves this package. */

import type { ImagingError } from '../errors.ts'

export class RetryableFailure extends Error {
  readonly failure: ImagingError
  /** The server asked for this much patience, in milliseconds. */
  readonly afterMs: number | undefined

  constructor(failure: ImagingError, afterMs?: number) {
    super(failure.message)
    this.failure = failure
    this.afterMs = afterMs
  }
}
