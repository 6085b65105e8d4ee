/** The name a guest is given by DHCP and cloud-init. */

import type { VirtualMachineInstance } from '@berth/api'

/** The spec's, or what a host name can take of the instance's: its first label, as in KubeVirt. */
export function guestHostname({ spec, metadata }: Readonly<VirtualMachineInstance>): string {
  if (spec.hostname !== undefined && spec.hostname !== '') return spec.hostname
  const [first = ''] = (metadata.name ?? '').split('.')
  return first.slice(0, 63).replace(/-+$/, '')
}
