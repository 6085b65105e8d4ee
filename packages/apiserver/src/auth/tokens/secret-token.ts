/** Tokens kept in secrets, as Kubernetes made them before tokens had an end, and still does for secrets of their type. */

import type { JsonObject } from '@berth/meta'
import { objectAt, textAt } from '../../core/fields.ts'
import type { Store } from '../../storage/store.ts'
import { serviceAccountGroups, serviceAccountUser } from '../names.ts'
import { coreObject, isAlive } from './bound-objects.ts'
import type { TokenVerdict } from './token-verdict.ts'

export const secretTokenIssuer = 'kubernetes/serviceaccount'
export const secretTokenType = 'kubernetes.io/service-account-token'

const claim = (word: string): string => `kubernetes.io/serviceaccount/${word}`

export function secretTokenClaims({
  namespace,
  account,
  secret,
}: {
  namespace: string
  account: { name: string; uid: string }
  secret: string
}): JsonObject {
  return {
    iss: secretTokenIssuer,
    [claim('namespace')]: namespace,
    [claim('secret.name')]: secret,
    [claim('service-account.name')]: account.name,
    [claim('service-account.uid')]: account.uid,
    sub: serviceAccountUser(namespace, account.name),
  }
}

/** The claims of a token whose signature was good: its secret must still hold it. */
export function checkSecretToken(
  payload: JsonObject,
  { token, store, now, audience }: { token: string; store: Pick<Store, 'get'>; now: Date; audience: string },
): TokenVerdict {
  const namespace = textAt(payload, claim('namespace'))
  const name = textAt(payload, claim('service-account.name'))
  const uid = textAt(payload, claim('service-account.uid'))
  const secretName = textAt(payload, claim('secret.name'))
  if (namespace === '' || secretName === '' || payload['sub'] !== serviceAccountUser(namespace, name)) {
    return { ok: false, reason: 'the token names no service account' }
  }
  if (!isAlive(coreObject(store, { resource: 'serviceaccounts', namespace, name }), uid, now)) {
    return { ok: false, reason: `service account ${namespace}/${name} no longer exists` }
  }
  const secret = coreObject(store, { resource: 'secrets', namespace, name: secretName })
  const leaving = textAt(objectAt(secret, 'metadata'), 'deletionTimestamp') !== ''
  const held = Buffer.from(textAt(objectAt(secret, 'data'), 'token'), 'base64').toString('utf8')
  if (leaving || held !== token)
    return { ok: false, reason: `secret ${namespace}/${secretName} does not hold the token` }
  return {
    ok: true,
    user: { name: serviceAccountUser(namespace, name), uid, groups: serviceAccountGroups(namespace) },
    audiences: [audience],
  }
}
