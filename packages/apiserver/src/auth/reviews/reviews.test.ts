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
])('%s %o is not valid', async (kind, spec) => {
  await expect(answer(kind, spec)).rejects.toMatchObject({ code: 'Invalid', httpCode: 422 })
})

const where = 'spec.resourceAttributes'
test.each<[string, JsonObject, string]>([
  ['nobody', { ...getPods }, 'spec.user: Invalid value: "": at least one of user or group must be specified'],
  [
    'nothing',
    { user: 'a' },
    `${where}: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified`,
  ],
  [
    'two things',
    { user: 'a', ...getPods, nonResourceAttributes: { path: '/x', verb: 'get' } },
    'spec.nonResourceAttributes: Invalid value: authorization.NonResourceAttributes{Path:"/x", Verb:"get"}: cannot be specified in combination with resourceAttributes',
  ],
  [
    'an empty selector',
    { user: 'a', resourceAttributes: { labelSelector: {} } },
    `${where}.labelSelector.requirements: Required value: when ${where}.labelSelector is specified, requirements or rawSelector is required`,
  ],
  [
    'a selector in two forms',
    {
      user: 'a',
      resourceAttributes: { fieldSelector: { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'Exists' }] } },
    },
    `${where}.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements`,
  ],
  [
    'selectors that make no sense',
    {
      user: 'a',
      resourceAttributes: {
        fieldSelector: {
          requirements: [
            { key: '', operator: 'Foo', values: ['b'] },
            { key: 'x', operator: 'In' },
            { key: 'x', operator: 'Exists', values: ['a'] },
          ],
        },
      },
    },
    `[${where}.fieldSelector.requirements[0].key: Required value: must be specified, ${where}.fieldSelector.requirements[1].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn', ${where}.fieldSelector.requirements[2].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist']`,
  ],
])('a question about %s is refused in words', async (_, spec, why) => {
  await expect(answer('SubjectAccessReview', spec)).rejects.toThrow(`.authorization.k8s.io "" is invalid: ${why}`)
})

test('selectors do not change what RBAC says, and one that cannot be read is named', async () => {
  await grant(store, { role: 'r', rules: [rule('list', 'pods')], to: [groupSubject('dev')] })
  const list = (more: JsonObject) => ({ resourceAttributes: { verb: 'list', resource: 'pods', ...more } })
  const requirements = [{ key: 'a', operator: 'In', values: ['b'] }]
  const selected = await answer('SelfSubjectAccessReview', list({ labelSelector: { requirements } }))
  expect(selected).toMatchObject({ allowed: true })
  expect(selected).not.toHaveProperty('evaluationError')
  expect(await answer('SelfSubjectAccessReview', list({ labelSelector: { rawSelector: 'a in (((' } }))).toMatchObject({
    allowed: true,
    evaluationError: 'spec.resourceAttributes.labelSelector ignored due to parse error',
  })
})

test('a local question stays in its namespace, and is about resources', async () => {
  const path = { user: 'x', nonResourceAttributes: { verb: 'get', path: '/' } }
  const local = (spec: JsonObject) => answer('LocalSubjectAccessReview', spec, { namespace: 'prod' })
  await expect(local(path)).rejects.toThrow('Path:"/", Verb:"get"}: disallowed on this kind of request')
  await expect(local({ user: 'x', resourceAttributes: { namespace: 'a' } })).rejects.toThrow(
    'spec.resourceAttributes.namespace: Invalid value: "a": must match metadata.namespace',
  )
})

test('a rules review lists what one may do', async () => {
  await grant(store, { role: 'r', rules: [rule('get', 'pods')], to: [userSubject('ann')], namespace: 'prod' })
  await grant(store, { role: 'p', rules: [{ verbs: ['get'], nonResourceURLs: ['/m'] }], to: [userSubject('ann')] })
  expect(await answer('SelfSubjectRulesReview', { namespace: 'prod' })).toEqual({
    resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/m'] }],
    incomplete: false,
  })
  await expect(answer('SelfSubjectRulesReview', {})).rejects.toMatchObject({
    code: 'BadRequest',
    message: 'no namespace on request',
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

function requestToken(spec: JsonObject, more: Partial<SubresourceRequest> = {}) {
  return tokenRequest({ tokens, store }).handle({
    ...contextOf(ann, 'prod'),
    now: clock.now(),
    method: 'POST',
    version: 'v1',
    name: 'robot',
    rest: [],
    query: new URLSearchParams(),
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
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
  expect(await requestToken({})).toMatchObject({ body: expected })
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
