/** Making certificates. Loaded only when one has to be made: the library takes longer to load than a start may take. */

// oxlint-disable-next-line import/no-unassigned-import -- the certificate library needs it in place, and it exports nothing
import 'reflect-metadata'
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

const dayMs = 86_400_000
/** A client whose clock is a little behind must accept a fresh certificate. */
const backdateMs = 300_000

export interface KeyAndCertificate {
  /** PEM. */
  readonly key: string
  /** PEM. */
  readonly certificate: string
}

export interface Subject {
  commonName: string
  organizations?: readonly string[]
}

export interface LeafOptions {
  ca: KeyAndCertificate
  subject: Subject
  days: number
  now: Date
  usage: { kind: 'client' } | { kind: 'server'; hostnames: readonly string[]; addresses: readonly string[] }
}

/** A self-signed CA that may sign leaf certificates only. */
export async function makeCa(options: { commonName: string; days: number; now: Date }): Promise<KeyAndCertificate> {
  const { now, days, commonName } = options
  const key = makeKey()
  const keys = await cryptoKeys(key)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...validity(now, days),
      serialNumber: serialNumber(),
      name: nameOf({ commonName }),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { key, certificate: pem(certificate) }
}

/** A certificate for a server or a client, with a key of its own, signed by the CA and not outliving it. */
export async function makeLeaf(options: LeafOptions): Promise<KeyAndCertificate> {
  const { ca, subject, days, now, usage } = options
  const key = makeKey()
  const keys = await cryptoKeys(key)
  const issuer = new x509.X509Certificate(ca.certificate)
  const signingKey = (await cryptoKeys(ca.key)).privateKey
  const wanted = validity(now, days)
  const certificate = await x509.X509CertificateGenerator.create(
    {
      notBefore: wanted.notBefore,
      notAfter: wanted.notAfter < issuer.notAfter ? wanted.notAfter : issuer.notAfter,
      serialNumber: serialNumber(),
      subject: nameOf(subject),
      issuer: issuer.subjectName,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          usage.kind === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
        ...(usage.kind === 'server' ? [alternativeNames(usage.hostnames, usage.addresses)] : []),
      ],
    },
    webcrypto,
  )
  return { key, certificate: pem(certificate) }
}

export interface RequestOptions {
  ca: KeyAndCertificate
  /** PKCS #10, PEM. */
  request: string
  /** Of certificates.k8s.io/v1; those without a meaning in X.509 are left out. */
  usages: readonly string[]
  seconds: number
  now: Date
}

const keyUsages: Readonly<Record<string, x509.KeyUsageFlags>> = {
  'digital signature': x509.KeyUsageFlags.digitalSignature,
  'key encipherment': x509.KeyUsageFlags.keyEncipherment,
}

const extendedKeyUsages: Readonly<Record<string, x509.ExtendedKeyUsage>> = {
  'client auth': x509.ExtendedKeyUsage.clientAuth,
}

/**
 * The certificate (PEM) that a request asks for: its subject and key, the usages of a client, nothing else of what it says.
 * @throws Error when the request cannot be read
 */
export async function signRequest(options: RequestOptions): Promise<string> {
  const { ca, usages, seconds, now } = options
  const request = new x509.Pkcs10CertificateRequest(options.request)
  const issuer = new x509.X509Certificate(ca.certificate)
  const wanted = new Date(now.getTime() + seconds * 1000)
  const flags = usages.reduce((sum, usage) => sum | (keyUsages[usage] ?? 0), 0)
  const extended = usages.flatMap((usage) => extendedKeyUsages[usage] ?? [])
  const certificate = await x509.X509CertificateGenerator.create(
    {
      notBefore: new Date(now.getTime() - backdateMs),
      notAfter: wanted < issuer.notAfter ? wanted : issuer.notAfter,
      serialNumber: serialNumber(),
      subject: request.subjectName,
      issuer: issuer.subjectName,
      publicKey: request.publicKey,
      signingKey: (await cryptoKeys(ca.key)).privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        ...(flags === 0 ? [] : [new x509.KeyUsagesExtension(flags, true)]),
        ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return pem(certificate)
}

/** A P-256 private key, PKCS #8 PEM. */
export function makeKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

async function cryptoKeys(key: string): Promise<webcrypto.CryptoKeyPair> {
  const privateKey = createPrivateKey(key)
  const publicKey = createPublicKey(privateKey)
  return {
    privateKey: privateKey.toCryptoKey(algorithm, true, ['sign']),
    publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
  }
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - backdateMs), notAfter: new Date(now.getTime() + days * dayMs) }
}

/** Given as parts rather than as text, so that no name can smuggle in another attribute. */
function nameOf({ commonName, organizations = [] }: Subject): x509.JsonName {
  return [...organizations.map((each) => ({ O: [encodedText(each)] })), { CN: [encodedText(commonName)] }]
}

/** As the library takes a value that is encoded already (`#`, DER of a UTF8String): of plain text it reads quotes and `#` as syntax. */
function encodedText(text: string): string {
  const bytes = Buffer.from(text, 'utf8')
  const { length } = bytes
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return `#${Buffer.from([0x0c, ...header]).toString('hex')}${bytes.toString('hex')}`
}

function alternativeNames(
  hostnames: readonly string[],
  addresses: readonly string[],
): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension([
    ...hostnames.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ])
}

/** 127 random bits: positive, as RFC 5280 asks. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0)
  return bytes.toString('hex')
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}
