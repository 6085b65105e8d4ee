/** The program's logger: JSON lines in a file, quiet on the terminal. */

import type { Logger } from '@berth/base'
import { pino, type Logger as Pino } from 'pino'

/** Writes synchronously: lines are few, and the last one before a crash is the one that matters. */
export function fileLogger(file: string, level: string): Logger {
  return wrap(pino({ level, base: null }, pino.destination({ dest: file, sync: true, mkdir: true, mode: 0o600 })))
}

function wrap(logger: Pino): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  }
}
