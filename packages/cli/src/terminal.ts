/** The terminal a command talks to; tests pass one that remembers. */

import { once } from 'node:events'
import type { Readable } from 'node:stream'

export interface OutputStream {
  write(text: string | Uint8Array): void
  /** Resolves when more may be written without piling up in memory. */
  ready(): Promise<void>
  readonly isTTY: boolean
  readonly columns: number
}

export interface Terminal {
  /** Results. */
  stdout: OutputStream
  /** Progress, hints and failures. */
  stderr: OutputStream
  stdin: Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown }
}

/** Styles are used when a person reads: a terminal, and NO_COLOR (no-color.org) not set. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
}

export function styleFor(stream: OutputStream, environment: NodeJS.ProcessEnv): Style {
  const plain = !stream.isTTY || (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb'
  const wrap = (code: number) => (text: string) => (plain ? text : `\u001B[${code}m${text}\u001B[0m`)
  return { bold: wrap(1), dim: wrap(2), red: wrap(31), green: wrap(32), yellow: wrap(33) }
}

export function processTerminal(): Terminal {
  return { stdout: streamOf(process.stdout), stderr: streamOf(process.stderr), stdin: process.stdin }
}

function streamOf(stream: NodeJS.WriteStream): OutputStream {
  // `berth vm list | head` closes the pipe early; that is no failure of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    write: (text) => {
      stream.write(text)
    },
    ready: async () => {
      if (stream.writableNeedDrain) await once(stream, 'drain')
    },
    isTTY: stream.isTTY,
    get columns() {
      return stream.columns ?? 80
    },
  }
}

/**
 * Text of servers and guests, safe to print: a name or message must not move the cursor or rewrite the screen.
 * Newlines and tabs stay.
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '\uFFFD')
}
