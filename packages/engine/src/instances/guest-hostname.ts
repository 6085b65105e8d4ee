/** The name a guest is given by DHCP and cloud-init. */

import type { VirtualMachineInstance } from '@berth/api'

/** The spec's, or what a host name can take of the instance's: its first label, as in KubeVirt. */
export function guestHostname({ spec, metadata }: Readonly<VirtualMachineInstance>): string {
  if (spec.hostname !== undefined && spec.hostname !== '') return spec.hostname
  const [first = ''] = (metadata.name ?? '').split('.')
  return first.slice(0, 63).replace(/-+$/, '')
}

/** The domain of an instance that names a subdomain, as Kubernetes' DNS has it: its host name in there is its full name. */
export function guestDomain({ spec, metadata }: Readonly<VirtualMachineInstance>): string | undefined {
  if (spec.subdomain === undefined || spec.subdomain === '') return undefined
  return `${spec.subdomain}.${metadata.namespace ?? ''}.svc.cluster.local`
}
