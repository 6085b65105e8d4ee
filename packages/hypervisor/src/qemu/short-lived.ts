/** QEMUs that are only asked something. Machines outlive a driver that is killed; these must not, so coreutils' `timeout` ends them. */

export interface ShortLivedCommand {
  command: string
  /** To be ended early with SIGTERM, which `timeout` passes on; SIGKILL would reach only `timeout` itself. */
  args: string[]
}

export function shortLived(binary: string, args: readonly string[], seconds: number): ShortLivedCommand {
  return { command: 'timeout', args: ['--kill-after=1', String(seconds), binary, ...args] }
}
