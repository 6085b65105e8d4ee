/** Programs this command hands the terminal to (ssh, a VNC viewer) or asks for a line (qemu --version). */

import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Runs a program on our own terminal. @returns its exit code; 128 + number by convention when a signal ended it */
export function runInForeground(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' })
    // Ctrl-C reaches the program too; it decides what that means.
    const ignore = (): void => {}
    process.on('SIGINT', ignore)
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('SIGINT', ignore)
      resolve(code ?? 130)
    })
  })
}

/** Starts a program that goes on by itself. @returns a function that waits for its end */
export function startProgram(command: string, args: readonly string[]): { ended: Promise<void>; stop(): void } {
  const child = spawn(command, args, { stdio: 'ignore' })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  return { ended, stop: () => child.kill() }
}

/** First line a program prints; undefined when it cannot be run. Waits at most five seconds. */
export function firstLineOf(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      if (text.length < 4096) text += chunk.toString('utf8')
    })
    child.once('error', () => resolve(undefined))
    child.once('close', (code) => resolve(code === 0 ? text.split('\n', 1)[0] : undefined))
  })
}

/** Full path of a program in PATH. */
export async function findProgram(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (environment['PATH'] ?? '').split(delimiter).filter((part) => part !== '')) {
    const path = join(folder, name)
    try {
      await access(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}
