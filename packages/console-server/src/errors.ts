/** Failures of the console server itself. What a cluster refuses stays the `StatusError` it sent. */

import { CodedError } from '@berth/base'

/** Every code with its meaning; the README's table is tested against it. */
export const consoleErrorCodes = {
  BadRequest: 'a request of the browser cannot be read; the message names the field',
  Unauthorized: 'nobody is signed in, or what was given to sign in is wrong',
  Forbidden: 'the page of another origin, a missing CSRF token, or somebody who may not do this',
  NotFound: 'there is no such cluster, account or path',
  Conflict: 'an account of that name exists, or the last administrator would go',
  TooLarge: 'a body, message or list is larger than its bound',
  TooManyRequests: 'too many tries to sign in, or too much at once; has the seconds to wait',
  Unavailable: 'a cluster cannot be reached',
  BadOptions: 'the console was started with options that do not fit together',
  ListenFailed: 'the address to listen on is taken, or not ours',
} as const

export type ConsoleErrorCode = keyof typeof consoleErrorCodes

export class ConsoleError extends CodedError<ConsoleErrorCode> {
  /** Of TooManyRequests. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ConsoleErrorCode,
    message: string,
    options: { remedy?: string; cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(code, message, options)
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
