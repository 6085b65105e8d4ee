/** The uid that names an instance's machine and folders on this host. */

import type { VirtualMachineInstance } from '@berth/api'

/** Every stored object has one. */
export function uidOf(instance: Readonly<VirtualMachineInstance>): string {
  return instance.metadata.uid ?? ''
}
