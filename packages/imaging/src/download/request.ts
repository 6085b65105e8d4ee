/** One HTTP request with redirects and time-outs; retries are the caller's. */

import http from 'node:http'
import https from 'node:https'
import { ImagingError } from '../errors.ts'
import { BodyTap } from './body-tap.ts'
import { connectionFailure } from './connection-failure.ts'
import { bareHost as bare, guardedLookup, requireAddress } from './guarded-lookup.ts'
import { proxyFor, type ProxySettings } from './proxy.ts'
import { RetryableFailure } from './retryable.ts'
import { parseUrl, showUrl } from './safe-url.ts'
import { openTunnel, proxyAuthorization } from './tunnel.ts'

export interface FetchRequest {
  url: URL
  /** GET unless given. */
  method?: 'GET' | 'HEAD' | 'POST'
  /** Sent with POST; not sent on to where it redirects. */
  body?: string
  headers: Record<string, string>
  /** False takes a redirect as an answer. */
  redirects?: boolean
  /** PEM certificates to trust beside none other. */
  ca?: string
  /** A direct connection unless given. */
  proxy?: ProxySettings
  connectTimeoutMs: number
  idleTimeoutMs: number
  /** The answer comes with a tap for a large body, where the connection allows it. */
  tapped?: boolean
  signal?: AbortSignal
}

interface Sent {
  response: http.IncomingMessage
  tap?: BodyTap
}

export interface Answer extends Sent {
  /** After redirects. */
  url: URL
}

const maxRedirects = 10

/**
 * As `exchange`, for those who want the content.
 * @returns the response with status 200, 206 or 416, its body unread
 * @throws {RetryableFailure | ImagingError}
 */
export async function get(request: FetchRequest): Promise<Answer> {
  const answer = await exchange(request)
  const status = answer.response.statusCode ?? 0
  if (status === 200 || status === 206 || status === 416) return answer
  answer.response.destroy()
  throw refusal(answer.url, status, answer.response.headers)
}

/**
 * Sends the request and follows redirects; credentials go only to the host they were given for.
 * @returns the response, whatever its status, its body unread
 * @throws {RetryableFailure | ImagingError}
 */
export async function exchange(request: FetchRequest): Promise<Answer> {
  let { url, headers } = request
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const sent = await send({ ...request, url, headers })
    const { response } = sent
    const status = response.statusCode ?? 0
    const { location } = response.headers
    if ([301, 302, 303, 307, 308].includes(status) && location !== undefined && request.redirects !== false) {
      response.destroy()
      if (request.method === 'POST') throw new ImagingError('Refused', `${showUrl(url)} sends on what was posted to it`)
      const next = parseUrl(location, url)
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        throw new ImagingError('Refused', `${showUrl(url)} sends on to ${showUrl(next)}, which is not encrypted`)
      }
      if (next.origin !== url.origin) headers = withoutCredentials(headers)
      url = next
      continue
    }
    return { ...sent, url }
  }
  throw new ImagingError('Refused', `${showUrl(request.url)} sends on more than ${maxRedirects} times`)
}

/** To another server goes nothing that the caller gave for the first one: a header of any name may be a secret. */
function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  const harmless = ['accept', 'range', 'if-range']
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.includes(name.toLowerCase())))
}

/** What a status means for who asked. */
export function refusal(url: URL, status: number, headers: http.IncomingHttpHeaders = {}): Error {
  const what = `${showUrl(url)} answered ${status} ${http.STATUS_CODES[status] ?? ''}`.trim()
  if (status === 404 || status === 410) return new ImagingError('NotFound', what, { remedy: 'Check the address.' })
  if (status === 401 || status === 403 || status === 407) {
    return new ImagingError('Refused', what, { remedy: 'Check the credentials for this address.' })
  }
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = patience(headers['retry-after'])
    return new RetryableFailure(
      new ImagingError('ServerFailed', what, retryAfterMs === undefined ? {} : { retryAfterMs }),
    )
  }
  return new ImagingError('Refused', what)
}

/** A server that wants to be left alone for longer than this is asked again all the same: it may be an hour, or a mistake. */
const mostPatienceMs = 60_000

/** RFC 9110, section 10.2.3, in seconds; dates are left out, since clocks differ. */
function patience(retryAfter: string | undefined): number | undefined {
  return /^\d{1,6}$/.test(retryAfter ?? '') ? Math.min(mostPatienceMs, Number(retryAfter) * 1000) : undefined
}

async function send(request: FetchRequest): Promise<Sent> {
  const { url, connectTimeoutMs, idleTimeoutMs, signal } = request
  // Credentials in the address become a header, so that they can be shown nowhere.
  const { username, password } = url
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const headers = username === '' ? request.headers : { authorization: `Basic ${basic}`, ...request.headers }
  const way = await wayTo(request)
  const tap = request.tapped === true && !way.connected ? new BodyTap() : undefined
  return new Promise((resolve, reject) => {
    const outgoing = way.client.request({
      method: request.method ?? 'GET',
      ...way.options,
      headers: { 'user-agent': 'berth', accept: '*/*', 'accept-encoding': 'identity', ...headers, ...way.headers },
      ...(request.ca === undefined ? {} : { ca: request.ca }),
      // An agent, even a new one, would open a connection of its own instead of taking the one that is there.
      ...(way.connected ? {} : { agent: false }),
      ...(tap === undefined ? {} : { onread: tap.onread }),
      signal,
    })
    const connectTimer = setTimeout(() => {
      outgoing.destroy(timeout(url, `no connection within ${connectTimeoutMs / 1000} s`))
    }, connectTimeoutMs)
    outgoing.on('socket', (socket) => {
      tap?.attach(socket)
      if (way.connected) return clearTimeout(connectTimer)
      const connected = way.client === https ? 'secureConnect' : 'connect'
      socket.once(connected, () => clearTimeout(connectTimer))
    })
    // An answer that comes a byte at a time is never idle.
    const answerTimer = setTimeout(() => {
      outgoing.destroy(timeout(url, `no answer within ${(connectTimeoutMs + idleTimeoutMs) / 1000} s`))
    }, connectTimeoutMs + idleTimeoutMs)
    outgoing.once('close', () => clearTimeout(answerTimer))
    let body: http.IncomingMessage | undefined
    outgoing.setTimeout(idleTimeoutMs, () => {
      // Whoever reads the body hears only of its own stream's failure, not of the request's.
      const target = body ?? outgoing
      target.destroy(timeout(url, `nothing arrived for ${idleTimeoutMs / 1000} s`))
    })
    outgoing.once('response', (response) => {
      clearTimeout(connectTimer)
      clearTimeout(answerTimer)
      body = response
      resolve(tap === undefined ? { response } : { response, tap })
    })
    outgoing.once('error', (cause) => {
      clearTimeout(connectTimer)
      reject(connectionFailure(url, cause, signal))
    })
    outgoing.end(request.body)
  })
}

interface Way {
  client: typeof http | typeof https
  options: https.RequestOptions
  headers: Record<string, string>
  /** The socket is open already. */
  connected: boolean
}

/** Directly, by asking a proxy for the whole address, or through a tunnel that a proxy opens. */
async function wayTo({ url, ca, proxy: settings, connectTimeoutMs, signal }: FetchRequest): Promise<Way> {
  requireAddress(url, settings?.refuses)
  const proxy = settings === undefined ? undefined : proxyFor(url, settings)
  const path = `${url.pathname}${url.search}`
  const direct = { protocol: url.protocol, hostname: bare(url), port: url.port === '' ? undefined : Number(url.port) }
  if (proxy === undefined) {
    return {
      client: url.protocol === 'https:' ? https : http,
      options: {
        ...direct,
        path,
        ...(settings?.refuses === undefined ? {} : { lookup: guardedLookup(url, settings.refuses) }),
      },
      headers: {},
      connected: false,
    }
  }
  if (url.protocol === 'http:') {
    const options = { hostname: bare(proxy), port: proxy.port === '' ? 80 : Number(proxy.port) }
    const headers = { host: url.host, ...proxyAuthorization(proxy) }
    return { client: http, options: { ...options, path: `http://${url.host}${path}` }, headers, connected: false }
  }
  const common = { proxy, url, timeoutMs: connectTimeoutMs }
  const socket = await openTunnel({
    ...common,
    ...(ca === undefined ? {} : { ca }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: Error) => {
    throw connectionFailure(url, cause, signal)
  })
  return { client: https, options: { ...direct, path, createConnection: () => socket }, headers: {}, connected: true }
}

function timeout(url: URL, why: string): RetryableFailure {
  return new RetryableFailure(new ImagingError('TimedOut', `${showUrl(url)}: ${why}`))
}
