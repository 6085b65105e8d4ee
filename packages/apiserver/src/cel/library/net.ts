/** Kubernetes' IP and CIDR libraries. */

import { opaqueType } from '../types.ts'
import { CelFailure, CelOpaque, type CelValue } from '../values.ts'
import { instance, text } from './args.ts'
import { perCharacter, sizeOf, traversal } from './cost.ts'
import { overload, type Cost, type Library } from './functions.ts'
import {
  formatIp,
  isGlobalUnicast,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isMapped,
  isUnspecified,
  maskIp,
  parseIpv4,
  parseIpv6,
  type IpAddress,
} from './ip-address.ts'

const byteLength = (address: IpAddress): number => (address.family === 4 ? 4 : 16)

class CelIp extends CelOpaque {
  readonly type = opaqueType('net.IP')
  readonly address: IpAddress
  constructor(address: IpAddress) {
    super()
    this.address = address
  }
  override get size(): number {
    return byteLength(this.address)
  }
  equals(other: CelOpaque): boolean {
    const { family, bits } = this.address
    return other instanceof CelIp && other.address.family === family && other.address.bits === bits
  }
}

class CelCidr extends CelOpaque {
  readonly type = opaqueType('net.CIDR')
  readonly address: IpAddress
  readonly prefix: number
  constructor(address: IpAddress, prefix: number) {
    super()
    this.address = address
    this.prefix = prefix
  }
  override get size(): number {
    return Math.trunc((this.prefix + 7) / 8)
  }
  equals(other: CelOpaque): boolean {
    if (!(other instanceof CelCidr)) return false
    const { family, bits } = this.address
    return other.address.family === family && other.address.bits === bits && other.prefix === this.prefix
  }
}

/** Go's words for what is wrong with an address; the first of its checks that fails. */
function addressProblem(of: string): string {
  const shown = JSON.stringify(of)
  if (!/[.:]/.test(of)) return `ParseAddr(${shown}): unable to parse IP`
  const first = /[.:%]/.exec(of)?.[0]
  if (first === '%') return `ParseAddr(${shown}): missing IPv6 address`
  if (first === ':') return `ParseAddr(${shown}): each colon-separated field must have at least one digit`
  const fields = of.split('.')
  if (fields.some((field) => /^\d+$/.test(field) && Number(field) > 255))
    return `ParseAddr(${shown}): IPv4 field has value >255`
  if (fields.some((field) => /^0\d/.test(field))) return `ParseAddr(${shown}): IPv4 field has octet with leading zero`
  const odd = /[^\d.]/.exec(of)
  if (odd !== null) return `ParseAddr(${shown}): unexpected character (at ${JSON.stringify(of.slice(odd.index))})`
  if (fields.length < 4) return `ParseAddr(${shown}): IPv4 address too short`
  return `ParseAddr(${shown}): IPv4 address too long`
}

function parseAddress(of: string): CelIp | CelFailure {
  const zoned = of.includes('%')
  const address = parseIpv4(of) ?? parseIpv6(zoned ? of.slice(0, of.indexOf('%')) : of)
  const shown = JSON.stringify(of)
  if (address === undefined || of.endsWith('%'))
    return new CelFailure(`IP Address ${shown} parse error during conversion from string: ${addressProblem(of)}`)
  if (zoned) return new CelFailure(`IP address ${shown} with zone value is not allowed`)
  if (isMapped(address)) return new CelFailure(`IPv4-mapped IPv6 address ${shown} is not allowed`)
  return new CelIp(address)
}

const conversionFailed = 'network address parse error during conversion from string'

function parseNetwork(of: string): CelCidr | CelFailure {
  const slash = of.lastIndexOf('/')
  const fail = (why: string): CelFailure =>
    new CelFailure(`${conversionFailed}: netip.ParsePrefix(${JSON.stringify(of)}): ${why}`)
  if (slash < 0) return fail("no '/'")
  const host = of.slice(0, slash)
  const address = parseIpv4(host) ?? parseIpv6(host)
  if (address === undefined) {
    return host.includes('%') ? fail('IPv6 zones cannot be present in a prefix') : fail(addressProblem(host))
  }
  const bits = of.slice(slash + 1)
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bits)) return fail(`bad bits after slash: ${JSON.stringify(bits)}`)
  if (Number(bits) > (address.family === 4 ? 32 : 128)) return fail('prefix length out of range')
  if (isMapped(address)) return new CelFailure(`IPv4-mapped IPv6 address ${JSON.stringify(of)} is not allowed`)
  return new CelCidr(address, Number(bits))
}

function contains(network: CelCidr, address: IpAddress, prefix = network.prefix): boolean {
  if (network.address.family !== address.family || prefix < network.prefix) return false
  return maskIp(address, network.prefix).bits === maskIp(network.address, network.prefix).bits
}

const ip = (args: readonly CelValue[], index = 0): CelIp => instance(args, index, CelIp)
const cidr = (args: readonly CelValue[], index = 0): CelCidr => instance(args, index, CelCidr)

const factor = (count: number): number => Math.ceil(count * perCharacter)
const containsIpCost: Cost = (args) =>
  factor(2 * sizeOf(args[0])) + (typeof args[1] === 'string' ? factor(args[1].length) : 0)
const containsCidrCost: Cost = (args) =>
  factor(2 * sizeOf(args[0])) + factor(sizeOf(args[0])) + 1 + (typeof args[1] === 'string' ? factor(args[1].length) : 0)

const questions: readonly (readonly [string, (address: IpAddress) => boolean])[] = [
  ['isUnspecified', isUnspecified],
  ['isLoopback', isLoopback],
  ['isLinkLocalMulticast', isLinkLocalMulticast],
  ['isLinkLocalUnicast', isLinkLocalUnicast],
  ['isGlobalUnicast', isGlobalUnicast],
]

export const networks: Library = [
  overload('ip(string): net.IP', (a) => parseAddress(text(a, 0)), traversal()),
  overload('isIP(string): bool', (a) => !(parseAddress(text(a, 0)) instanceof CelFailure), traversal()),
  overload(
    'ip.isCanonical(string): bool',
    (a) => {
      const parsed = parseAddress(text(a, 0))
      return parsed instanceof CelFailure ? parsed : formatIp(parsed.address) === text(a, 0)
    },
    traversal(2),
  ),
  overload('(net.IP).family(): int', (a) => BigInt(ip(a).address.family)),
  ...questions.map(([name, holds]) => overload(`(net.IP).${name}(): bool`, (a) => holds(ip(a).address))),
  overload('string(net.IP): string', (a) => formatIp(ip(a).address)),
  overload(
    'cidr(string): net.CIDR',
    (a) => {
      const parsed = parseNetwork(text(a, 0))
      // The words come twice in Kubernetes.
      return parsed instanceof CelFailure ? new CelFailure(`${conversionFailed}: ${parsed.message}`) : parsed
    },
    traversal(),
  ),
  overload('isCIDR(string): bool', (a) => !(parseNetwork(text(a, 0)) instanceof CelFailure), traversal()),
  overload(
    '(net.CIDR).containsIP(string): bool',
    (a) => {
      const parsed = parseAddress(text(a, 1))
      return parsed instanceof CelFailure ? parsed : contains(cidr(a), parsed.address)
    },
    containsIpCost,
  ),
  overload('(net.CIDR).containsIP(net.IP): bool', (a) => contains(cidr(a), ip(a, 1).address), containsIpCost),
  overload(
    '(net.CIDR).containsCIDR(string): bool',
    (a) => {
      const parsed = parseNetwork(text(a, 1))
      return parsed instanceof CelFailure ? parsed : contains(cidr(a), parsed.address, parsed.prefix)
    },
    containsCidrCost,
  ),
  overload(
    '(net.CIDR).containsCIDR(net.CIDR): bool',
    (a) => contains(cidr(a), cidr(a, 1).address, cidr(a, 1).prefix),
    containsCidrCost,
  ),
  overload('(net.CIDR).ip(): net.IP', (a) => new CelIp(cidr(a).address)),
  overload('(net.CIDR).prefixLength(): int', (a) => BigInt(cidr(a).prefix)),
  overload(
    '(net.CIDR).masked(): net.CIDR',
    (a) => new CelCidr(maskIp(cidr(a).address, cidr(a).prefix), cidr(a).prefix),
  ),
  overload('string(net.CIDR): string', (a) => `${formatIp(cidr(a).address)}/${cidr(a).prefix}`),
]
