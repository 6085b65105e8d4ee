import { generateKeyPairSync } from 'node:crypto'
import type { JsonObject, KubeObject } from '@berth/meta'
import { beforeEach, expect, test } from 'vitest'
import { coreSchemas } from '../../generated/core.ts'
import type { SubresourceRequest } from '../../resource/definition.ts'
import type { Store } from '../../storage/store.ts'
import type { RbacAuthorizer } from '../rbac.ts'
import {
  contextOf,
  FixedClock,
  grant,
  groupSubject,
  openAuthorizer,
  put,
  rule,
  user,
  userSubject,
} from '../testing/fixture.ts'
import { createServiceAccountTokens, type ServiceAccountTokens } from '../tokens/service-account-tokens.ts'
import { tokenRequest } from '../tokens/token-request.ts'
import type { UserInfo } from '../user.ts'
import { accessReviews } from './access.ts'
import { identityReviews } from './identity.ts'

const ann = user('ann', 'dev')
let store: Store
let authorizer: RbacAuthorizer
let clock: FixedClock
let tokens: ServiceAccountTokens

beforeEach(async () => {
  ;({ store, authorizer } = openAuthorizer())
  clock = new FixedClock()
  const signingKey = { kid: 'k', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  tokens = createServiceAccountTokens({ signingKey, store, clock, uuid: () => 'id' })
  await put(store, 'core/serviceaccounts', { metadata: { namespace: 'prod', name: 'robot', uid: 'uid-1' } })
})

async function answer(kind: string, spec: JsonObject, context: { who?: UserInfo; namespace?: string } = {}) {
  const definitions = [...accessReviews(coreSchemas, authorizer), ...identityReviews(coreSchemas, tokens)]
  const definition = definitions.find((each) => each.kind === kind)
  const object = { apiVersion: 'v1', kind, metadata: {}, spec } as KubeObject & JsonObject
  const answered = await definition?.create?.(object, contextOf(context.who ?? ann, context.namespace))
  return answered?.['status']
}

const getPods = { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'prod' } }

test('access reviews answer for oneself, for others, and within one namespace', async () => {
  expect(await answer('SelfSubjectAccessReview', getPods)).toEqual({ allowed: false })
  await grant(store, { role: 'r', rules: [rule('get', 'pods')], to: [groupSubject('dev')], namespace: 'prod' })
  const reason = 'RBAC: allowed by RoleBinding "r/prod" of Role "r" to Group "dev"'
  expect(await answer('SelfSubjectAccessReview', getPods)).toEqual({ allowed: true, reason })
  expect(await answer('SubjectAccessReview', { ...getPods, user: 'bob' })).toEqual({ allowed: false })
  expect(await answer('SubjectAccessReview', { ...getPods, groups: ['dev'] })).toEqual({ allowed: true, reason })
  const local = { ...getPods, user: 'x', groups: ['dev'] }
  expect(await answer('LocalSubjectAccessReview', local, { namespace: 'prod' })).toMatchObject({ allowed: true })
  await expect(answer('LocalSubjectAccessReview', local, { namespace: 'a' })).rejects.toMatchObject({ code: 'Invalid' })
  const path = { nonResourceAttributes: { verb: 'get', path: '/metrics' } }
  expect(await answer('SelfSubjectAccessReview', path)).toEqual({ allowed: false })
})

test.each([
  ['SelfSubjectAccessReview', {}],
  ['SelfSubjectAccessReview', { ...getPods, nonResourceAttributes: { verb: 'get', path: '/' } }],
  ['SubjectAccessReview', getPods],
  ['SelfSubjectRulesReview', {}],
])('%s %o is not valid', async (kind, spec) => {
  await expect(answer(kind, spec)).rejects.toMatchObject({ code: 'Invalid', httpCode: 422 })
})

test('a rules review lists what one may do', async () => {
  await grant(store, { role: 'r', rules: [rule('get', 'pods')], to: [userSubject('ann')], namespace: 'prod' })
  await grant(store, { role: 'p', rules: [{ verbs: ['get'], nonResourceURLs: ['/m'] }], to: [userSubject('ann')] })
  expect(await answer('SelfSubjectRulesReview', { namespace: 'prod' })).toEqual({
    resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/m'] }],
    incomplete: false,
  })
  const root = user('root', 'system:masters')
  expect(await answer('SelfSubjectRulesReview', { namespace: 'prod' }, { who: root })).toMatchObject({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  })
})

test('who am I', async () => {
  const who = { ...ann, uid: '7', extra: { scopes: ['a'] } }
  expect(await answer('SelfSubjectReview', {}, { who })).toEqual({
    userInfo: { username: 'ann', uid: '7', groups: ['dev'], extra: { scopes: ['a'] } },
  })
})

function requestToken(spec: JsonObject | undefined, more: Partial<SubresourceRequest> = {}) {
  return tokenRequest({ tokens, store }).handle({
    ...contextOf(ann, 'prod'),
    now: clock.now(),
    method: 'POST',
    version: 'v1',
    name: 'robot',
    rest: [],
    query: new URLSearchParams(),
    body: spec === undefined ? undefined : { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
    upgrade: false,
    signal: new AbortController().signal,
    ...more,
  })
}

test('a requested token is good for its audience until its time, and a token review says so', async () => {
  const made = await requestToken({ audiences: ['vault'], expirationSeconds: 600 })
  expect(made).toMatchObject({
    kind: 'json',
    code: 201,
    body: {
      kind: 'TokenRequest',
      metadata: { name: 'robot', namespace: 'prod' },
      spec: { audiences: ['vault'], expirationSeconds: 600 },
      status: { expirationTimestamp: '2026-03-01T12:10:00Z' },
    },
  })
  if (made.kind !== 'json') throw new Error('not JSON')
  const { token } = (made.body as { status: { token: string } }).status
  expect(await answer('TokenReview', { token, audiences: ['other', 'vault'] })).toMatchObject({
    authenticated: true,
    audiences: ['vault'],
    user: {
      username: 'system:serviceaccount:prod:robot',
      uid: 'uid-1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:prod', 'system:authenticated'],
    },
  })
  expect(await answer('TokenReview', { token })).toMatchObject({
    error: expect.stringContaining('invalid bearer token'),
  })
  clock.advance(601)
  expect(await answer('TokenReview', { token, audiences: ['vault'] })).not.toHaveProperty('authenticated')
  await expect(answer('TokenReview', {})).rejects.toMatchObject({ code: 'BadRequest' })
})

test('a token is for this server and an hour unless asked otherwise', async () => {
  const expected = { spec: { audiences: [tokens.issuer], expirationSeconds: 3600 } }
  expect(await requestToken(undefined)).toMatchObject({ body: expected })
  expect(await requestToken({}, { dryRun: true })).toMatchObject({ body: { status: { token: '' } } })
})

test.each([
  [{ expirationSeconds: 599 }, 'Invalid'],
  [{ expirationSeconds: 2 ** 33 }, 'Invalid'],
  [{ expirationSeconds: 0 }, 'Invalid'],
  [{ expirationSeconds: 700.5 }, 'BadRequest'],
  [{ boundObjectRef: { kind: 'Node', name: 'n' } }, 'NotFound'],
  [{ boundObjectRef: { kind: 'Foo', name: 'n' } }, 'BadRequest'],
  [{ boundObjectRef: { kind: 'Pod', name: 'missing' } }, 'NotFound'],
  [{ boundObjectRef: { kind: 'Secret', name: 's', uid: 'another' } }, 'Conflict'],
])('a token request with %o is refused: %s', async (spec, code) => {
  await put(store, 'core/secrets', { metadata: { namespace: 'prod', name: 's', uid: 'secret-1' } })
  await expect(requestToken(spec)).rejects.toMatchObject({ code })
})

test('no token for a service account that does not exist', async () => {
  await expect(requestToken({}, { name: 'nobody' })).rejects.toMatchObject({ code: 'NotFound' })
  await expect(requestToken({}, { body: 'x' })).rejects.toMatchObject({ code: 'BadRequest' })
})
