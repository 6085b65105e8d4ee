/** One network card of an instance. */

import { createHash } from 'node:crypto'
import { macAddress, type Interface, type VirtualMachineInstance } from '@berth/api'
import type { DomainNic } from '@berth/hypervisor'
import { controllerOf } from '@berth/meta'
import { guestDomain, guestHostname } from '../guest-hostname.ts'

export function nicOf(entry: Interface, instance: Readonly<VirtualMachineInstance>): DomainNic {
  const network = (instance.spec.networks ?? []).find((candidate) => candidate.name === entry.name)
  const model = entry.model ?? 'virtio'
  return {
    name: entry.name,
    model,
    mac: chosenMac(entry) ?? stableMac(instance, entry.name),
    ...(entry.bootOrder === undefined ? {} : { bootOrder: entry.bootOrder }),
    linkUp: entry.state !== 'down',
    ...placeOf(entry),
    ...(model === 'virtio' && instance.spec.domain.devices.networkInterfaceMultiqueue === true
      ? { multiqueue: true }
      : {}),
    network: {
      kind: 'user',
      cidr: network?.pod?.vmNetworkCIDR ?? '10.0.2.0/24',
      hostname: guestHostname(instance),
      ...guestDomains(instance),
      ...bootServerOf(entry),
    },
  }
}

/** Where the guest finds the card, and what it calls it. */
function placeOf({ pciAddress, acpiIndex }: Interface): Pick<DomainNic, 'pciAddress' | 'acpiIndex'> {
  return {
    ...(pciAddress === undefined || pciAddress === '' ? {} : { pciAddress }),
    ...(acpiIndex === undefined ? {} : { acpiIndex }),
  }
}

/** What DHCP says to a card that is booted from. */
function bootServerOf({ dhcpOptions }: Interface): Pick<DomainNic['network'], 'tftpServer' | 'bootFile'> {
  const { tftpServerName, bootFileName } = dhcpOptions ?? {}
  return {
    ...(tftpServerName === undefined ? {} : { tftpServer: tftpServerName }),
    ...(bootFileName === undefined ? {} : { bootFile: bootFileName }),
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

/** A clone's cards have an empty address where none was given. */
function chosenMac({ macAddress: chosen = '' }: Interface): string | undefined {
  return chosen === '' ? undefined : chosen.toLowerCase().replaceAll('-', ':')
}

/**
 * A locally administered address that a VM keeps through restarts, so that guests which remember their card by its address find it
 * again. (KubeVirt may change it at a restart.)
 */
function stableMac(instance: Readonly<VirtualMachineInstance>, nic: string): string {
  const owner = controllerOf(instance)?.uid ?? instance.metadata.uid ?? ''
  return macAddress(createHash('sha256').update(`${owner}/${nic}`).digest())
}
