/** The name a guest is given by DHCP and cloud-init. */

import type { VirtualMachineInstance } from '@berth/api'

/** Cut to what a host name may be long. */
export function guestHostname(instance: Readonly<VirtualMachineInstance>): string {
  return (instance.spec.hostname ?? instance.metadata.name ?? '').slice(0, 63)
}
