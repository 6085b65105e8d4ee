/** Worth another try: the connection broke, or the server is busy. Never leaves this package. */

import type { ImagingError } from '../errors.ts'

export class RetryableFailure extends Error {
  readonly failure: ImagingError

  constructor(failure: ImagingError) {
    super(failure.message)
    this.failure = failure
  }
}
