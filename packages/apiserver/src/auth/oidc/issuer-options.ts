/** What is known of one issuer of tokens, once its configuration is read. */

/** A claim by its name, or a CEL expression over `claims`. */
export type ClaimSource =
  | { readonly kind: 'claim'; readonly claim: string; readonly prefix: string }
  | { readonly kind: 'expression'; readonly expression: string }

export type ClaimRule =
  | { readonly kind: 'claim'; readonly claim: string; readonly requiredValue: string }
  | { readonly kind: 'expression'; readonly expression: string; readonly message: string }

export interface UserRule {
  readonly expression: string
  readonly message: string
}

export interface ExtraMapping {
  readonly key: string
  readonly expression: string
}

export interface IssuerOptions {
  /** Exactly what tokens say in `iss`. */
  readonly url: string
  /** Where the discovery document is, when not at its usual place below `url`. */
  readonly discoveryUrl: string | undefined
  /** PEM; the machine's own list of authorities unless given. */
  readonly certificateAuthority: string | undefined
  /** A token must name one of them. */
  readonly audiences: readonly string[]
  readonly username: ClaimSource
  readonly groups: ClaimSource | undefined
  readonly uid: ClaimSource | undefined
  readonly extra: readonly ExtraMapping[]
  readonly claimRules: readonly ClaimRule[]
  readonly userRules: readonly UserRule[]
  /** JWS names; asymmetric ones only. */
  readonly algorithms: readonly string[]
}

export const asymmetricAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
] as const
