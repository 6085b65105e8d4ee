/** PKCS #10 requests: reading them, and what of them the built-in signers accept. Loads the certificate library when first used. */

import { masters } from './subject.ts'
import { clientSigner, nodeClientSigner } from './signers.ts'

export interface ReadRequest {
  readonly commonNames: readonly string[]
  readonly organizations: readonly string[]
  /** `dns:a`, `ip:1.2.3.4`, `email:…`, `url:…`. */
  readonly alternativeNames: readonly string[]
}

/** Larger ones are nobody's: the largest RSA key in use needs a tenth. */
const maxRequestBytes = 65_536

/**
 * @param pem the request as the API carries it, decoded from base64
 * @returns the parts, or in words why it is not one
 */
export async function readRequest(pem: Buffer): Promise<ReadRequest | { problem: string }> {
  const text = pem.toString('latin1')
  const body =
    /^[^-]*-----BEGIN CERTIFICATE REQUEST-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE REQUEST-----/.exec(text)
  if (body?.[1] === undefined) return { problem: 'PEM block type must be CERTIFICATE REQUEST' }
  if (pem.length > maxRequestBytes) return { problem: `the request is longer than ${maxRequestBytes} bytes` }
  try {
    const { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } = await certificates()
    const request = new Pkcs10CertificateRequest(Buffer.from(body[1], 'base64'))
    if (!(await request.verify())) return { problem: 'the signature of the request is not that of its key' }
    const names = request.extensions.find((each) => each instanceof SubjectAlternativeNameExtension)
    return {
      commonNames: request.subjectName.getField('CN'),
      organizations: request.subjectName.getField('O'),
      alternativeNames: (names?.names.items ?? []).map(({ type, value }) => `${type}:${value}`),
    }
  } catch (error) {
    return { problem: `the request cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}

async function certificates() {
  // The library needs it in place first, and it exports nothing.
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

const clientUsages = ['client auth', 'digital signature', 'key encipherment']

/** Why a built-in signer refuses a request; undefined when it signs it, or when the signer is not built in. */
export function refusalOf(signerName: string, request: ReadRequest, usages: readonly string[]): string | undefined {
  if (signerName !== clientSigner && signerName !== nodeClientSigner) return undefined
  if (!usages.includes('client auth') || !usages.every((usage) => clientUsages.includes(usage))) {
    return `usages must hold "client auth", and beside it only ${clientUsages.slice(1).join(', ')}`
  }
  if (request.commonNames.length !== 1 || request.commonNames[0] === '') return 'the subject must hold one common name'
  if (request.organizations.includes(masters)) return `nobody is made a member of ${masters} by a request`
  return signerName === nodeClientSigner ? nodeRefusal(request) : undefined
}

function nodeRefusal({ commonNames, organizations, alternativeNames }: ReadRequest): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes') return 'the organization must be system:nodes'
  if (commonNames[0]?.startsWith('system:node:') !== true) return 'the common name must begin with system:node:'
  return alternativeNames.length > 0 ? 'a node as a client has no alternative names' : undefined
}
