/** Kubernetes' URL library: absolute URLs and absolute paths, read as Go's url.ParseRequestURI reads them. */

import { opaqueType } from '../types.ts'
import { CelArray, CelEntries, CelFailure, CelOpaque, type CelMap } from '../values.ts'
import { instance, text } from './args.ts'
import { traversal } from './cost.ts'
import { overload, type Library } from './functions.ts'

interface UrlParts {
  readonly scheme: string
  /** With the port, as written. */
  readonly host: string
  readonly path: string
  readonly query: string
}

class CelUrl extends CelOpaque {
  readonly type = opaqueType('kubernetes.URL')
  readonly text: string
  readonly parts: UrlParts

  constructor(of: string, parts: UrlParts) {
    super()
    this.text = of
    this.parts = parts
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelUrl && other.text === this.text
  }
}

function fail(of: string, why: string): CelFailure {
  return new CelFailure(`URL parse error during conversion from string: parse ${JSON.stringify(of)}: ${why}`)
}

/** Hosts are names, IPv4 addresses or IPv6 addresses in brackets; the port is digits. */
const hostPattern = /^(?:\[[0-9A-Fa-f:.]+(?:%25[\w.~-]+)?\]|[^[\]:/?#@ "<>\\^`{|}]*)(?::(\d*))?$/

// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f]/

function parseUrl(of: string): CelUrl | CelFailure {
  if (of === '') return fail(of, 'empty url')
  if (control.test(of)) return fail(of, 'net/url: invalid control character in URL')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(of)?.[1] ?? ''
  if (scheme === '' && of.startsWith(':')) return fail(of, 'missing protocol scheme')
  const rest = scheme === '' ? of : of.slice(scheme.length + 1)
  if (scheme === '' && !rest.startsWith('/')) return fail(of, 'invalid URI for request')
  const question = rest.indexOf('?')
  const query = question < 0 ? '' : rest.slice(question + 1)
  let path = question < 0 ? rest : rest.slice(0, question)
  if (!path.startsWith('/')) return fail(of, 'invalid URI for request')
  let host = ''
  if (path.startsWith('//') && (scheme !== '' || !path.startsWith('///'))) {
    const end = path.indexOf('/', 2)
    const authority = end < 0 ? path.slice(2) : path.slice(2, end)
    path = end < 0 ? '' : path.slice(end)
    host = authority.slice(authority.lastIndexOf('@') + 1)
    if (!hostPattern.test(host)) {
      const port = /:([^:\]]*)$/.exec(host)
      return port !== null && !/^\d*$/.test(port[1] ?? '')
        ? fail(of, `invalid port ${JSON.stringify(port[0])} after host`)
        : fail(
            of,
            `invalid character ${JSON.stringify(/[ "<>\\^`{|}]/.exec(host)?.[0] ?? host.charAt(0))} in host name`,
          )
    }
  }
  const escape = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(path)
  if (escape !== null) return fail(of, `invalid URL escape ${JSON.stringify(escape[0])}`)
  return new CelUrl(of, { scheme: scheme.toLowerCase(), host, path, query })
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** Names with all their values; pairs that cannot be read are left out, as Go leaves them. */
function queryOf(query: string): CelMap {
  const values = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue
    const at = pair.indexOf('=')
    const name = decode(at < 0 ? pair : pair.slice(0, at))
    const value = decode(at < 0 ? '' : pair.slice(at + 1))
    if (name === undefined || value === undefined) continue
    const known = values.get(name)
    if (known === undefined) values.set(name, [value])
    else known.push(value)
  }
  return new CelEntries(new Map([...values].map(([name, all]) => [name, [name, new CelArray(all)]])))
}

const portOf = (host: string): string => /:(\d*)$/.exec(host.replace(/^\[[^\]]*\]/, ''))?.[1] ?? ''
const hostnameOf = (host: string): string => /^\[([^\]]*)\]/.exec(host)?.[1] ?? host.replace(/:\d*$/, '')

/** The path as the URL writes it; what must be escaped in paths is. */
const escapedPath = (path: string): string =>
  path.toWellFormed().replaceAll(/[^\w.~!$&'()*+,;=:@/%[\]-]/gu, (char) => encodeURIComponent(char))

const parts = (args: Parameters<typeof text>[0]): UrlParts => instance(args, 0, CelUrl).parts

export const urls: Library = [
  overload('url(string): kubernetes.URL', (a) => parseUrl(text(a, 0)), traversal()),
  overload('isURL(string): bool', (a) => !(parseUrl(text(a, 0)) instanceof CelFailure)),
  overload('(kubernetes.URL).getScheme(): string', (a) => parts(a).scheme),
  overload('(kubernetes.URL).getHost(): string', (a) => parts(a).host),
  overload('(kubernetes.URL).getHostname(): string', (a) => hostnameOf(parts(a).host)),
  overload('(kubernetes.URL).getPort(): string', (a) => portOf(parts(a).host)),
  overload('(kubernetes.URL).getEscapedPath(): string', (a) => escapedPath(parts(a).path)),
  overload('(kubernetes.URL).getQuery(): map<string, list<string>>', (a) => queryOf(parts(a).query)),
]
