/** The network cards of a machine. */

export interface DomainNic {
  name: string
  model: 'virtio' | 'e1000' | 'e1000e' | 'rtl8139' | 'igb' | 'ne2k_pci' | 'pcnet'
  /** `52:54:00:…`, lower case. */
  mac: string
  bootOrder?: number
  linkUp: boolean
  /** Where the card is on the guest's PCI bus, as for disks. */
  pciAddress?: string
  /** What ACPI tells the guest to name the card by (`eno7`); 1 to 16383. */
  acpiIndex?: number
  /** Virtio only: offers as many queues as the network behind the card has. */
  multiqueue?: boolean
  network: NicNetwork
}

/** User-mode network: private /24 with DHCP; the guest gets `.2`, the gateway is `.1`. `cidr` as 10.0.2.0/24. */
export interface NicNetwork {
  kind: 'user'
  cidr: string
  hostname?: string
  /** The domain the guest is told it is in. */
  domain?: string
  dnsSearch?: string[]
  /** DHCP options 66 and 67: where firmware and boot loaders look for what to start. */
  tftpServer?: string
  bootFile?: string
}
