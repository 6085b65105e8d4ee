/** Says in plain words why a connection failed, and whether trying again may help. */

import { ImagingError } from '../errors.ts'
import { RetryableFailure } from './retryable.ts'
import { showUrl } from './safe-url.ts'

const plain: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known (DNS)',
  EAI_AGAIN: 'no name server answers (DNS)',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  EHOSTUNREACH: 'no way leads to that host',
  ENETUNREACH: 'no way leads to that network',
  ETIMEDOUT: 'it does not answer',
}

/** Certificates do not get better by trying again. */
const certificates: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet (is the clock of this host right?)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known here',
  CERT_REVOKED: 'it was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
}

const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS/
const noTls = /EPROTO|ERR_SSL/

/** Translates what Node says about a broken connection. */
export function connectionFailure(url: URL, cause: Error, signal: AbortSignal | undefined): Error {
  if (cause instanceof RetryableFailure || cause instanceof ImagingError) return cause
  if (signal?.aborted) return new ImagingError('Aborted', `the download of ${showUrl(url)} was cancelled`)
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (Object.hasOwn(certificates, code) || untrusted.test(code)) {
    const why = certificates[code]
    const words = `its certificate is not trusted${why === undefined ? '' : `: ${why}`} (${code})`
    return new ImagingError('Refused', `${showUrl(url)}: ${words}`, {
      cause,
      remedy: 'Give the certificate authority of this server, or have its certificate renewed.',
    })
  }
  if (noTls.test(code)) {
    return new ImagingError('Refused', `${showUrl(url)}: it does not speak TLS as it should (${code})`, {
      cause,
      remedy: 'Check the port, and whether the address begins with http instead of https.',
    })
  }
  const words = plain[code]
  const why = words === undefined ? code || 'the connection failed' : `${words} (${code})`
  return new RetryableFailure(new ImagingError('NetworkFailed', `${showUrl(url)}: ${why}`, { cause }))
}
