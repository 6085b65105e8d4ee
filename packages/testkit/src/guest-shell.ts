/** A root shell in a guest, over its serial console: commands typed, answers read. */

import type { Duplex } from 'node:stream'

export interface GuestShell {
  /** Runs a command line of busybox and resolves with what it printed. */
  run(command: string): Promise<string>
  /** Types without waiting for an answer (`poweroff`). */
  type(text: string): void
  /** Waits until the console has printed this, from now on. */
  printed(text: string): Promise<string>
  readonly stream: Duplex
  close(): void
}

/** Emulated guests on a busy machine take their time. */
const timeoutMs = 90_000
const shownOnFailure = 2000

export function guestShell(stream: Duplex): GuestShell {
  let seen = ''
  let ended: Error | undefined
  const listeners = new Set<() => void>()
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.toString('latin1')
    for (const listener of listeners) listener()
  })
  stream.on('error', (error) => (ended = error))
  stream.on('close', () => {
    ended ??= new Error('the console was closed')
    for (const listener of listeners) listener()
  })
  let count = 0

  function until(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer)
        listeners.delete(look)
        finish()
      }
      const fail = (why: string): void =>
        settle(() =>
          reject(
            new Error(`${why} before the console printed "${text}": ${seen.slice(-shownOnFailure)}`, { cause: ended }),
          ),
        )
      const look = (): void => {
        const at = seen.indexOf(text)
        if (at >= 0) {
          const before = seen.slice(0, at)
          seen = seen.slice(at + text.length)
          settle(() => resolve(before))
        } else if (ended !== undefined) fail('the console ended')
      }
      const timer = setTimeout(() => fail(`${timeoutMs / 1000} s passed`), timeoutMs)
      listeners.add(look)
      look()
    })
  }

  return {
    stream,
    printed: until,
    type: (text) => void stream.write(text),
    async run(command) {
      count += 1
      // The quotes keep the echo of what is typed from looking like what is printed.
      stream.write(`echo be""gin-${count}; ${command}; echo en""d-${count}\n`)
      await until(`begin-${count}\r\n`)
      return (await until(`end-${count}\r\n`)).replaceAll('\r\n', '\n')
    },
    close: () => void stream.destroy(),
  }
}
