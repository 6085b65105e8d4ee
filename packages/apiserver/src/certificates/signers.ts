/** What signers are called, what the built-in ones sign, and who may use them. */

import {
  forbiddenValue,
  invalidValue,
  isDns1123Label,
  isDns1123Subdomain,
  requiredValue,
  type StatusCause,
} from '@berth/meta'
import type { Authorizer, UserInfo } from '../auth/user.ts'

export const certificatesGroup = 'certificates.k8s.io'

/** Clients of this server. */
export const clientSigner = 'kubernetes.io/kube-apiserver-client'
/** Nodes, as clients of this server. */
export const nodeClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet'

/** kube-apiserver's words for what a signer may be called: `domain/path`, both halves bounded. */
export function signerNameCauses(name: string): StatusCause[] {
  const field = 'spec.signerName'
  if (name === '') return [requiredValue(field)]
  const [domain = '', path, ...more] = name.split('/')
  if (path === undefined || more.length > 0) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
    return [invalidValue(field, name, why)]
  }
  const causes = domain
    .split('.')
    .flatMap((label) =>
      isDns1123Label(label).map((why) => invalidValue(field, domain, `validating label "${label}": ${why}`)),
    )
  if (domain.split('.').length < 2) {
    causes.push(invalidValue(field, domain, 'should be a domain with at least two segments separated by dots'))
  }
  for (const label of path.split('.')) {
    causes.push(
      ...isDns1123Subdomain(label).map((why) => invalidValue(field, path, `validating label "${label}": ${why}`)),
    )
  }
  // 571 is the longest that a domain of 253, a namespace of 63 and a name of 253 characters need, with what joins them.
  if (name.length > 571) causes.push(forbiddenValue(field, 'may not be more than 571 bytes'))
  if (name === 'kubernetes.io/legacy-unknown') {
    causes.push(invalidValue(field, name, 'the legacy signerName is not allowed via this API version'))
  }
  return causes
}

/** Permission on the signer by its name, or on all signers of its domain (`example.com/*`). */
export function maySigner(
  authorizer: Authorizer,
  { user, verb, signerName }: { user: UserInfo; verb: 'approve' | 'sign' | 'attest'; signerName: string },
): boolean {
  const [domain = ''] = signerName.split('/')
  return [signerName, `${domain}/*`].some(
    (name) =>
      authorizer.authorize({
        kind: 'resource',
        user,
        verb,
        group: certificatesGroup,
        version: '*',
        resource: 'signers',
        name,
      }).allowed,
  )
}
