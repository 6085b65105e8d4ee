/** How the server learns who is calling. The implementation lives in `auth/`; this is all the HTTP layer knows of it. */

import type { UserInfo } from '../auth/user.ts'

/** The certificate a client showed in the TLS handshake. */
export interface PeerCertificate {
  readonly commonName: string
  /** Subject organisations: the groups of the user. */
  readonly organizations: readonly string[]
  /** DER. */
  readonly raw: Buffer
  /** The TLS layer found a valid chain to the server's client CA. */
  readonly authorized: boolean
}

export interface Credentials {
  /** Lower-case names. `authorization`, and for browsers `sec-websocket-protocol` with a bearer token in it. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly peerCertificate?: PeerCertificate
}

export interface Authenticator {
  /**
   * `system:anonymous` when no credentials were shown.
   * @throws {StatusError} Unauthorized when credentials were shown and are not good
   */
  authenticate(credentials: Credentials): Promise<UserInfo>
}
