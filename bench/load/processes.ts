/** Child processes of the bench, timed and always ended. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Runs a Node program to its end. @returns milliseconds from spawn to exit */
export async function timeNode(args: readonly string[]): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with code ${String(code)}`)
  return performance.now() - started
}

/** Asks a process to end, and waits until it has. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}
