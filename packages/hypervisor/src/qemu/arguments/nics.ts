/** Network cards on user-mode networks. */

import type { DeviceSpec } from '../../spec/devices.ts'
import type { DomainNic } from '../../spec/nics.ts'
import { parseCidr } from '../../validate/user-network.ts'
import { json, option } from './escape.ts'
import { boundedId } from './ids.ts'
import type { PciPlace, PciPlaces } from './pcie.ts'
import { virtioDevice } from './virtio.ts'

/** QEMU's name of each model; PCI Express models go on a root port, the others are ordinary PCI on the root bus. */
const models = {
  virtio: { driver: 'virtio-net-pci', express: true },
  e1000: { driver: 'e1000', express: false },
  e1000e: { driver: 'e1000e', express: true },
  rtl8139: { driver: 'rtl8139', express: false },
  igb: { driver: 'igb', express: true },
  ne2k_pci: { driver: 'ne2k_pci', express: false },
  pcnet: { driver: 'pcnet', express: false },
} as const satisfies Record<DomainNic['model'], { driver: string; express: boolean }>

/** QEMU's device type of a card, to look up whether this QEMU has it. */
export function nicDriver(model: DomainNic['model']): string {
  return models[model].driver
}

/** Id of the card; its network's is `netId`. */
export function nicId(name: string): string {
  return `nic-${name}`
}

/** Short: the monitor's port forwarding cuts longer ids. */
export function netId(name: string): string {
  return boundedId('net', name)
}

export function nicArguments(spec: DeviceSpec, places: PciPlaces): string[] {
  return spec.nics.flatMap((nic) => ['-netdev', networkOption(nic), '-device', json(cardOf(nic, spec, places))])
}

function networkOption({ name, network }: DomainNic): string {
  const { cidr, gateway, guest, dns } = parseCidr(network.cidr, `nic ${name}`)
  const first = option('user', {
    id: netId(name),
    net: cidr,
    host: gateway,
    dhcpstart: guest,
    dns,
    hostname: network.hostname,
    domainname: network.domain,
    'tftp-server-name': network.tftpServer,
    bootfile: network.bootFile,
    ipv6: false,
    restrict: false,
  })
  const search = (network.dnsSearch ?? []).map((domain) => `,${option('', { dnssearch: domain })}`)
  return first + search.join('')
}

function cardOf(nic: DomainNic, spec: DeviceSpec, places: PciPlaces): Record<string, unknown> {
  return {
    ...modelOf(nic, spec, places),
    id: nicId(nic.name),
    netdev: netId(nic.name),
    mac: nic.mac,
    bootindex: nic.bootOrder,
    'acpi-index': nic.acpiIndex,
    // The boot ROM is only of use to a card that is booted from; without it the firmware starts sooner.
    ...(nic.bootOrder === undefined ? { romfile: '' } : {}),
  }
}

function modelOf(nic: DomainNic, spec: DeviceSpec, places: PciPlaces): PciPlace & { driver: string; mq?: boolean } {
  const { driver, express } = models[nic.model]
  const { pciAddress } = nic
  if (nic.model === 'virtio') {
    const device = virtioDevice(driver, { spec, places, pciAddress })
    return nic.multiqueue === true ? { ...device, mq: true } : device
  }
  // The index is told for what is behind a root port; ordinary PCI cards work there too.
  return {
    driver,
    ...(express || nic.acpiIndex !== undefined ? places.express(pciAddress) : places.conventional(pciAddress)),
  }
}
