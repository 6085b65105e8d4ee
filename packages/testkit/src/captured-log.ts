/** A logger that keeps its lines, so that a failing test can show what the engine said. */

import type { Logger } from '@berth/base'

/** A flood must not fill the memory of a test run; the end is what tells. */
const mostLines = 2000

export interface CapturedLog extends Logger {
  /** The newest lines, oldest first. */
  lines(): readonly string[]
}

export function capturedLog(): CapturedLog {
  const kept: string[] = []
  const add = (level: string, fields: Record<string, unknown>, message: string): void => {
    kept.push(`${new Date().toISOString()} ${level} ${message} ${JSON.stringify(fields, errorsAsText)}`)
    if (kept.length > mostLines) kept.splice(0, kept.length - mostLines)
  }
  const withFields = (bound: Record<string, unknown>): Logger => ({
    debug() {},
    info: (fields, message) => add('info', { ...bound, ...fields }, message),
    warn: (fields, message) => add('warn', { ...bound, ...fields }, message),
    error: (fields, message) => add('error', { ...bound, ...fields }, message),
    child: (fields) => withFields({ ...bound, ...fields }),
  })
  return { ...withFields({}), lines: () => kept }
}

function errorsAsText(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.stack : value
}
