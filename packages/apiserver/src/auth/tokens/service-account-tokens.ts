/**
 * Service-account tokens: signed JWTs with the claims Kubernetes gives them
 * (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/, "bound tokens").
 * A token is good only as long as the objects it is bound to exist.
 */

import type { JsonObject } from '@berth/meta'
import type { Clock } from '@berth/base'
import { objectAt, textAt } from '../../core/fields.ts'
import type { Store } from '../../storage/store.ts'
import { serviceAccountGroups, serviceAccountUser } from '../names.ts'
import type { SigningKey } from '../pki.ts'
import { boundKinds, coreObject, isAlive, placeOfBound, type BoundKind, type BoundObject } from './bound-objects.ts'
import { claimedIssuer, invalidToken, maxTokenLength } from './jwt.ts'
import type { TokenVerdict } from './token-verdict.ts'
import { checkSecretToken, secretTokenClaims, secretTokenIssuer } from './secret-token.ts'

/** Issuer of tokens, and the audience of this server. */
export const defaultIssuer = 'https://kubernetes.default.svc.cluster.local'

export interface TokenOptions {
  namespace: string
  name: string
  uid: string
  audiences: readonly string[]
  expirationSeconds: number
  bound?: BoundObject
  /** Where a pod that the token is bound to runs: told to who asks about the token, and not a condition of it. */
  node?: { name: string; uid?: string }
}

export interface ServiceAccountTokens {
  /** Audience of this server. */
  readonly issuer: string
  issue(options: TokenOptions): Promise<{ token: string; expires: Date }>
  /** The token that lies in a secret of type `kubernetes.io/service-account-token`: without end, good while the secret holds it. */
  issueForSecret(options: {
    namespace: string
    account: { name: string; uid: string }
    secret: string
  }): Promise<string>
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

export function createServiceAccountTokens(options: ServiceAccountTokensOptions): ServiceAccountTokens {
  const { signingKey, store, clock, issuer = defaultIssuer } = options
  const header = { alg: 'ES256', kid: signingKey.kid }
  return {
    issuer,
    async issue({ namespace, name, uid, audiences, expirationSeconds, bound, node }) {
      // Loaded with the first token: a start should not pay for it.
      const { SignJWT } = await import('jose')
      const now = Math.floor(clock.now().getTime() / 1000)
      const expires = now + expirationSeconds
      const boundClaim =
        bound === undefined ? {} : { [boundKinds[bound.kind].claim]: { name: bound.name, uid: bound.uid } }
      const nodeClaim = node === undefined ? {} : { node }
      const token = await new SignJWT({
        'kubernetes.io': { namespace, ...nodeClaim, ...boundClaim, serviceaccount: { name, uid } },
      })
        .setProtectedHeader(header)
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
    async issueForSecret(wanted) {
      const { SignJWT } = await import('jose')
      return new SignJWT(secretTokenClaims(wanted)).setProtectedHeader(header).sign(signingKey.privateKey)
    },
    async verify(token, audiences = [issuer]) {
      if (token.length > maxTokenLength) return { ok: false, reason: `${invalidToken} (too long)` }
      const { jwtVerify } = await import('jose')
      const fromSecret = claimedIssuer(token) === secretTokenIssuer
      let payload: JsonObject
      try {
        const verified = await jwtVerify(token, signingKey.publicKey, {
          algorithms: ['ES256'],
          currentDate: clock.now(),
          ...(fromSecret
            ? { issuer: secretTokenIssuer, requiredClaims: ['sub'] }
            : { issuer, requiredClaims: ['exp', 'sub'] }),
        })
        // What jose parsed is JSON.
        payload = verified.payload as JsonObject
      } catch (error) {
        return { ok: false, reason: `${invalidToken} (${codeOf(error)})` }
      }
      if (!fromSecret) return checkClaims(payload, audiences, { store, now: clock.now() })
      if (!audiences.includes(issuer)) return { ok: false, reason: 'the token of a secret is for this server only' }
      return checkSecretToken(payload, { token, store, now: clock.now(), audience: issuer })
    },
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
}

function checkClaims(
  payload: JsonObject,
  audiences: readonly string[],
  { store, now }: { store: Pick<Store, 'get'>; now: Date },
): TokenVerdict {
  const own = [payload['aud'] ?? []].flat()
  const shared = audiences.filter((audience) => own.includes(audience))
  if (shared.length === 0) {
    const why = `token audiences ${listed(own)} is invalid for the target audiences ${listed(audiences)}`
    return { ok: false, reason: why }
  }
  const claims = objectAt(payload, 'kubernetes.io')
  const account = objectAt(claims, 'serviceaccount')
  const namespace = textAt(claims, 'namespace')
  const name = textAt(account, 'name')
  const uid = textAt(account, 'uid')
  if (namespace === '' || payload['sub'] !== serviceAccountUser(namespace, name)) {
    return { ok: false, reason: 'the token names no service account' }
  }
  if (!isAlive(coreObject(store, { resource: 'serviceaccounts', namespace, name }), uid, now)) {
    return { ok: false, reason: `service account ${namespace}/${name} no longer exists` }
  }
  const extra: Record<string, string[]> = {}
  if (typeof payload['jti'] === 'string') extra[`${extraPrefix}credential-id`] = [`JTI=${payload['jti']}`]
  for (const kind of ['Secret', 'Node', 'Pod'] as const) {
    const bound = objectAt(claims, boundKinds[kind].claim)
    if (bound === undefined) continue
    const boundName = textAt(bound, 'name')
    const boundUid = textAt(bound, 'uid')
    // A pod says where it runs; only a token bound to the node itself ends with the node.
    const aside = kind === 'Node' && objectAt(claims, 'pod') !== undefined
    if (!aside && !isAlive(coreObject(store, placeOfBound(kind, namespace, boundName)), boundUid, now)) {
      return { ok: false, reason: `the token is bound to ${kind} ${boundName}, which no longer exists` }
    }
    Object.assign(extra, boundExtra(kind, boundName, boundUid))
  }
  return {
    ok: true,
    user: { name: serviceAccountUser(namespace, name), uid, groups: serviceAccountGroups(namespace), extra },
    audiences: shared,
  }
}

/** As Go prints a list of texts. */
function listed(values: readonly unknown[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`
}

const extraPrefix = 'authentication.kubernetes.io/'

/** What users of pods and nodes carry with them, so that rules can tell one from another. */
function boundExtra(kind: BoundKind, name: string, uid: string): Record<string, string[]> {
  if (kind === 'Secret') return {}
  const word = kind.toLowerCase()
  return { [`${extraPrefix}${word}-name`]: [name], ...(uid === '' ? {} : { [`${extraPrefix}${word}-uid`]: [uid] }) }
}
