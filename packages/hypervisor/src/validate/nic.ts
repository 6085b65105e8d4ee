/** Rules for one network card. */

import type { DomainNic } from '../spec/nics.ts'
import { check, checkCount, namePattern } from './checks.ts'
import { parseCidr } from './user-network.ts'

const hostPattern = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63})*$/
const macPattern = /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/

export function validateNic(nic: DomainNic, field: string): void {
  check(namePattern.test(nic.name), `${field}.name`, 'letters, digits and dashes, at most 63')
  check(macPattern.test(nic.mac), `${field}.mac`, 'a lower-case unicast MAC address like 52:54:00:12:34:56')
  if (nic.bootOrder !== undefined) checkCount(nic.bootOrder, `${field}.bootOrder`, 1024)
  parseCidr(nic.network.cidr, `${field}.network.cidr`)
  const { hostname, dnsSearch = [] } = nic.network
  if (hostname !== undefined) check(hostPattern.test(hostname), `${field}.network.hostname`, 'a host name')
  check(dnsSearch.length <= 16, `${field}.network.dnsSearch`, 'at most 16 domains')
  for (const domain of dnsSearch) check(hostPattern.test(domain), `${field}.network.dnsSearch`, 'domain names')
}
