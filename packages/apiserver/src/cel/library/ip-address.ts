/** IP addresses as numbers: strict text forms in and the canonical form out, as Go's netip has them. */

export interface IpAddress {
  readonly family: 4 | 6
  readonly bits: bigint
}

export function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined
  return { family: 4, bits: parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n) }
}

export function parseIpv6(text: string): IpAddress | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined
  const tail = /:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1]
  const ipv4 = tail === undefined ? undefined : parseIpv4(tail)
  if (tail !== undefined && ipv4 === undefined) return undefined
  const low = ipv4?.bits ?? 0n
  const groupsText =
    tail === undefined
      ? text
      : `${text.slice(0, -tail.length)}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`
  const halves = groupsText.split('::')
  if (halves.length > 2) return undefined
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - rest.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...rest]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return { family: 6, bits: groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n) }
}

/** Whether an IPv6 address stands for an IPv4 one (`::ffff:1.2.3.4`). */
export const isMapped = ({ family, bits }: IpAddress): boolean => family === 6 && bits >> 32n === 0xffffn

export function formatIp({ family, bits }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - index * 16)) & 0xffffn).toString(16))
  // The first of the longest runs of zeros is left out.
  let best = { at: 0, length: 0 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (groups[at + length] === '0') length++
    if (length > best.length) best = { at, length }
  }
  if (best.length < 2) return groups.join(':')
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`
}

export function maskIp({ family, bits }: IpAddress, prefix: number): IpAddress {
  const free = BigInt((family === 4 ? 32 : 128) - prefix)
  return { family, bits: (bits >> free) << free }
}

const inPrefix = (address: IpAddress, network: bigint, prefix: number): boolean =>
  maskIp(address, prefix).bits === network << BigInt((address.family === 4 ? 32 : 128) - prefix)

export const isUnspecified = ({ bits }: IpAddress): boolean => bits === 0n
export const isLoopback = (address: IpAddress): boolean =>
  address.family === 4 ? inPrefix(address, 127n, 8) : address.bits === 1n
export const isLinkLocalMulticast = (address: IpAddress): boolean =>
  address.family === 4 ? inPrefix(address, 0xe00000n, 24) : ((address.bits >> 112n) & 0xff0fn) === 0xff02n
export const isLinkLocalUnicast = (address: IpAddress): boolean =>
  address.family === 4 ? inPrefix(address, 0xa9fen, 16) : inPrefix(address, 0xfe80n >> 6n, 10)
const isMulticast = (address: IpAddress): boolean =>
  address.family === 4 ? inPrefix(address, 0xen, 4) : inPrefix(address, 0xffn, 8)

export function isGlobalUnicast(address: IpAddress): boolean {
  if (address.family === 4 && (address.bits === 0n || address.bits === 0xffffffffn)) return false
  return !isUnspecified(address) && !isLoopback(address) && !isMulticast(address) && !isLinkLocalUnicast(address)
}
