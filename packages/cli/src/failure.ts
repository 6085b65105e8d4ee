/** Failures as a person sees them: what happened, what to do next, and an exit code that scripts can tell apart. */

import { CodedError, messageOf } from '@berth/base'
import { StatusError } from '@berth/meta'
import { ClientError, type ClientErrorCode } from '@berth/kube'

/** The exit codes; the README's table is tested against this one. */
export const exitCodes = {
  0: 'done',
  1: 'failed',
  2: 'wrong usage: unknown command or option, bad value',
  3: 'the named object does not exist',
  4: 'refused: not allowed, invalid, in conflict with the present state',
  5: 'the server cannot be reached',
  6: 'timed out waiting',
  130: 'interrupted',
} as const

export type ExitCode = keyof typeof exitCodes

export type CliErrorCode = 'Failed' | 'Usage' | 'NotFound' | 'Refused' | 'Unreachable' | 'Timeout' | 'Interrupted'

/** A failure of a command itself; `remedy` becomes the `next:` line. */
export class CliError extends CodedError<CliErrorCode> {}

const exitOfCli = {
  Failed: 1,
  Usage: 2,
  NotFound: 3,
  Refused: 4,
  Unreachable: 5,
  Timeout: 6,
  Interrupted: 130,
} as const satisfies Record<CliErrorCode, ExitCode>

const exitOfClient = {
  Unreachable: 5,
  Untrusted: 5,
  CredentialPlugin: 5,
  Timeout: 6,
  Aborted: 130,
  InvalidName: 2,
  BadKubeconfig: 2,
  Protocol: 1,
  StreamClosed: 1,
} as const satisfies Record<ClientErrorCode, ExitCode>

export interface Failure {
  message: string
  next: string | undefined
  exitCode: ExitCode
}

export function failureOf(error: unknown): Failure {
  if (error instanceof StatusError) return statusFailure(error)
  const next = error instanceof CodedError ? error.remedy : undefined
  const message = messageOf(error)
  if (error instanceof CliError) return { message, next, exitCode: exitOfCli[error.code] }
  if (error instanceof ClientError) return { message, next, exitCode: exitOfClient[error.code] }
  // Cancelled work of other packages says so in its code.
  if (error instanceof CodedError && error.code === 'Aborted') return { message, next, exitCode: 130 }
  return { message, next, exitCode: 1 }
}

const nextOfStatus: { readonly [reason: string]: string | undefined } = {
  Unauthorized: 'Sign in again, or take a fresh kubeconfig.',
  Forbidden: 'Ask for the right, or use another context with --context.',
  NotFound: 'See what there is with `berth vm list -A`.',
  AlreadyExists: 'Choose another name, or delete the old one first.',
  Conflict: 'See the present state with `berth vm describe NAME`.',
  Invalid: 'Correct the named field and try again.',
  TooManyRequests: 'Try again in a moment.',
  ServiceUnavailable: 'Try again in a moment.',
}

function statusFailure(error: StatusError): Failure {
  const next = nextOfStatus[error.code]
  const base = { message: error.message, next }
  if (error.httpCode === 404) return { ...base, exitCode: 3 }
  if (error.httpCode === 504) return { ...base, exitCode: 6 }
  return { ...base, exitCode: error.httpCode >= 400 && error.httpCode < 500 ? 4 : 1 }
}

/** The two lines every failure prints. */
export function renderFailure({ message, next }: Pick<Failure, 'message' | 'next'>): string {
  const line = `error: ${message.trim()}\n`
  return next === undefined ? line : `${line}next: ${next}\n`
}
