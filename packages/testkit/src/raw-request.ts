/** A request as a hostile client would send it: any bytes, any path, nothing checked or normalised on the way. */

import { request } from 'node:https'
import type { Engine } from '@berth/engine'

export interface RawRequest {
  method?: string
  /** Sent as it is, `..` and all. */
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** The administrator's certificate unless given; `none` sends no credentials. */
  as?: 'admin' | 'none' | { token: string } | { cert: string; key: string }
}

export interface RawAnswer {
  code: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

export type RawClient = (request: RawRequest) => Promise<RawAnswer>

/** @param admin the administrator's certificate and key, PEM */
export function rawClient(
  engine: Pick<Engine, 'server' | 'pki'>,
  admin: { certificate: string; key: string },
): RawClient {
  const { hostname, port } = new URL(engine.server)
  return ({ method = 'GET', path, headers = {}, body, as = 'admin' }) =>
    new Promise((resolve, reject) => {
      const certificate =
        as === 'admin' ? { cert: admin.certificate, key: admin.key } : typeof as === 'object' && 'cert' in as ? as : {}
      const authorization = typeof as === 'object' && 'token' in as ? { authorization: `Bearer ${as.token}` } : {}
      const outgoing = request(
        {
          host: hostname,
          port,
          method,
          path,
          ca: engine.pki.caCertificate,
          ...certificate,
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...authorization,
            ...headers,
          },
          agent: false,
        },
        (incoming) => {
          let text = ''
          incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
          incoming.on('end', () => resolve({ code: incoming.statusCode ?? 0, headers: incoming.headers, text }))
          incoming.on('error', reject)
        },
      )
      // A server may answer and close before it has read an oversized body; the answer counts.
      outgoing.on('error', reject)
      outgoing.end(body)
    })
}
