/** Options of every command that serves a console. */

import type { OptionSpec } from '../command.ts'

export const consoleOptions: readonly OptionSpec[] = [
  { flags: '--console-listen ADDRESS', summary: 'HOST:PORT to serve the console on (default: 127.0.0.1:7480)' },
  {
    flags: '--console-cert FILE',
    summary: 'certificate of the console (PEM), for other addresses than 127.0.0.1',
    completion: 'file',
  },
  { flags: '--console-key FILE', summary: 'key of that certificate (PEM)', completion: 'file' },
  {
    flags: '--public-url URL',
    summary: 'another address that people reach the console under; may be given again',
    repeatable: true,
  },
]
