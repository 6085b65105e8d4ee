/** `status.interfaces`: what the machine has, joined with what its guest says. */

import type { Domain, GuestInfo } from '@berth/hypervisor'
import type { InstanceStatus } from './instance-status.ts'

export function interfacesOf(domain: Domain, guest: GuestInfo | undefined): InstanceStatus['interfaces'] {
  const own = domain.spec.nics.map((nic) => {
    const seen = guest?.interfaces.find((entry) => entry.mac?.toLowerCase() === nic.mac)
    const addresses = reachable(seen)
    // User-mode networking always offers the guest this one address by DHCP.
    const ips = addresses.length > 0 ? addresses : [guestAddressIn(nic.network.cidr)]
    return {
      name: nic.name,
      mac: nic.mac,
      ipAddress: ips[0] ?? '',
      ipAddresses: ips,
      infoSource: seen === undefined ? 'domain' : 'domain, guest-agent',
      podInterfaceName: 'eth0',
      queueCount: 1,
      linkState: nic.linkUp ? 'up' : 'down',
      ...(seen === undefined ? {} : { interfaceName: seen.name }),
    }
  })
  const known = new Set(domain.spec.nics.map(({ mac }) => mac))
  const others = (guest?.interfaces ?? []).filter(
    ({ name, mac }) => name !== 'lo' && mac !== undefined && !known.has(mac.toLowerCase()),
  )
  return [
    ...own,
    ...others.map((entry) => {
      const ips = reachable(entry)
      return {
        ...(ips[0] === undefined ? {} : { ipAddress: ips[0], ipAddresses: ips }),
        mac: entry.mac ?? '',
        interfaceName: entry.name,
        infoSource: 'guest-agent',
      }
    }),
  ]
}

function reachable(entry: GuestInfo['interfaces'][number] | undefined): string[] {
  return (entry?.addresses ?? []).map(({ ip }) => ip).filter((ip) => !ip.startsWith('fe80:'))
}

/** The `.2` of the network, which its DHCP gives to the guest. */
export function guestAddressIn(cidr: string): string {
  const [network = ''] = cidr.split('/')
  return `${network.split('.').slice(0, 3).join('.')}.2`
}
