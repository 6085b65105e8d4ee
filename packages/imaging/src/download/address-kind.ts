/** What kind of place an IP address stands for, as far as downloads for others have to know. Pure. */

import { BlockList, isIP } from 'node:net'

export type AddressKind = 'linkLocal' | 'loopback' | 'other'

/**
 * Of the link alone (RFC 3927, RFC 4291), and the fixed addresses beside it at which clouds give machines their credentials: Amazon's
 * over IPv6, Alibaba's, Oracle's first one, Azure's.
 */
const linkLocal = listOf([
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
])
/** "Unspecified" is this host as well, for who connects to it. */
const loopback = listOf(['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'])

/** @param address IPv4 or IPv6; an IPv4 address may be wrapped into an IPv6 one (mapped, compatible, or for NAT64) */
export function addressKind(address: string): AddressKind {
  const inner = unwrapped(address)
  if (has(linkLocal, inner)) return 'linkLocal'
  return has(loopback, inner) ? 'loopback' : 'other'
}

/** The same address in its shortest form, so that two can be compared. */
export function plainAddress(address: string): string {
  return unwrapped(address)
}

const wrappers = listOf(['::ffff:0:0/96', '64:ff9b::/96', '::/96'])

function unwrapped(address: string): string {
  const [bare = ''] = address.split('%', 1)
  if (isIP(bare) !== 6) return bare
  const groups = groupsOf(bare)
  const [high = 0, low = 0] = groups.slice(6)
  // `::` and `::1` are addresses of their own.
  if (!wrappers.check(bare, 'ipv6') || (high === 0 && low <= 1)) {
    return groups.map((group) => group.toString(16)).join(':')
  }
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** Eight numbers. The system's own reader of URLs writes all forms in one way. */
function groupsOf(address: string): number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [left = '', right] = canonical.split('::')
  const read = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [head, tail] = [read(left), read(right ?? '')]
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [base = '', bits = ''] = network.split('/')
    list.addSubnet(base, Number(bits), isIP(base) === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

function has(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
