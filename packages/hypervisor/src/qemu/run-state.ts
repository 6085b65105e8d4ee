/** What QEMU's run states mean for a machine. Source: QEMU's QMP reference, RunState. */

import type { DomainReason } from '../driver.ts'

export type RunMeaning =
  | { kind: 'running' }
  | { kind: 'paused'; reason: 'user' | 'io-error' }
  /** Made, but its processor was never let run. */
  | { kind: 'prelaunch' }
  /** The guest is over; QEMU only waits to be ended. */
  | { kind: 'over'; reason: DomainReason; detail?: string }

const meanings: Record<string, RunMeaning> = {
  running: { kind: 'running' },
  suspended: { kind: 'running' },
  paused: { kind: 'paused', reason: 'user' },
  debug: { kind: 'paused', reason: 'user' },
  // Its memory is being written out; it goes on by itself then.
  'save-vm': { kind: 'running' },
  'io-error': { kind: 'paused', reason: 'io-error' },
  prelaunch: { kind: 'prelaunch' },
  preconfig: { kind: 'prelaunch' },
  shutdown: { kind: 'over', reason: 'guest-shutdown' },
  'guest-panicked': { kind: 'over', reason: 'guest-panic', detail: 'The guest reported a kernel panic.' },
  watchdog: { kind: 'over', reason: 'watchdog', detail: 'The watchdog was not fed in time.' },
  'internal-error': { kind: 'over', reason: 'crashed', detail: 'QEMU met an internal error while running the guest.' },
}

export function meaningOf(runState: string): RunMeaning {
  return (
    meanings[runState] ?? { kind: 'over', reason: 'crashed', detail: `QEMU is in an unexpected state: ${runState}` }
  )
}
