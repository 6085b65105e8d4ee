/**
 * Holds addresses against rules before anything connects to them. What a name stands for is asked once and judged as it is connected to,
 * so that a name server that answers otherwise the second time gains nothing.
 */

import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { ImagingError } from '../errors.ts'
import { showUrl } from './safe-url.ts'

export interface ServerAddress {
  /** IPv4 or IPv6. */
  address: string
  port: number
  /** Percent-encoded, without the query. */
  path: string
}

/** Why a server may not be asked; undefined when it may. */
export type AddressRule = (server: ServerAddress) => string | undefined

/** For addresses without a name, which are never looked up. @throws {ImagingError} Refused */
export function requireAddress(url: URL, rule: AddressRule | undefined): void {
  const host = bareHost(url)
  if (rule === undefined || isIP(host) === 0) return
  const why = rule(serverAt(url, host))
  if (why !== undefined) throw refused(url, why)
}

/** Fails when the name stands for any address that is refused. */
export function guardedLookup(url: URL, rule: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const why = found.map(({ address }) => rule(serverAt(url, address))).find((each) => each !== undefined)
      const [first] = found
      if (why !== undefined || first === undefined) return callback(refused(url, why ?? 'its name has no address'), [])
      if (options.all === true) callback(null, found)
      else callback(null, first.address, first.family)
    })
  }
}

/** Without the brackets of IPv6 addresses. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function serverAt(url: URL, address: string): ServerAddress {
  const usual = url.protocol === 'https:' ? 443 : 80
  return { address, port: url.port === '' ? usual : Number(url.port), path: url.pathname }
}

function refused(url: URL, why: string): ImagingError {
  return new ImagingError('Refused', `${showUrl(url)} is not asked: ${why}`)
}
