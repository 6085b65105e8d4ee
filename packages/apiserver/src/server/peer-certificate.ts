/** The certificate a client showed, read once per connection. */

import type { TLSSocket } from 'node:tls'
import type { PeerCertificate } from './authenticator.ts'
import type { IncomingRequest } from './read-request.ts'

const known = new WeakMap<object, PeerCertificate | { none: true }>()

export function peerCertificateOf(request: IncomingRequest): PeerCertificate | undefined {
  // The socket of a request on a TLS server; over HTTP/2 a proxy of it, the same one for all requests of a session.
  const socket = request.socket as TLSSocket
  let found = known.get(socket)
  if (found === undefined) {
    found = read(socket) ?? { none: true }
    known.set(socket, found)
  }
  return 'none' in found ? undefined : found
}

function read(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerCertificate()
  // Without a certificate Node gives an empty object, or null when the connection is already gone.
  if (certificate === null || !Buffer.isBuffer(certificate.raw)) return undefined
  // A subject may repeat an attribute, which the type does not say.
  const subject = certificate.subject as Record<string, string | string[] | undefined> | undefined
  return {
    commonName: all(subject?.['CN'])[0] ?? '',
    organizations: all(subject?.['O']),
    raw: certificate.raw,
    authorized: socket.authorized,
  }
}

function all(value: string | string[] | undefined): string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}
