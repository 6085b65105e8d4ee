/** QEMUs that are only asked something. Machines outlive a driver that is killed; these must not, so coreutils' `timeout` ends them. */

import type { ChildProcess } from 'node:child_process'

export interface ShortLivedCommand {
  command: string
  /** To be ended early with `endEarly`; SIGKILL would reach only `timeout` itself. */
  args: string[]
}

export function shortLived(binary: string, args: readonly string[], seconds: number): ShortLivedCommand {
  return { command: 'timeout', args: ['--kill-after=1', String(seconds), binary, ...args] }
}

/**
 * Both at once, as the process group that `timeout` makes: on a busy machine its program can run, and be ended, before `timeout` has
 * learned its id and could pass a signal on.
 */
export function endEarly(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGTERM')
  } catch {
    // It has not come so far, and nothing runs below it.
    child.kill('SIGTERM')
  }
}
