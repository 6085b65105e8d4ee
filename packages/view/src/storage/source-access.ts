/** How a server is signed in to from which a disk is filled, and whom to trust for its certificate: both are kept in objects beside the disk. */

import type { KubeObject } from '@berth/meta'

export type SourceSignIn =
  | { kind: 'nobody' }
  /** For S3 the access key and the secret key. */
  | { kind: 'typed'; user: string; password: string }
  /** A Secret that is there. */
  | { kind: 'secret'; name: string }

export type SourceTrust =
  | { kind: 'usual' }
  /** PEM. */
  | { kind: 'typed'; certificates: string }
  /** A ConfigMap that is there. */
  | { kind: 'map'; name: string }

interface Beside {
  namespace: string
  /** Of the disk: what is kept for it is named after it. */
  name: string
}

/** The server chooses the end of the name: nothing that is there already is written over. */
const beside = ({ namespace, name }: Beside, what: string): { generateName: string; namespace: string } => ({
  generateName: `${name.slice(0, 40)}-${what}-`,
  namespace,
})

/** With CDI's keys. */
export function signInSecret(
  place: Beside,
  { user, password }: Extract<SourceSignIn, { kind: 'typed' }>,
): KubeObject & { stringData: Record<string, string> } {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: beside(place, 'sign-in'),
    stringData: { accessKeyId: user, secretKey: password },
  }
}

export function trustedCertificates(
  place: Beside,
  { certificates }: Extract<SourceTrust, { kind: 'typed' }>,
): KubeObject & { data: Record<string, string> } {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: beside(place, 'trust'),
    data: { 'ca.pem': `${certificates.trim()}\n` },
  }
}

/** Whether a Secret or ConfigMap was typed for what has this name, and goes with it. */
export function isKeptFor(name: string, kept: string): boolean {
  return ['sign-in', 'trust'].some((what) => kept.startsWith(beside({ namespace: '', name }, what).generateName))
}

/** What is still missing. */
export function missingOfAccess(
  signIn: SourceSignIn,
  trust: SourceTrust,
): 'noUser' | 'noSecret' | 'noCertificates' | 'noMap' | undefined {
  if (signIn.kind === 'typed' && (signIn.user === '' || signIn.password === '')) return 'noUser'
  if (signIn.kind === 'secret' && signIn.name === '') return 'noSecret'
  if (trust.kind === 'typed' && !/-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----/.test(trust.certificates))
    return 'noCertificates'
  return trust.kind === 'map' && trust.name === '' ? 'noMap' : undefined
}
