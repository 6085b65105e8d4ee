/** What Node's network and TLS error codes mean to a person. */

import { messageOf } from '@berth/base'
import { ClientError, type ClientErrorCode } from './errors.ts'

interface Meaning {
  code: ClientErrorCode
  text: string
  remedy: string
}

const notRunning = 'Check that the server runs (`berth status` for the local engine) and that the address is right.'
const wrongTrust = 'Take a fresh kubeconfig from the server; the one in use may be from an earlier installation.'

const meanings: Record<string, Meaning> = {
  ECONNREFUSED: { code: 'Unreachable', text: 'nothing listens there', remedy: notRunning },
  ECONNRESET: { code: 'Unreachable', text: 'the connection was cut', remedy: notRunning },
  EPIPE: { code: 'Unreachable', text: 'the connection was cut', remedy: notRunning },
  ENOTFOUND: { code: 'Unreachable', text: 'the name is unknown', remedy: 'Check the address and name resolution.' },
  EAI_AGAIN: { code: 'Unreachable', text: 'the name cannot be resolved now', remedy: 'Check name resolution.' },
  EHOSTUNREACH: { code: 'Unreachable', text: 'no route to the host', remedy: 'Check the network.' },
  ENETUNREACH: { code: 'Unreachable', text: 'the network is unreachable', remedy: 'Check the network.' },
  ETIMEDOUT: { code: 'Timeout', text: 'no answer', remedy: notRunning },
  CERT_HAS_EXPIRED: { code: 'Untrusted', text: 'its certificate has expired', remedy: 'Renew it, or check the clock.' },
  CERT_NOT_YET_VALID: { code: 'Untrusted', text: 'its certificate is not valid yet', remedy: 'Check the clock.' },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: 'Untrusted', text: 'its certificate is not trusted', remedy: wrongTrust },
  SELF_SIGNED_CERT_IN_CHAIN: { code: 'Untrusted', text: 'its certificate is not trusted', remedy: wrongTrust },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { code: 'Untrusted', text: 'its certificate is not trusted', remedy: wrongTrust },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { code: 'Untrusted', text: 'its certificate is not trusted', remedy: wrongTrust },
  CERT_SIGNATURE_FAILURE: {
    code: 'Untrusted',
    text: 'its certificate is not from the expected CA',
    remedy: wrongTrust,
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'Untrusted',
    text: 'its certificate is for another name',
    remedy: 'Use an address the certificate names, or set tls-server-name.',
  },
}

/** A transport failure as a ClientError; what already is one stays. */
export function connectionError(server: string, error: unknown): ClientError {
  if (error instanceof ClientError) return error
  // A name with several addresses fails with one error per address; the first tells enough.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const systemCode = first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : ''
  const meaning = meanings[systemCode]
  if (meaning !== undefined) {
    const { code, text, remedy } = meaning
    return new ClientError(code, `cannot reach ${server}: ${text}`, { remedy, cause: error })
  }
  const code = /^ERR_(SSL|OSSL|TLS)|^EPROTO/.test(systemCode) ? 'Untrusted' : 'Unreachable'
  return new ClientError(code, `cannot reach ${server}: ${messageOf(first)}`, { cause: error })
}
