/** A user-mode network's addresses and ports. */

import { isIPv4 } from 'node:net'
import { check, checkCount } from './checks.ts'

/** @throws {DriverError} InvalidSpec */
export function validatePort(port: number): void {
  checkCount(port, 'port', 65_535)
}

export interface UserNetwork {
  cidr: string
  gateway: string
  guest: string
  dns: string
}

/**
 * The addresses of a user-mode network: `.1` is the gateway, `.2` the guest, `.3` the name server.
 * @throws {DriverError} InvalidSpec
 */
export function parseCidr(cidr: string, field: string): UserNetwork {
  const [address = '', prefixText = '', ...more] = cidr.split('/')
  const prefix = Number(prefixText)
  const valid = isIPv4(address) && /^\d{1,2}$/.test(prefixText) && prefix >= 8 && prefix <= 29 && more.length === 0
  check(valid, field, 'an IPv4 network like 10.0.2.0/24, /8 to /29')
  const size = 2 ** (32 - prefix)
  const whole = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const network = Math.floor(whole / size) * size
  const at = (host: number): string =>
    [24, 16, 8, 0].map((shift) => Math.floor((network + host) / 2 ** shift) % 256).join('.')
  return { cidr: `${at(0)}/${prefix}`, gateway: at(1), guest: at(2), dns: at(3) }
}
