/** This program again, as a second process with a line to the first: when either side is gone, the other one hears it. */

import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

export interface OwnProcess {
  readonly pid: number | undefined
  /** Objects the process sends, as they come. */
  onMessage(listener: (message: unknown) => void): void
  /** @returns how it ended, for people: `exit code 1`, `signal SIGKILL` */
  readonly ended: Promise<string>
  /** Asks it to end, and insists after a while. */
  stop(): Promise<void>
}

const patienceMs = 5_000

/**
 * @param words the command line after `berth`
 * @param errorFile what it prints on stderr is added there
 */
export function startOwnProgram(words: readonly string[], errorFile: string): OwnProcess {
  const [program = ''] = process.argv.slice(1)
  mkdirSync(dirname(errorFile), { recursive: true, mode: 0o700 })
  const errors = openSync(errorFile, 'a', 0o600)
  // The line is the promise that it ends with us, even when we are killed: it watches for its end.
  const child = spawn(process.execPath, [...process.execArgv, program, ...words], {
    stdio: ['ignore', 'ignore', errors, 'ipc'],
    // A terminal's Ctrl-C is for us; we tell the others, in order.
    detached: true,
  })
  closeSync(errors)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code ?? 1}` : `signal ${signal}`))
  })
  return {
    pid: child.pid,
    ended,
    onMessage: (listener) => void child.on('message', listener),
    async stop() {
      child.kill('SIGTERM')
      const insist = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await ended
      clearTimeout(insist)
    },
  }
}

/** In such a second process: aborts when the first one is gone. */
export function withParent(signal: AbortSignal): { signal: AbortSignal; tell(message: object): void } {
  if (!('send' in process)) return { signal, tell: () => {} }
  const gone = new AbortController()
  process.once('disconnect', () => gone.abort())
  if (!process.connected) gone.abort()
  return {
    signal: AbortSignal.any([signal, gone.signal]),
    tell: (message) => void (process.connected && process.send?.(message)),
  }
}
