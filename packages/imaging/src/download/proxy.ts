/** Which proxy an address is reached through, by the settings everybody knows from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. Pure. */

import { BlockList, isIP } from 'node:net'
import { ImagingError } from '../errors.ts'
import type { AddressRule } from './guarded-lookup.ts'
import { showUrl } from './safe-url.ts'

export interface ProxySettings {
  /** For http addresses: `http://user:password@proxy:3128`. */
  http?: string
  https?: string
  /** Hosts that are reached directly, with commas: names with all below them, addresses, networks, each also with a port; `*` is all. */
  none?: string
  /** Which servers may not be asked, by whoever names them; redirects are held against it as well. What a proxy connects to is its own matter. */
  refuses?: AddressRule
}

/** As curl and Go read it: the lower-case spelling counts first. */
export function proxyFromEnvironment(environment: NodeJS.Dict<string>): ProxySettings {
  const of = (name: string): string | undefined => {
    const value = environment[name] ?? environment[name.toUpperCase()]
    return value === undefined || value === '' ? undefined : value
  }
  const [http, https, none] = [of('http_proxy'), of('https_proxy'), of('no_proxy')]
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(none === undefined ? {} : { none }),
  }
}

/**
 * Undefined for a direct connection. What is on this computer is never asked for through a proxy.
 * @throws {ImagingError} InvalidArgument when the proxy's address cannot be used
 */
export function proxyFor(url: URL, settings: ProxySettings): URL | undefined {
  const text = url.protocol === 'https:' ? settings.https : settings.http
  if (text === undefined || isDirect(url, settings.none ?? '')) return undefined
  const proxy = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (proxy?.protocol === 'http:') return proxy
  const shown = proxy === null ? 'it cannot be read' : `${showUrl(proxy)} is not an http address`
  throw new ImagingError('InvalidArgument', `the proxy for ${showUrl(url)} cannot be used: ${shown}`, {
    remedy: 'Write it like http://proxy.example.com:3128.',
  })
}

function isDirect(url: URL, none: string): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  if (host === 'localhost' || (isIP(host) > 0 && covers('127.0.0.0/8', host)) || host === '::1') return true
  return none
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(entry, host, port))
}

function matches(entry: string, host: string, port: string): boolean {
  const withPort = /^(.*[^:]|\[.*\]):(\d+)$/.exec(entry)
  const isAddress = isIP(entry) > 0
  if (withPort !== null && !isAddress && withPort[2] !== port) return false
  const pattern = (withPort !== null && !isAddress ? (withPort[1] ?? '') : entry).replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) > 0) return pattern.includes('/') ? covers(pattern, host) : pattern === host
  const name = pattern.replace(/^\*?\./, '')
  // `.example.com` is only what lies below it.
  return host.endsWith(`.${name}`) || (host === name && !pattern.startsWith('.') && !pattern.startsWith('*.'))
}

function covers(network: string, address: string): boolean {
  const [base = '', bits = ''] = network.split('/')
  const family = isIP(base)
  const length = Number(bits)
  if (family === 0 || family !== isIP(address) || !/^\d{1,3}$/.test(bits) || length > (family === 4 ? 32 : 128))
    return false
  const list = new BlockList()
  list.addSubnet(base, length, family === 4 ? 'ipv4' : 'ipv6')
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
