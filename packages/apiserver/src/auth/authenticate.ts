/** Who a request comes from: client certificate, service-account token, nobody; and as whom they act. */

import { StatusError } from '@berth/meta'
import type { Logger } from '@berth/base'
import type { Authenticator, PeerCertificate } from '../server/authenticator.ts'
import { readBearer } from './bearer.ts'
import { impersonate } from './impersonate.ts'
import { anonymousUser, groups } from './names.ts'
import { isOfForeignPage } from './web-origin.ts'
import type { ServiceAccountTokens } from './tokens/service-account-tokens.ts'
import type { Authorizer, UserInfo } from './user.ts'

export interface AuthenticatorOptions {
  tokens: Pick<ServiceAccountTokens, 'verify'>
  /** Decides on impersonation. */
  authorizer: Authorizer
  logger: Logger
}

const anonymous: UserInfo = { name: anonymousUser, groups: [groups.unauthenticated] }

/** Any credential that is good wins; one that is not good is refused unless another is. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { tokens, authorizer, logger } = options

  async function identify(
    headers: Readonly<Record<string, string | undefined>>,
    certificate: PeerCertificate | undefined,
  ): Promise<UserInfo> {
    const refusals: string[] = []
    if (certificate !== undefined && isOfForeignPage(headers)) {
      refusals.push(`a web page of ${headers['origin'] ?? ''} used the client certificate of a browser`)
    } else if (certificate !== undefined) {
      // Without a name there is nobody to let in, whoever signed it.
      if (certificate.authorized && certificate.commonName !== '') return userOf(certificate)
      refusals.push('the client certificate is not valid')
    }
    const bearer = readBearer(headers)
    if (bearer.kind === 'malformed') refusals.push(bearer.reason)
    if (bearer.kind === 'token') {
      const verdict = await tokens.verify(bearer.token)
      if (verdict.ok) return { ...verdict.user, groups: [...verdict.user.groups, groups.authenticated] }
      refusals.push(verdict.reason)
    }
    if (refusals.length === 0) return anonymous
    // The client learns only that it was refused; why is for the log, so that nobody can probe what exists.
    logger.info({ reasons: refusals }, 'refused credentials')
    throw new StatusError('Unauthorized', 'Unauthorized')
  }

  return {
    async authenticate({ headers, peerCertificate }) {
      return impersonate(await identify(headers, peerCertificate), headers, authorizer)
    },
  }
}

function userOf({ commonName, organizations }: PeerCertificate): UserInfo {
  return { name: commonName, groups: [...new Set([...organizations, groups.authenticated])] }
}
