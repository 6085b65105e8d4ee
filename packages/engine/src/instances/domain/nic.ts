/** One network card of an instance. */

import { createHash } from 'node:crypto'
import { macAddress, type Interface, type VirtualMachineInstance } from '@berth/api'
import type { DomainNic } from '@berth/hypervisor'
import { controllerOf } from '@berth/meta'
import { guestDomain, guestHostname } from '../guest-hostname.ts'

export function nicOf(entry: Interface, instance: Readonly<VirtualMachineInstance>): DomainNic {
  const network = (instance.spec.networks ?? []).find((candidate) => candidate.name === entry.name)
  return {
    name: entry.name,
    model: entry.model ?? 'virtio',
    mac: entry.macAddress?.toLowerCase().replaceAll('-', ':') ?? stableMac(instance, entry.name),
    ...(entry.bootOrder === undefined ? {} : { bootOrder: entry.bootOrder }),
    linkUp: entry.state !== 'down',
    network: {
      kind: 'user',
      cidr: network?.pod?.vmNetworkCIDR ?? '10.0.2.0/24',
      hostname: guestHostname(instance),
      ...guestDomains(instance),
    },
  }
}

/** What DHCP says of names: the instance's own domain, and the domains that short names are looked up in. */
function guestDomains(instance: Readonly<VirtualMachineInstance>): { domain?: string; dnsSearch?: string[] } {
  const domain = guestDomain(instance)
  const searches = [...(domain === undefined ? [] : [domain]), ...(instance.spec.dnsConfig?.searches ?? [])]
  return {
    ...(domain === undefined ? {} : { domain }),
    ...(searches.length === 0 ? {} : { dnsSearch: [...new Set(searches)] }),
  }
}

/**
 * A locally administered address that a VM keeps through restarts, so that guests which remember their card by its address find it
 * again. (KubeVirt may change it at a restart.)
 */
function stableMac(instance: Readonly<VirtualMachineInstance>, nic: string): string {
  const owner = controllerOf(instance)?.uid ?? instance.metadata.uid ?? ''
  return macAddress(createHash('sha256').update(`${owner}/${nic}`).digest())
}
