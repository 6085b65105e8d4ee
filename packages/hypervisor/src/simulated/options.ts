/** What the simulated driver is created with. */

import type { Clock } from '@berth/base'

export interface SimulatedDriverOptions {
  /** The file that makes `adopt` work across driver objects; without it nothing survives `close`. */
  stateFile?: string
  clock?: Clock
  /** From start to the guest's greeting on the serial console and its agent answering, in milliseconds; 0 unless given. */
  bootDelayMs?: number
  /** From powerDown to the guest's end, in milliseconds; 0 unless given. */
  shutdownDelayMs?: number
}
