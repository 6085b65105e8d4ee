/** Bearer tokens of every kind this server takes: each goes to the one who can have made it, and to nobody else. */

import type { OidcTokens } from '../oidc/oidc-tokens.ts'
import { claimedIssuer } from './jwt.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'
import type { TokenVerdict } from './token-verdict.ts'

export type TokenVerifier = Pick<ServiceAccountTokens, 'verify' | 'issuer'>

/** Without `oidc` only service accounts have tokens. */
export function tokenVerifier(options: {
  serviceAccounts: TokenVerifier
  oidc?: Pick<OidcTokens, 'issues' | 'verify'> | undefined
}): TokenVerifier {
  const { serviceAccounts, oidc } = options
  const { issuer } = serviceAccounts
  return {
    issuer,
    async verify(token, audiences = [issuer]): Promise<TokenVerdict> {
      const claimed = claimedIssuer(token)
      // This server's own issuer is nobody else's, whatever a configuration says.
      if (oidc === undefined || claimed === undefined || claimed === issuer || !oidc.issues(claimed)) {
        return serviceAccounts.verify(token, audiences)
      }
      const verdict = await oidc.verify(token)
      if (!verdict.ok) return verdict
      // What a token of an issuer is for is the configuration's matter; it then speaks to this server, and to no other.
      if (!audiences.includes(issuer)) return { ok: false, reason: 'the token is for this server only' }
      return { ...verdict, audiences: [issuer] }
    },
  }
}
