/** Back-off between starts of a machine that never gets as far as Running. */

import { formatTime, parseTime } from '@berth/meta'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { RunStrategy, StartFailure } from '../types/machine.ts'
import { everRan, isFinal } from './phase.ts'

const maxDelaySeconds = 300

/**
 * Seconds to wait after the n-th failed start in a row: `10·n²` and up to half of that again, at most 300.
 * @param random in [0, 1), spreads machines that failed together
 */
export function crashLoopDelaySeconds(failures: number, random: number): number {
  const base = 10 * failures * failures
  return Math.min(maxDelaySeconds, base + Math.floor((base / 2) * random))
}

const backingOff: ReadonlySet<RunStrategy> = new Set(['Always', 'RerunOnFailure', 'Once'])

/**
 * `status.startFailure` as it should be now. Cleared when the instance ran or the strategy starts nothing by itself; one more failure
 * when an instance ended without ever running, each instance counted once.
 */
export function nextStartFailure(input: {
  current: StartFailure | null | undefined
  strategy: RunStrategy
  instance: VirtualMachineInstance | undefined
  now: Date
  random: number
}): StartFailure | undefined {
  const { instance, now, random } = input
  const current = input.current ?? undefined
  if (!backingOff.has(input.strategy)) return undefined
  if (instance === undefined) return current
  if (everRan(instance)) return undefined
  const uid = instance.metadata.uid ?? ''
  if (!isFinal(instance) || current?.lastFailedVMIUID === uid) return current
  const failures = (current?.consecutiveFailCount ?? 0) + 1
  const delay = crashLoopDelaySeconds(failures, random)
  return {
    consecutiveFailCount: failures,
    lastFailedVMIUID: uid,
    retryAfterTimestamp: formatTime(new Date(now.getTime() + delay * 1000)),
  }
}

/** Milliseconds until the machine may be started again; 0 when it may be now. */
export function startBackoffMs(failure: StartFailure | null | undefined, now: Date): number {
  const until = failure?.retryAfterTimestamp
  return until === undefined ? 0 : Math.max(0, parseTime(until).getTime() - now.getTime())
}
