/** What controllers have to say, as lines between other lines: warnings and errors always, the rest with BERTH_LOG. */

import type { Logger } from '@berth/base'
import type { CommandContext } from '../context.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

export function terminalLogger(context: CommandContext, around: Record<string, unknown> = {}): Logger {
  const wanted = levels.findIndex((level) => level === (context.environment['BERTH_LOG'] ?? 'warn'))
  const at =
    (level: (typeof levels)[number]) =>
    (fields: Record<string, unknown>, message: string): void => {
      if (levels.indexOf(level) < Math.max(0, wanted)) return
      const told = Object.entries({ ...around, ...fields }).filter(([name]) => name !== 'stack')
      const words = told.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      context.progress.note([`${level}:`, message, ...words].join(' '))
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => terminalLogger(context, { ...around, ...fields }),
  }
}
