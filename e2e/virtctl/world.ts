/** What the suites of virtctl work with: engines they share, and the real virtctl joined to each. */

import type { MachineVerbs, TestEngine, Virtctl } from '@berth/testkit'

export interface World {
  engine: () => TestEngine
  virtctl: () => Virtctl
  verbs: MachineVerbs
}

/** Real guests, and one of them that has booted and is shared. */
export interface GuestWorld extends World {
  guest: () => string
}
