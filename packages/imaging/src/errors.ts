/** The one error class of this package and its closed set of codes (documented in README.md). */

import { CodedError, type CodedErrorOptions } from '@berth/base'

/** Codes that say the caller (or the thing the caller named) is at fault. */
export const callerCodes = [
  'InvalidArgument',
  'HostileImage',
  'UnknownFormat',
  'TooLarge',
  'NotFound',
  'Refused',
  'ChecksumMismatch',
  'Unsupported',
  'AlreadyExists',
] as const

/** Codes that say the machine, the network or we are at fault. */
export const systemCodes = [
  'ToolMissing',
  'ToolFailed',
  'TimedOut',
  'Aborted',
  'OutputTooLarge',
  'NoSpace',
  'NetworkFailed',
  'ServerFailed',
  'CorruptData',
  'PackagesUnavailable',
  'Locked',
  'Io',
] as const

export type ImagingErrorCode = (typeof callerCodes)[number] | (typeof systemCodes)[number]

export class ImagingError extends CodedError<ImagingErrorCode> {
  /** For how many milliseconds the server wants to be left alone. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ImagingErrorCode,
    message: string,
    { retryAfterMs, ...options }: CodedErrorOptions & { retryAfterMs?: number } = {},
  ) {
    super(code, message, options)
    this.retryAfterMs = retryAfterMs
  }
}

/** Throws `Aborted` when the signal has fired; `what` names the work that stops. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new ImagingError('Aborted', `${what} was cancelled`)
}
