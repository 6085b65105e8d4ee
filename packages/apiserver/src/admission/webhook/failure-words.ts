/** Failures of a connection in the words of Go's net and crypto packages, which operators know from Kubernetes' answers. */

const untrusted = 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
const outOfDate = 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid'

/** By Node's error code. */
const words: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: outOfDate,
  CERT_NOT_YET_VALID: outOfDate,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  ECONNRESET: 'EOF',
  EPIPE: 'EOF',
}

const dialWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
}

/** @param host what the certificate should be for */
export function describeFailure(error: unknown, host: string): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  if (error.name === 'AbortError') return 'context canceled'
  if (error instanceof AggregateError && error.errors.length > 0) return describeFailure(error.errors[0], host)
  if (code === undefined) return error.message
  if (Object.hasOwn(words, code)) return words[code] ?? code
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `tls: failed to verify certificate: x509: certificate is not valid for ${host}`
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${host}: no such host`
  const dial = Object.hasOwn(dialWords, code) ? dialWords[code] : undefined
  if (dial === undefined) return error.message
  const { address = host, port = 0 } = error as { address?: string; port?: number }
  return `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: ${dial}`
}
