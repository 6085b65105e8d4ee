/**
 * Which requests come from the console's own page. A browser sends Host as it was typed, so a foreign name that was made to point here
 * (DNS rebinding) shows; it sends Origin with whatever changes something or opens a WebSocket, so a foreign page shows.
 */

import { isIP } from 'node:net'

export interface KnownAddresses {
  /** `host:port` as in the Host header. */
  hosts: ReadonlySet<string>
  /** `scheme://host:port` as in the Origin header. */
  origins: ReadonlySet<string>
}

export function knownAddresses(options: {
  scheme: 'http' | 'https'
  port: number
  /** Names and addresses the server is reached under. */
  names: readonly string[]
  publicUrls: readonly string[]
}): KnownAddresses {
  const { scheme, port, names } = options
  const own = names.map((name) => new URL(`${scheme}://${isIP(name) === 6 ? `[${name}]` : name}:${port}`))
  const urls = [...own, ...options.publicUrls.map((url) => new URL(url))]
  // `URL` leaves the scheme's usual port out, as browsers do in both headers.
  return { hosts: new Set(urls.map((url) => url.host)), origins: new Set(urls.map((url) => url.origin)) }
}

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Why a request is not answered; undefined when it may be. */
export function hostProblem(headers: RequestHeaders, known: KnownAddresses): string | undefined {
  const { host } = headers
  if (typeof host === 'string' && known.hosts.has(host.toLowerCase())) return undefined
  return 'the console is not reached under this name; start it with --public-url to add one'
}

/** For what changes something, and for WebSockets. */
export function originProblem(headers: RequestHeaders, known: KnownAddresses): string | undefined {
  const { origin } = headers
  if (typeof origin !== 'string') return 'the request does not say which page it comes from (Origin)'
  return known.origins.has(origin) ? undefined : 'the request comes from a page of another origin'
}

/** For what only reads: browsers that say who asks are listened to. */
export function siteProblem(headers: RequestHeaders): string | undefined {
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
    ? undefined
    : 'the request comes from a page of another origin'
}
