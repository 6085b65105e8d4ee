/** Where a registry is reached: encrypted, unless the operator of this host says otherwise. */

import { isIP } from 'node:net'
import { rootCertificates, getCACertificates } from 'node:tls'
import type { ProxySettings } from '../download/proxy.ts'
import { dockerHub } from '../oci/reference.ts'

export interface RegistrySettings {
  /** Registries (`host` or `host:port`) that are reached over plain http. Those of this computer (loopback) always may be. */
  insecure?: readonly string[]
  /** PEM certificates to trust beside the system's. */
  ca?: string
  /** A direct connection unless given. */
  proxy?: ProxySettings
}

/** The base of a registry's API, with a slash at the end. */
export function registryUrl(registry: string, { insecure = [], ca }: RegistrySettings = {}): URL {
  const host = registry === dockerHub ? 'registry-1.docker.io' : registry
  const plain = insecure.includes(registry) || (ca === undefined && isLoopback(registry))
  return new URL(`${plain ? 'http' : 'https'}://${host}/v2/`)
}

/** An address of this computer by itself: nothing on the way can read or change what is sent. */
export function isLoopback(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** All certificates to trust; undefined for the system's alone. */
export function trusted({ ca }: RegistrySettings): string | undefined {
  if (ca === undefined) return undefined
  const system = getCACertificates('default')
  return [...(system.length > 0 ? system : rootCertificates), ca].join('\n')
}
