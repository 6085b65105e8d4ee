/** IPv4 ranges, and picking a free address in one. */

import { isIPv4 } from 'node:net'

export interface IpRange {
  /** Network address as a number. */
  base: number
  /** How many addresses, network and broadcast included. */
  size: number
}

/** @throws Error when the text is not an IPv4 CIDR with 8 to 30 bits */
export function parseIpRange(cidr: string): IpRange {
  const [address = '', bits = ''] = cidr.split('/')
  const length = Number(bits)
  if (!isIPv4(address) || !/^\d+$/.test(bits) || length < 8 || length > 30) {
    throw new Error(`"${cidr}" is not an IPv4 range like 10.96.0.0/16`)
  }
  const size = 2 ** (32 - length)
  return { base: Math.floor(toNumber(address) / size) * size, size }
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

export function inRange(range: IpRange, address: string): boolean {
  if (!isIPv4(address)) return false
  const offset = toNumber(address) - range.base
  return offset > 0 && offset < range.size - 1
}

/**
 * A free address, starting the search at a random place. The first address is kept back for the API server itself, as
 * Kubernetes does.
 * @param random a number in [0, 1)
 * @returns undefined when the range is full
 */
export function pickAddress(range: IpRange, taken: ReadonlySet<string>, random: number): string | undefined {
  const first = 2
  const count = range.size - 1 - first
  const start = Math.floor(random * count)
  for (let step = 0; step < count; step += 1) {
    const address = toText(range.base + first + ((start + step) % count))
    if (!taken.has(address)) return address
  }
  return undefined
}
