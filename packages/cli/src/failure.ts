/** Failures as a person sees them: what happened, what to do next, and an exit code that scripts can tell apart. */

import { CodedError } from '@berth/base'
import { printable } from './terminal.ts'

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

export const exitOfCli = {
  Failed: 1,
  Usage: 2,
  NotFound: 3,
  Refused: 4,
  Unreachable: 5,
  Timeout: 6,
  Interrupted: 130,
} as const satisfies Record<CliErrorCode, ExitCode>

export interface Failure {
  message: string
  next: string | undefined
  exitCode: ExitCode
}

/** The two lines every failure prints. Servers, and people through the objects there, have a say in the words. */
export function renderFailure({ message, next }: Pick<Failure, 'message' | 'next'>): string {
  const line = `error: ${printable(message.trim())}\n`
  return next === undefined ? line : `${line}next: ${printable(next)}\n`
}
