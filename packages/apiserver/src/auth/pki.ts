/** The server's own certificate authority, its server certificate, and the key that signs service-account tokens. */

import { createHash, createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '@berth/base'
import { messageOf } from '@berth/base'
import type { KeyAndCertificate } from './pki/certificates.ts'
import { makePrivateDirectory, PkiError, readIfExists, writePrivate } from './pki/files.ts'

export interface PkiOptions {
  /** Made with mode 0700 when missing. */
  directory: string
  clock: Pick<Clock, 'now'>
  /** Names and addresses clients use, beside those every server has ({@link standardNames}). */
  hostnames?: readonly string[]
  addresses?: readonly string[]
}

export interface ClientCertificateOptions {
  /** The user. */
  commonName: string
  /** The user's groups. */
  organizations?: readonly string[]
  /** 365 unless given. */
  days?: number
}

export interface SignRequestOptions {
  /** PKCS #10, PEM; whoever calls has decided that its subject is acceptable. */
  request: string
  /** `client auth`, `digital signature`, `key encipherment`. */
  usages: readonly string[]
  /** Never past the CA's own end. */
  seconds: number
}

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export interface Pki {
  /** PEM; signs server and client certificates. */
  readonly caCertificate: string
  readonly server: KeyAndCertificate
  /** For service-account tokens (ES256). */
  readonly signingKey: SigningKey
  issueClientCertificate(options: ClientCertificateOptions): Promise<KeyAndCertificate>
  /** A client's certificate (PEM) for a key that only the client has. */
  signRequest(options: SignRequestOptions): Promise<string>
}

/** What every server certificate is good for. */
export const standardNames = {
  hostnames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
  addresses: ['127.0.0.1', '::1'],
} as const

const caDays = 3650
const serverDays = 730
/** A server certificate with less left than this is renewed at start: no engine should run longer without a restart. */
const serverRenewDays = 365
const dayMs = 86_400_000

/**
 * Reads the PKI of a directory and makes what is missing, out of date, or not good for the names.
 * @throws {PkiError} Damaged, Expired, Unwritable
 */
export async function openPki(options: PkiOptions): Promise<Pki> {
  const { directory, clock } = options
  makePrivateDirectory(directory)
  const ca = await openCa(directory, clock.now())
  const names = {
    hostnames: [...new Set([...standardNames.hostnames, ...(options.hostnames ?? [])])],
    addresses: [...new Set([...standardNames.addresses, ...(options.addresses ?? [])])],
  }
  const server = await openServer({ directory, ca, names, now: clock.now() })
  return {
    caCertificate: ca.certificate,
    server,
    signingKey: await openSigningKey(directory),
    async issueClientCertificate({ commonName, organizations = [], days = 365 }) {
      const { makeLeaf } = await import('./pki/certificates.ts')
      const subject = { commonName, organizations }
      return makeLeaf({ ca, subject, days, now: clock.now(), usage: { kind: 'client' } })
    },
    async signRequest(request) {
      const { signRequest } = await import('./pki/certificates.ts')
      return signRequest({ ...request, ca, now: clock.now() })
    },
  }
}

async function openCa(directory: string, now: Date): Promise<KeyAndCertificate> {
  const paths = { key: join(directory, 'ca.key'), certificate: join(directory, 'ca.crt') }
  const key = readIfExists(paths.key)
  const certificate = readIfExists(paths.certificate)
  if (certificate === undefined) {
    // A key alone is what a crash between the two files leaves: nobody has seen a certificate of it.
    const { makeCa } = await import('./pki/certificates.ts')
    const made = await makeCa({ commonName: 'berth-ca', days: caDays, now })
    writePrivate(paths.key, made.key)
    writePrivate(paths.certificate, made.certificate)
    return made
  }
  if (key === undefined || !fits(certificate, key)) {
    throw new PkiError('Damaged', `${paths.key} is not the key of ${paths.certificate}`, {
      remedy: 'Restore both from a backup, or remove both to start a new CA; every kubeconfig must then be made again.',
    })
  }
  if (now > new X509Certificate(certificate).validToDate) {
    throw new PkiError('Expired', `the CA in ${paths.certificate} has expired`, {
      remedy: 'Remove it and its key to start a new CA; every kubeconfig must then be made again.',
    })
  }
  return { key, certificate }
}

interface Names {
  hostnames: readonly string[]
  addresses: readonly string[]
}

async function openServer(options: {
  directory: string
  ca: KeyAndCertificate
  names: Names
  now: Date
}): Promise<KeyAndCertificate> {
  const { directory, ca, names, now } = options
  const paths = { key: join(directory, 'server.key'), certificate: join(directory, 'server.crt') }
  const key = readIfExists(paths.key)
  const certificate = readIfExists(paths.certificate)
  if (key !== undefined && certificate !== undefined && fits(certificate, key)) {
    if (isGood(new X509Certificate(certificate), { ca: new X509Certificate(ca.certificate), names, now })) {
      return { key, certificate }
    }
  }
  const { makeLeaf } = await import('./pki/certificates.ts')
  const subject = { commonName: 'berth' }
  const made = await makeLeaf({ ca, subject, days: serverDays, now, usage: { kind: 'server', ...names } })
  writePrivate(paths.key, made.key)
  writePrivate(paths.certificate, made.certificate)
  return made
}

function isGood(certificate: X509Certificate, wanted: { ca: X509Certificate; names: Names; now: Date }): boolean {
  const { ca, names, now } = wanted
  const until = certificate.validToDate.getTime()
  // A CA near its end cannot give longer than it has itself.
  const enough = Math.min(now.getTime() + serverRenewDays * dayMs, ca.validToDate.getTime())
  const entries = certificate.subjectAltName?.split(', ').length ?? 0
  return (
    certificate.verify(ca.publicKey) &&
    until >= enough &&
    now >= certificate.validFromDate &&
    entries === names.hostnames.length + names.addresses.length &&
    names.hostnames.every((name) => certificate.checkHost(name) !== undefined) &&
    names.addresses.every((address) => certificate.checkIP(address) !== undefined)
  )
}

/** True when both can be read and belong together. */
function fits(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch {
    // Not a certificate or not a key: the caller decides whether that is fatal or a reason to make a new one.
    return false
  }
}

async function openSigningKey(directory: string): Promise<SigningKey> {
  const path = join(directory, 'service-account.key')
  let text = readIfExists(path)
  if (text === undefined) {
    const { makeKey } = await import('./pki/certificates.ts')
    text = makeKey()
    writePrivate(path, text)
  }
  try {
    const privateKey = createPrivateKey(text)
    const publicKey = createPublicKey(privateKey)
    const kid = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64url')
    return { kid, privateKey, publicKey }
  } catch (error) {
    throw new PkiError('Damaged', `${path} is not a private key: ${messageOf(error)}`, {
      cause: error,
      remedy: 'Restore it from a backup, or remove it: service-account tokens must then be made again.',
    })
  }
}
