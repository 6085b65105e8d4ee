/**
 * What others need to check service-account tokens by themselves: the OpenID Connect discovery document and the keys
 * (https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery).
 */

import type { KeyObject } from 'node:crypto'
import type { PathDocument } from '../../server/options.ts'

export interface IssuerDocumentOptions {
  issuer: string
  keys: readonly { kid: string; publicKey: KeyObject }[]
  /** Where clients reach this server: `https://box.lan:7443`. Asked when the document is, so it may be known late. */
  address(this: void): string
}

const keysPath = '/openid/v1/jwks'

export function issuerDocuments(options: IssuerDocumentOptions): Record<string, () => PathDocument> {
  const { issuer, keys, address } = options
  return {
    '/.well-known/openid-configuration': () => ({
      contentType: 'application/json',
      body: JSON.stringify({
        issuer,
        jwks_uri: `${address()}${keysPath}`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
      }),
    }),
    [keysPath]: () => ({
      contentType: 'application/jwk-set+json',
      body: JSON.stringify({
        keys: keys.map(({ kid, publicKey }) => ({
          use: 'sig',
          kid,
          alg: 'ES256',
          ...publicKey.export({ format: 'jwk' }),
        })),
      }),
    }),
  }
}
