/** A TLS connection through an http proxy (RFC 9110, section 9.3.6): the proxy sees the name of the server and nothing else. */

import http from 'node:http'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { ImagingError } from '../errors.ts'
import { showUrl } from './safe-url.ts'

/** The header for a proxy's address with a password in it. */
export function proxyAuthorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {}
  const plain = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(plain).toString('base64')}` }
}

/** @throws {ImagingError} Refused when the proxy does not want to; otherwise the connection's own error */
export function openTunnel(request: {
  proxy: URL
  url: URL
  ca?: string
  timeoutMs: number
  signal?: AbortSignal
}): Promise<tls.TLSSocket> {
  const { proxy, url, ca, timeoutMs, signal } = request
  const authority = `${url.hostname}:${url.port === '' ? 443 : url.port}`
  return new Promise((resolve, reject) => {
    const asking = http.request({
      method: 'CONNECT',
      hostname: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: proxy.port === '' ? 80 : Number(proxy.port),
      path: authority,
      headers: { host: authority, ...proxyAuthorization(proxy) },
      agent: false,
      timeout: timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    })
    asking.once('timeout', () => asking.destroy(new Error('the proxy does not answer')))
    asking.once('error', reject)
    asking.once('response', (response) => response.destroy())
    asking.once('connect', (answer: http.IncomingMessage, socket: Duplex) => {
      asking.setTimeout(0)
      if (answer.statusCode !== 200) {
        socket.destroy()
        reject(
          new ImagingError(
            'Refused',
            `the proxy ${showUrl(proxy)} answered ${answer.statusCode ?? ''} to ${authority}`,
            {
              remedy: 'Check the proxy, its credentials, and the hosts that need none.',
            },
          ),
        )
        return
      }
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
      const secure = tls.connect({
        socket,
        host,
        ...(/[a-z]/i.test(host) && !host.includes(':') ? { servername: host } : {}),
        ...(ca === undefined ? {} : { ca }),
      })
      secure.once('error', reject)
      secure.once('secureConnect', () => {
        secure.off('error', reject)
        resolve(secure)
      })
    })
    asking.end()
  })
}
