/** One issuer in a few words, as kube-apiserver's `--oidc-…` flags give it. */

import { refused } from './configuration.ts'
import { authorityCauses, urlCauses } from './configuration-fields.ts'
import { asymmetricAlgorithms, type IssuerOptions } from './issuer-options.ts'
import { requiredValue, unsupportedValue } from '@berth/meta'

export interface SimpleOidcOptions {
  issuerUrl: string
  /** The audience tokens must have. */
  clientId: string
  /** `sub` unless given. */
  usernameClaim?: string
  /** `-` for none; unless given the issuer and `#`, or nothing for the claim `email`. */
  usernamePrefix?: string
  groupsClaim?: string
  groupsPrefix?: string
  /** Claims that must have these values. */
  requiredClaims?: Readonly<Record<string, string>>
  /** PEM. */
  certificateAuthority?: string
  /** `RS256` unless given. */
  signingAlgorithms?: readonly string[]
}

/** @throws {OidcError} InvalidConfiguration */
export function simpleOidcIssuer(options: SimpleOidcOptions): IssuerOptions {
  const { issuerUrl, clientId, usernameClaim = 'sub', groupsClaim, signingAlgorithms = ['RS256'] } = options
  const known: readonly string[] = asymmetricAlgorithms
  const causes = [
    ...urlCauses('oidc-issuer-url', issuerUrl, 'URL'),
    ...authorityCauses('oidc-ca-file', options.certificateAuthority ?? ''),
    ...(clientId === '' ? [requiredValue('oidc-client-id')] : []),
    ...signingAlgorithms
      .filter((each) => !known.includes(each))
      .map((each) => unsupportedValue('oidc-signing-algs', each, [...known])),
  ]
  if (causes.length > 0) throw refused(causes)
  return {
    url: issuerUrl,
    discoveryUrl: undefined,
    certificateAuthority: options.certificateAuthority,
    audiences: [clientId],
    username: { kind: 'claim', claim: usernameClaim, prefix: usernamePrefix(options, usernameClaim) },
    groups:
      groupsClaim === undefined ? undefined : { kind: 'claim', claim: groupsClaim, prefix: options.groupsPrefix ?? '' },
    uid: undefined,
    extra: [],
    claimRules: Object.entries(options.requiredClaims ?? {}).map(([claim, requiredValue]) => ({
      kind: 'claim',
      claim,
      requiredValue,
    })),
    userRules: [],
    algorithms: signingAlgorithms,
  }
}

function usernamePrefix({ usernamePrefix: given, issuerUrl }: SimpleOidcOptions, claim: string): string {
  if (given === '-') return ''
  if (given !== undefined && given !== '') return given
  // Addresses are the same everywhere; other names mean something only with the issuer beside them.
  return claim === 'email' ? '' : `${issuerUrl}#`
}
