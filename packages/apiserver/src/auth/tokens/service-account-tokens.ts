/**
 * Service-account tokens: signed JWTs with the claims Kubernetes gives them
 * (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/, "bound tokens").
 * A token is good only as long as the objects it is bound to exist.
 */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'
import type { Clock } from '@berth/base'
import { collectionOf, keyOf } from '../../resource/traits.ts'
import type { Store } from '../../storage/store.ts'
import { serviceAccountGroups, serviceAccountUser } from '../names.ts'
import type { SigningKey } from '../pki.ts'
import type { UserInfo } from '../user.ts'

/** Issuer of tokens, and the audience of this server. */
export const defaultIssuer = 'https://kubernetes.default.svc.cluster.local'

/** Longer texts are not looked at. */
const maxTokenLength = 16_384

export interface BoundObject {
  kind: 'Pod' | 'Secret'
  name: string
  uid: string
}

export interface TokenOptions {
  namespace: string
  name: string
  uid: string
  audiences: readonly string[]
  expirationSeconds: number
  bound?: BoundObject
}

export type TokenVerdict = { ok: true; user: UserInfo; audiences: string[] } | { ok: false; reason: string }

export interface ServiceAccountTokens {
  /** Audience of this server. */
  readonly issuer: string
  issue(options: TokenOptions): Promise<{ token: string; expires: Date }>
  /** @param audiences at least one of them must be the token's; the server itself unless given */
  verify(token: string, audiences?: readonly string[]): Promise<TokenVerdict>
}

export interface ServiceAccountTokensOptions {
  signingKey: SigningKey
  store: Pick<Store, 'get'>
  clock: Pick<Clock, 'now'>
  /** A version 4 UUID, for token ids. */
  uuid(): string
  issuer?: string
}

const boundResources = { Pod: 'pods', Secret: 'secrets' } as const

export function createServiceAccountTokens(options: ServiceAccountTokensOptions): ServiceAccountTokens {
  const { signingKey, store, clock, issuer = defaultIssuer } = options
  return {
    issuer,
    async issue({ namespace, name, uid, audiences, expirationSeconds, bound }) {
      // Loaded with the first token: a start should not pay for it.
      const { SignJWT } = await import('jose')
      const now = Math.floor(clock.now().getTime() / 1000)
      const expires = now + expirationSeconds
      const boundClaim = bound === undefined ? {} : { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }
      const token = await new SignJWT({
        'kubernetes.io': { namespace, serviceaccount: { name, uid }, ...boundClaim },
      })
        .setProtectedHeader({ alg: 'ES256', kid: signingKey.kid })
        .setIssuer(issuer)
        .setAudience([...audiences])
        .setSubject(serviceAccountUser(namespace, name))
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(expires)
        .setJti(options.uuid())
        .sign(signingKey.privateKey)
      return { token, expires: new Date(expires * 1000) }
    },
    async verify(token, audiences = [issuer]) {
      if (token.length > maxTokenLength) return { ok: false, reason: 'the token is too long' }
      const { jwtVerify } = await import('jose')
      let payload: Record<string, unknown>
      try {
        const verified = await jwtVerify(token, signingKey.publicKey, {
          algorithms: ['ES256'],
          issuer,
          audience: [...audiences],
          currentDate: clock.now(),
          requiredClaims: ['exp', 'sub'],
        })
        payload = verified.payload
      } catch (error) {
        const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
        return { ok: false, reason: `the token is not valid (${reason})` }
      }
      // What jose parsed is JSON.
      return checkClaims(payload as JsonObject, audiences, store)
    },
  }
}

function checkClaims(payload: JsonObject, audiences: readonly string[], store: Pick<Store, 'get'>): TokenVerdict {
  const claims = objectOf(payload['kubernetes.io'])
  const account = objectOf(claims?.['serviceaccount'])
  const namespace = textOf(claims?.['namespace'])
  const name = textOf(account?.['name'])
  const uid = textOf(account?.['uid'])
  if (namespace === '' || payload['sub'] !== serviceAccountUser(namespace, name)) {
    return { ok: false, reason: 'the token names no service account' }
  }
  if (uidOf(store, 'serviceaccounts', namespace, name) !== uid) {
    return { ok: false, reason: `service account ${namespace}/${name} no longer exists` }
  }
  const extra: Record<string, string[]> = {}
  if (typeof payload['jti'] === 'string')
    extra['authentication.kubernetes.io/credential-id'] = [`JTI=${payload['jti']}`]
  for (const [kind, resource] of Object.entries(boundResources)) {
    const bound = objectOf(claims?.[kind.toLowerCase()])
    if (bound === undefined) continue
    const boundName = textOf(bound['name'])
    if (uidOf(store, resource, namespace, boundName) !== textOf(bound['uid'])) {
      return { ok: false, reason: `the token is bound to ${kind} ${namespace}/${boundName}, which no longer exists` }
    }
    if (kind === 'Pod') {
      extra['authentication.kubernetes.io/pod-name'] = [boundName]
      extra['authentication.kubernetes.io/pod-uid'] = [textOf(bound['uid'])]
    }
  }
  const own = [payload['aud'] ?? []].flat()
  return {
    ok: true,
    user: { name: serviceAccountUser(namespace, name), uid, groups: serviceAccountGroups(namespace), extra },
    audiences: audiences.filter((audience) => own.includes(audience)),
  }
}

/** Uid of a stored object; undefined when there is none. */
export function uidOf(
  store: Pick<Store, 'get'>,
  resource: 'pods' | 'secrets' | 'serviceaccounts',
  namespace: string,
  name: string,
): string | undefined {
  const stored = store.get(collectionOf({ group: '', resource }), keyOf(namespace, name))
  if (stored === undefined) return undefined
  // The store holds only objects the server made, which all have metadata.
  const { metadata } = JSON.parse(stored.value.toString('utf8')) as { metadata: { uid?: string } }
  return metadata.uid
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
