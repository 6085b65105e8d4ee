/** What single members of an AuthenticationConfiguration must look like, in Kubernetes' words. Pure. */

import { X509Certificate } from 'node:crypto'
import { invalidValue, isDns1123Subdomain, requiredValue, type StatusCause } from '@berth/meta'

export function urlCauses(field: string, text: string, what: string): StatusCause[] {
  if (text === '') return [requiredValue(field, `${what} is required`)]
  const url = URL.parse(text)
  if (url === null) return [invalidValue(field, text, 'is not a URL')]
  const causes: StatusCause[] = []
  const refuse = (why: string): unknown => causes.push(invalidValue(field, text, `${what} ${why}`))
  if (url.protocol !== 'https:') refuse('scheme must be https')
  if (url.username !== '' || url.password !== '') refuse('must not contain a username or password')
  if (url.search !== '') refuse('must not contain a query')
  if (url.hash !== '') refuse('must not contain a fragment')
  return causes
}

export function authorityCauses(field: string, pem: string): StatusCause[] {
  if (pem === '') return []
  if (isCertificate(pem)) return []
  return [invalidValue(field, '<omitted>', 'data does not contain any valid RSA or ECDSA certificates')]
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).publicKey.type === 'public'
  } catch {
    return false
  }
}

/** `example.com/role`: who invents a key must own its domain, and Kubernetes' are Kubernetes' own. */
export function extraKeyCauses(field: string, key: string): StatusCause[] {
  if (key === '') return [requiredValue(field)]
  const [domain = '', ...path] = key.split('/')
  if (path.length === 0 || path.join('/') === '' || isDns1123Subdomain(domain).length > 0) {
    return [invalidValue(field, key, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  }
  const causes: StatusCause[] = []
  if (key !== key.toLowerCase()) causes.push(invalidValue(field, key, 'key must be lowercase'))
  if (!/^[a-z0-9._~!$&'()*+,;=:@%/-]+$/.test(path.join('/').toLowerCase())) {
    causes.push(invalidValue(field, key, 'must be a valid path'))
  }
  if (['k8s.io', 'kubernetes.io'].some((each) => domain === each || domain.endsWith(`.${each}`))) {
    const why = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'
    causes.push(invalidValue(field, key, why))
  }
  return causes
}
