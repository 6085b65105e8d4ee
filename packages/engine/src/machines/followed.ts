/** What following a machine's template came to. */

import type { VirtualMachineInstance } from '@berth/api'

/** The instance as it is now, and what is to be said of it. */
export interface Followed {
  instance: Readonly<VirtualMachineInstance> | undefined
  restartRequired?: string
  failure?: { reason: string; message: string }
}
