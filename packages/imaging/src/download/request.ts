/** One HTTP request with redirects and time-outs; retries are the caller's. */

import http from 'node:http'
import https from 'node:https'
import { ImagingError } from '../errors.ts'
import { parseUrl, showUrl } from './safe-url.ts'

export interface FetchRequest {
  url: URL
  /** GET unless given. */
  method?: 'GET' | 'POST'
  /** Sent with POST; not sent on to where it redirects. */
  body?: string
  headers: Record<string, string>
  /** PEM certificates to trust beside none other. */
  ca?: string
  connectTimeoutMs: number
  idleTimeoutMs: number
  signal?: AbortSignal
}

const maxRedirects = 10

/** Worth another try: the connection broke, or the server is busy. Never leaves this package's download folder. */
export class RetryableFailure extends Error {
  readonly failure: ImagingError

  constructor(failure: ImagingError) {
    super(failure.message)
    this.failure = failure
  }
}

/**
 * As `exchange`, for those who want the content.
 * @returns the response with status 200, 206 or 416, its body unread
 * @throws {RetryableFailure | ImagingError}
 */
export async function get(request: FetchRequest): Promise<{ response: http.IncomingMessage; url: URL }> {
  const answer = await exchange(request)
  const status = answer.response.statusCode ?? 0
  if (status === 200 || status === 206 || status === 416) return answer
  answer.response.destroy()
  throw refusal(answer.url, status)
}

/**
 * Sends the request and follows redirects; credentials go only to the host they were given for.
 * @returns the response, whatever its status, its body unread
 * @throws {RetryableFailure | ImagingError}
 */
export async function exchange(request: FetchRequest): Promise<{ response: http.IncomingMessage; url: URL }> {
  let { url, headers } = request
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const response = await send({ ...request, url, headers })
    const status = response.statusCode ?? 0
    const { location } = response.headers
    if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) {
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
    return { response, url }
  }
  throw new ImagingError('Refused', `${showUrl(request.url)} sends on more than ${maxRedirects} times`)
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  const secret = ['authorization', 'cookie', 'proxy-authorization']
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.includes(name.toLowerCase())))
}

/** What a status means for who asked. */
export function refusal(url: URL, status: number): Error {
  const what = `${showUrl(url)} answered ${status} ${http.STATUS_CODES[status] ?? ''}`.trim()
  if (status === 404 || status === 410) return new ImagingError('NotFound', what, { remedy: 'Check the address.' })
  if (status === 401 || status === 403 || status === 407) {
    return new ImagingError('Refused', what, { remedy: 'Check the credentials for this address.' })
  }
  if (status === 408 || status === 429 || status >= 500)
    return new RetryableFailure(new ImagingError('ServerFailed', what))
  return new ImagingError('Refused', what)
}

async function send(request: FetchRequest): Promise<http.IncomingMessage> {
  const { url, connectTimeoutMs, idleTimeoutMs, signal } = request
  // Credentials in the address become a header, so that they can be shown nowhere.
  const { username, password } = url
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const headers = username === '' ? request.headers : { authorization: `Basic ${basic}`, ...request.headers }
  const client = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const outgoing = client.request({
      method: request.method ?? 'GET',
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? undefined : Number(url.port),
      path: `${url.pathname}${url.search}`,
      headers: { 'user-agent': 'berth', accept: '*/*', 'accept-encoding': 'identity', ...headers },
      ...(request.ca === undefined ? {} : { ca: request.ca }),
      agent: false,
      signal,
    })
    const connectTimer = setTimeout(() => {
      outgoing.destroy(timeout(url, `no connection within ${connectTimeoutMs / 1000} s`))
    }, connectTimeoutMs)
    outgoing.on('socket', (socket) => {
      const connected = url.protocol === 'https:' ? 'secureConnect' : 'connect'
      socket.once(connected, () => clearTimeout(connectTimer))
    })
    let body: http.IncomingMessage | undefined
    outgoing.setTimeout(idleTimeoutMs, () => {
      // Whoever reads the body hears only of its own stream's failure, not of the request's.
      const target = body ?? outgoing
      target.destroy(timeout(url, `nothing arrived for ${idleTimeoutMs / 1000} s`))
    })
    outgoing.once('response', (response) => {
      clearTimeout(connectTimer)
      body = response
      resolve(response)
    })
    outgoing.once('error', (cause) => {
      clearTimeout(connectTimer)
      reject(connectionFailure(url, cause, signal))
    })
    outgoing.end(request.body)
  })
}

function timeout(url: URL, why: string): RetryableFailure {
  return new RetryableFailure(new ImagingError('TimedOut', `${showUrl(url)}: ${why}`))
}

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS|EPROTO|ERR_SSL/

/** Translates what Node says about a broken connection; certificates do not get better by trying again. */
export function connectionFailure(url: URL, cause: Error, signal: AbortSignal | undefined): Error {
  if (cause instanceof RetryableFailure || cause instanceof ImagingError) return cause
  if (signal?.aborted) return new ImagingError('Aborted', `the download of ${showUrl(url)} was cancelled`)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const failure = new ImagingError('NetworkFailed', `${showUrl(url)}: ${code || 'the connection failed'}`, { cause })
  if (certificateCodes.test(code)) {
    return new ImagingError('Refused', `${showUrl(url)}: its certificate is not trusted (${code})`, {
      cause,
      remedy: 'Give the certificate authority of this server.',
    })
  }
  return new RetryableFailure(failure)
}
