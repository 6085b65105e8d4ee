/** Questions about identities (authentication.k8s.io): who am I, whose token is this. */

import { badRequest, formatTime, type Json, type JsonObject, type SchemaSet } from '@berth/meta'
import { builtIn } from '../../core/built-in.ts'
import { objectAt, textAt, textsAt } from '../../core/fields.ts'
import type { ResourceDefinition } from '../../resource/definition.ts'
import { groups } from '../names.ts'
import { invalidToken } from '../tokens/jwt.ts'
import type { ServiceAccountTokens } from '../tokens/service-account-tokens.ts'
import type { UserInfo } from '../user.ts'

const common = { apiPackage: 'authentication.v1', group: 'authentication.k8s.io', namespaced: false }

export function identityReviews(
  schemas: SchemaSet,
  tokens: Pick<ServiceAccountTokens, 'verify' | 'issuer'>,
): ResourceDefinition[] {
  return [
    {
      ...builtIn(schemas, {
        ...common,
        kind: 'SelfSubjectReview',
        resource: 'selfsubjectreviews',
        verbs: ['create'],
        // Nothing of the question comes back: it has nothing to say.
        create: async (_review, { user, now }) => ({
          metadata: { creationTimestamp: formatTime(now) },
          status: { userInfo: userObject(user) },
        }),
      }),
      // `kubectl auth whoami` of 1.26 and 1.27 asks in the old versions; the answer is the same.
      versions: [{ name: 'v1' }, { name: 'v1beta1' }, { name: 'v1alpha1' }],
    },
    builtIn(schemas, {
      ...common,
      kind: 'TokenReview',
      resource: 'tokenreviews',
      verbs: ['create'],
      async create(review) {
        review['status'] = await tokenStatus(objectAt(review, 'spec'), tokens)
        return review
      },
    }),
  ]
}

async function tokenStatus(
  spec: JsonObject | undefined,
  tokens: Pick<ServiceAccountTokens, 'verify' | 'issuer'>,
): Promise<JsonObject> {
  const token = textAt(spec, 'token')
  if (token === '') throw badRequest('token is required for TokenReview in authentication')
  const asked = textsAt(spec, 'audiences')
  const verdict = await tokens.verify(token, asked.length === 0 ? [tokens.issuer] : asked)
  if (!verdict.ok) return { user: {}, error: errorOf(verdict.reason) }
  const user = userObject({ ...verdict.user, groups: [...verdict.user.groups, groups.authenticated] })
  return { authenticated: true, user, audiences: verdict.audiences }
}

/** Who asks about a token may know what is wrong with one that is otherwise good, but not how a forged one failed. */
function errorOf(reason: string): string {
  return reason.startsWith(invalidToken) ? invalidToken : `[${invalidToken}, ${reason}]`
}

function userObject(user: UserInfo): JsonObject {
  const object: JsonObject = { username: user.name, groups: [...user.groups] }
  if (user.uid !== undefined) object['uid'] = user.uid
  const extra = Object.entries(user.extra ?? {}).map(([key, values]): [string, Json] => [key, [...values]])
  if (extra.length > 0) object['extra'] = Object.fromEntries(extra)
  return object
}
