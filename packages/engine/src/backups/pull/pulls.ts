/** Backups that can be pulled now. Nothing of them survives the process: QEMU stops showing them when another driver takes over. */

import type { ShownDisks } from '@berth/hypervisor'
import type { BackupOutcome } from '../outcome.ts'

export interface Pull extends BackupOutcome {
  shown: ShownDisks
  /** It is over, and was a success. */
  finish(this: void): void
}

/** By the uid of the backup. */
export type Pulls = Map<string, Pull>
