/** The console's log: JSON lines, appended one by one, so that the last one before a crash is there. */

import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '@berth/base'

const levels = { debug: 20, info: 30, warn: 40, error: 50 } as const
/** Then the file is set aside, and one earlier is forgotten. */
const maxBytes = 10 * 1024 * 1024

/** @param options.level of `debug`, `info`, `warn`, `error`; anything else counts as `info` */
export function fileLogger(file: string, options: { level: string; now: () => Date }): Logger {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const least = Object.hasOwn(levels, options.level) ? levels[options.level as keyof typeof levels] : levels.info
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0

  function write(level: number, fields: Record<string, unknown>, message: string): void {
    if (level < least) return
    const line = `${JSON.stringify({ level, time: options.now().getTime(), ...fields, msg: message })}\n`
    if (size > maxBytes) {
      renameSync(file, `${file}.1`)
      size = 0
    }
    size += Buffer.byteLength(line)
    appendFileSync(file, line, { mode: 0o600 })
  }

  function child(bound: Record<string, unknown>): Logger {
    return {
      debug: (fields, message) => write(levels.debug, { ...bound, ...fields }, message),
      info: (fields, message) => write(levels.info, { ...bound, ...fields }, message),
      warn: (fields, message) => write(levels.warn, { ...bound, ...fields }, message),
      error: (fields, message) => write(levels.error, { ...bound, ...fields }, message),
      child: (fields) => child({ ...bound, ...fields }),
    }
  }
  return child({})
}
