/** The network cards of a machine. */

export interface DomainNic {
  name: string
  model: 'virtio' | 'e1000' | 'e1000e' | 'rtl8139' | 'igb' | 'ne2k_pci' | 'pcnet'
  /** `52:54:00:…`, lower case. */
  mac: string
  bootOrder?: number
  linkUp: boolean
  /** User-mode network: private /24 with DHCP; the guest gets `.2`, the gateway is `.1`. `cidr` as 10.0.2.0/24. */
  network: { kind: 'user'; cidr: string; hostname?: string; dnsSearch?: string[] }
}
