/** Rules for one network card. */

import type { DomainNic } from '../spec/nics.ts'
import { check, checkCount, checkText, namePattern } from './checks.ts'
import { parsePciAddress } from './pci-address.ts'
import { parseCidr } from './user-network.ts'

const hostPattern = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63})*$/
const macPattern = /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/

/** What the guest's firmware can name (ACPI _DSM, and QEMU's own limit). */
const maxAcpiIndex = 16_383

export function validateNic(nic: DomainNic, field: string): void {
  check(namePattern.test(nic.name), `${field}.name`, 'letters, digits and dashes, at most 63')
  check(macPattern.test(nic.mac), `${field}.mac`, 'a lower-case unicast MAC address like 52:54:00:12:34:56')
  if (nic.bootOrder !== undefined) checkCount(nic.bootOrder, `${field}.bootOrder`, 1024)
  if (nic.pciAddress !== undefined) parsePciAddress(nic.pciAddress, `${field}.pciAddress`)
  if (nic.acpiIndex !== undefined) checkCount(nic.acpiIndex, `${field}.acpiIndex`, maxAcpiIndex)
  parseCidr(nic.network.cidr, `${field}.network.cidr`)
  const { hostname, domain: own, dnsSearch = [] } = nic.network
  if (hostname !== undefined) check(hostPattern.test(hostname), `${field}.network.hostname`, 'a host name')
  if (own !== undefined) check(hostPattern.test(own), `${field}.network.domain`, 'a domain name')
  // Fields of a DHCP answer; QEMU cuts what is longer.
  checkText(nic.network.tftpServer, `${field}.network.tftpServer`, 127)
  checkText(nic.network.bootFile, `${field}.network.bootFile`, 127)
  check(dnsSearch.length <= 16, `${field}.network.dnsSearch`, 'at most 16 domains')
  for (const domain of dnsSearch) check(hostPattern.test(domain), `${field}.network.dnsSearch`, 'domain names')
}
