/** Network cards on user-mode networks. */

import { createHash } from 'node:crypto'
import type { DomainSpec } from '../../spec/domain.ts'
import type { DomainNic } from '../../spec/nics.ts'
import { parseCidr } from '../../validate/user-network.ts'
import { json, option } from './escape.ts'
import type { RootPorts } from './pcie.ts'

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

/** Hashed when long: the monitor's port forwarding cuts longer ids. */
export function netId(name: string): string {
  const plain = `net-${name}`
  return plain.length <= 31 ? plain : `net-${createHash('sha256').update(name).digest('hex').slice(0, 20)}`
}

export function nicArguments(spec: DomainSpec, ports: RootPorts): string[] {
  return spec.nics.flatMap((nic) => {
    const { driver, express } = models[nic.model]
    const { cidr, gateway, guest, dns } = parseCidr(nic.network.cidr, `nic ${nic.name}`)
    const network = option('user', {
      id: netId(nic.name),
      net: cidr,
      host: gateway,
      dhcpstart: guest,
      dns,
      hostname: nic.network.hostname,
      ipv6: false,
      restrict: false,
    })
    const search = (nic.network.dnsSearch ?? []).map((domain) => `,${option('', { dnssearch: domain })}`)
    const device = json({
      driver,
      id: nicId(nic.name),
      netdev: netId(nic.name),
      mac: nic.mac,
      bus: express ? ports.next() : 'pcie.0',
      bootindex: nic.bootOrder,
      // The boot ROM is only of use to a card that is booted from; without it the firmware starts sooner.
      ...(nic.bootOrder === undefined ? { romfile: '' } : {}),
    })
    return ['-netdev', network + search.join(''), '-device', device]
  })
}
