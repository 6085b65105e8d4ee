import { generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { SignJWT } from 'jose'
import { silentLogger, type Clock, type Logger } from '@berth/base'
import { createMemoryStore } from '@berth/store'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAuthenticator } from '../authenticate.ts'
import { RbacAuthorizer } from '../rbac.ts'
import { put } from '../testing/fixture.ts'
import { createServiceAccountTokens } from '../tokens/service-account-tokens.ts'
import { tokenVerifier } from '../tokens/token-verifier.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { openOidcTokens, type OidcTokens } from './oidc-tokens.ts'
import { simpleOidcIssuer, type SimpleOidcOptions } from './simple-options.ts'
import { startIssuer, type TestIssuer } from './testing/issuer.ts'

let provider: TestIssuer
let tokens: OidcTokens | undefined
let now: number
let timers: Set<() => void>

const clock: Clock = {
  now: () => new Date(now),
  after(_ms, callback) {
    timers.add(callback)
    return () => timers.delete(callback)
  },
}

function advance(seconds: number): void {
  now += seconds * 1000
  const due = timers
  timers = new Set()
  for (const callback of due) callback()
}

beforeAll(async () => {
  provider = await startIssuer()
})
afterAll(() => provider.close())
beforeEach(() => {
  now = Date.now()
  timers = new Set()
})
afterEach(async () => {
  provider.answerWith(undefined)
  await tokens?.close()
  tokens = undefined
})

function issuer(more: Partial<SimpleOidcOptions> = {}): IssuerOptions {
  return simpleOidcIssuer({
    issuerUrl: provider.url,
    clientId: 'urn:berth',
    certificateAuthority: provider.ca,
    ...more,
  })
}

async function open(issuers: IssuerOptions[] = [issuer()], options: { wait?: boolean; logger?: Logger } = {}) {
  const { wait = true, logger = silentLogger } = options
  const opened = await openOidcTokens({ issuers, clock, logger, random: () => 0, timeoutMs: 20_000 })
  tokens = opened
  if (wait) await expect.poll(() => opened.waitingFor()).toEqual([])
  return opened
}

const refusal = (reason: RegExp) => ({ ok: false, reason: expect.stringMatching(reason) })

describe('a token of a real provider', () => {
  test('is its user, with the issuer before the name and prefixed groups', async () => {
    const { verify } = await open([issuer({ groupsClaim: 'teams', groupsPrefix: 'oidc:' })])
    const token = await provider.token({ claims: { teams: ['a', 'b', 'a'] } })
    expect(await verify(token)).toEqual({
      ok: true,
      user: {
        name: `${provider.url}#tests`,
        groups: ['oidc:a', 'oidc:b'],
        extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)] },
      },
      audiences: ['urn:berth'],
    })
  })

  test('is good until its end, and for its audience only', async () => {
    const { verify } = await open()
    const token = await provider.token()
    expect(await verify(await provider.token({ audience: 'urn:other' }))).toEqual(refusal(/another audience/))
    advance(3590)
    expect(await verify(token)).toMatchObject({ ok: true })
    advance(11)
    expect(await verify(token)).toEqual(refusal(/expired/))
  })

  test('signed with a new key is good at once; with a key taken back it is not, ten minutes later at the latest', async () => {
    const { verify } = await open()
    const old = await provider.token()
    expect(await verify(old)).toMatchObject({ ok: true })
    await provider.rotate()
    advance(11)
    expect(await verify(await provider.token())).toMatchObject({ ok: true })
    expect(await verify(old)).toEqual(refusal(/unknown key/))
  })

  test('is refused once its key is gone, though nothing else makes us look', async () => {
    const { verify } = await open()
    const old = await provider.token()
    await provider.rotate()
    advance(601)
    expect(await verify(old)).toMatchObject({ ok: true })
    await expect.poll(() => verify(old)).toEqual(refusal(/unknown key/))
  })

  test('with a key nobody knows makes us ask once, however many come', async () => {
    const { verify } = await open()
    const token = await provider.token()
    const [, ...rest] = token.split('.')
    const strange = (kid: string): string =>
      [Buffer.from(JSON.stringify({ alg: 'RS256', kid })).toString('base64url'), ...rest].join('.')
    advance(11)
    const before = provider.asked.length
    await Promise.all(Array.from({ length: 20 }, (_, index) => verify(strange(`k${index}`))))
    for (let each = 0; each < 20; each += 1) expect(await verify(strange(`l${each}`))).toEqual(refusal(/unknown key/))
    expect(provider.asked.slice(before)).toEqual(['/jwks'])
    expect(await verify(token)).toMatchObject({ ok: true })
  })

  test('still signs in while its issuer is away', async () => {
    const { verify } = await open()
    const token = await provider.token()
    provider.answerWith((_, response) => response.writeHead(503).end())
    advance(601)
    expect(await verify(token)).toMatchObject({ ok: true })
    await expect.poll(() => provider.asked.at(-1)).toBe('/jwks')
    expect(await verify(token)).toMatchObject({ ok: true })
  })
})

describe('an issuer that is away at the start', () => {
  test('is asked again until it answers; meanwhile its tokens are refused at once', async () => {
    const token = await provider.token()
    await provider.close()
    const problems: unknown[] = []
    const logger = { ...silentLogger, warn: (fields: object) => void problems.push(fields) }
    const { verify, waitingFor } = await open([issuer()], { wait: false, logger })
    await expect.poll(() => problems.length).toBe(1)
    expect(waitingFor()).toEqual([{ issuer: provider.url, problem: expect.stringContaining('ECONNREFUSED') }])
    expect(await verify(token)).toEqual(refusal(/not ready: .*ECONNREFUSED/))
    await provider.open()
    advance(2)
    await expect.poll(() => verify(token)).toMatchObject({ ok: true })
    expect(waitingFor()).toEqual([])
  })

  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      'elsewhere',
      (response) => response.writeHead(302, { location: 'https://127.0.0.1:1/' }).end(),
      /answers with 302/,
    ],
    ['with an error', (response) => response.writeHead(500).end(), /answers with 500/],
    ['with text', (response) => response.end('hello'), /does not answer with a JSON object/],
    ['without end', (response) => response.end(' '.repeat(2_000_000)), /longer than 1048576 bytes/],
    [
      'for another',
      (response) => response.end('{"issuer":"https://evil"}'),
      /is of the issuer "https:\/\/evil", not of/,
    ],
  ])('or answers %s, is not believed', async (_, answer, why) => {
    provider.answerWith((_request, response) => answer(response))
    const { waitingFor } = await open([issuer()], { wait: false })
    await expect.poll(() => waitingFor()[0]?.problem).toMatch(why)
  })

  test('or names keys in the clear, is not believed', async () => {
    const document = { issuer: provider.url, jwks_uri: 'http://127.0.0.1/jwks' }
    provider.answerWith((_request, response) => response.end(JSON.stringify(document)))
    const { waitingFor } = await open([issuer()], { wait: false })
    await expect.poll(() => waitingFor()[0]?.problem).toMatch(/names no https address of keys/)
  })

  test('or has a certificate of somebody else, is not believed', async () => {
    const { waitingFor } = await open([{ ...issuer(), certificateAuthority: undefined }], { wait: false })
    await expect.poll(() => waitingFor()[0]?.problem).toMatch(/certificate/)
  })
})

/** An issuer whose tokens the test signs itself, where a provider would refuse to. */
async function forger() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'own', use: 'sig' }
  const documents: Record<string, object> = {
    '/.well-known/openid-configuration': { issuer: provider.url, jwks_uri: `${provider.url}/jwks` },
    '/jwks': { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'secret' }, { kty: 'RSA', n: '?' }, key] },
  }
  provider.answerWith((request, response) => response.end(JSON.stringify(documents[request.url ?? ''] ?? {})))
  return async (claims: Record<string, unknown>, header: object = {}): Promise<string> =>
    new SignJWT({ iss: provider.url, aud: 'urn:berth', sub: 'ann', exp: now / 1000 + 600, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'own', ...header })
      .sign(privateKey)
}

describe('claims', () => {
  test.each<[string, Partial<SimpleOidcOptions>, Record<string, unknown>, RegExp]>([
    ['no end', {}, { exp: undefined }, /no end/],
    ['an end that is text', {}, { exp: 'later' }, /no end/],
    ['a beginning to come', {}, { nbf: Date.now() / 1000 + 900 }, /not valid yet/],
    ['no name', { usernameClaim: 'login' }, {}, /the claim login is missing/],
    ['a name that is a list', { usernameClaim: 'login' }, { login: ['a'] }, /the claim login is not a text/],
    ['an empty name', {}, { sub: '' }, /is empty/],
    [
      'an address nobody looked at',
      { usernameClaim: 'email' },
      { email: 'a@b', email_verified: false },
      /not verified/,
    ],
    [
      'an address "verified" in text',
      { usernameClaim: 'email' },
      { email: 'a@b', email_verified: 'true' },
      /not verif/,
    ],
    ['a name of Kubernetes', { usernamePrefix: '-' }, { sub: 'system:admin' }, /"system:admin" is a name only/],
    [
      'a group of Kubernetes',
      { groupsClaim: 'groups' },
      { groups: ['a', 'system:masters'] },
      /"system:masters" is a na/,
    ],
    [
      'a prefix that makes one',
      { groupsClaim: 'groups', groupsPrefix: 'system:' },
      { groups: 'masters' },
      /only this s/,
    ],
    ['groups that are numbers', { groupsClaim: 'groups' }, { groups: [1] }, /neither a text nor a list/],
    [
      'too many groups',
      { groupsClaim: 'g' },
      { g: Array.from({ length: 1001 }, (_, i) => `g${i}`) },
      /more than 1000 gr/,
    ],
    [
      'groups that lie elsewhere',
      { groupsClaim: 'groups' },
      { _claim_names: { groups: 'x' }, _claim_sources: { x: { endpoint: 'https://169.254.169.254/' } } },
      /leaves the claim groups to another server/,
    ],
    ['another tenant', { requiredClaims: { hd: 'b.org' } }, { hd: 'c.org' }, /the claim hd is not "b.org"/],
  ])('with %s are refused', async (_, options, claims, why) => {
    const sign = await forger()
    const { verify } = await open([issuer(options)])
    expect(await verify(await sign(claims))).toEqual(refusal(why))
  })

  test.each<[string, Partial<SimpleOidcOptions>, Record<string, unknown>, object]>([
    ['one group as a text', { groupsClaim: 'groups' }, { groups: 'a' }, { groups: ['a'] }],
    ['no groups', { groupsClaim: 'groups' }, {}, { groups: [] }],
    ['an address, as it is', { usernameClaim: 'email' }, { email: 'a@b', email_verified: true }, { name: 'a@b' }],
    ['several audiences', {}, { aud: ['x', 'urn:berth'] }, {}],
    ['a clock a little ahead', {}, { nbf: Date.now() / 1000 + 200 }, {}],
    ['the tenant', { requiredClaims: { hd: 'b.org' } }, { hd: 'b.org' }, {}],
  ])('with %s are taken', async (_, options, claims, user) => {
    const sign = await forger()
    const { verify } = await open([issuer(options)])
    expect(await verify(await sign(claims))).toMatchObject({ ok: true, user })
  })

  test('signed in other ways than the issuer does are refused', async () => {
    const sign = await forger()
    const { verify } = await open()
    const good = await sign({})
    expect(await verify(good)).toMatchObject({ ok: true })
    const [, payload = '', signature = ''] = good.split('.')
    const withHeader = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url')
    const symmetric = await new SignJWT({ iss: provider.url, aud: 'urn:berth', sub: 'x', exp: now / 1000 + 600 })
      .setProtectedHeader({ alg: 'HS256', kid: 'secret' })
      .sign(Buffer.from('secret-secret-secret-secret-secret'))
    expect(await verify(symmetric)).toEqual(refusal(/"HS256" is not allowed/))
    expect(await verify(`${withHeader({ alg: 'none' })}.${payload}.`)).toEqual(refusal(/"none" is not allowed/))
    expect(await verify(`${withHeader({ alg: 'RS512', kid: 'own' })}.${payload}.${signature}`)).toEqual(
      refusal(/not all/),
    )
    const changed = Buffer.from(JSON.stringify({ iss: provider.url, sub: 'root' })).toString('base64url')
    expect(await verify(`${withHeader({ alg: 'RS256', kid: 'own' })}.${changed}.${signature}`)).toEqual(
      refusal(/signature is not good/),
    )
    // Without a name of its key all keys of its kind are tried.
    expect(await verify(await sign({}, { kid: undefined }))).toMatchObject({ ok: true })
  })
})

describe('expressions', () => {
  const text = (expression: string) => ({ kind: 'expression', expression }) as const
  const mapped = (more: Partial<IssuerOptions>): IssuerOptions => ({ ...issuer({ usernamePrefix: '-' }), ...more })

  test('make the user of the claims', async () => {
    const sign = await forger()
    const { verify } = await open([
      mapped({
        username: text("claims.login + '@' + claims.iss.split('/')[2].split(':')[0]"),
        groups: text("claims.roles.filter(role, role != 'none').map(role, 'oidc:' + role)"),
        uid: text('claims.sub'),
        extra: [
          { key: 'example.com/tenant', expression: 'claims.tenant' },
          { key: 'example.com/none', expression: "''" },
        ],
        claimRules: [{ kind: 'expression', expression: 'claims.age >= 18', message: 'too young' }],
        userRules: [{ expression: "!user.username.startsWith('root')", message: 'never root' }],
      }),
    ])
    const claims = { login: 'ann', roles: ['dev', 'none'], tenant: ['a', 'b'], age: 40 }
    expect(await verify(await sign(claims))).toMatchObject({
      ok: true,
      user: { name: 'ann@127.0.0.1', uid: 'ann', groups: ['oidc:dev'], extra: { 'example.com/tenant': ['a', 'b'] } },
    })
    expect(await verify(await sign({ ...claims, age: 17 }))).toEqual(refusal(/too young/))
    expect(await verify(await sign({ ...claims, login: 'root' }))).toEqual(refusal(/never root/))
    expect(await verify(await sign({ ...claims, login: 7 }))).toEqual(refusal(/has no value/))
    expect(await verify(await sign({ ...claims, roles: undefined }))).toEqual(refusal(/no such key: roles/))
  })

  test('that end nowhere are cut off', async () => {
    const sign = await forger()
    const many = 'claims.l.all(a, claims.l.all(b, claims.l.all(c, claims.l.all(d, a + b + c + d >= 0))))'
    const { verify } = await open([mapped({ claimRules: [{ kind: 'expression', expression: many, message: '' }] })])
    expect(await verify(await sign({ l: Array.from({ length: 200 }, (_, i) => i) }))).toEqual(refusal(/cost limit/))
  })

  test.each<[Partial<IssuerOptions>, RegExp]>([
    [{ username: text('claims.') }, /jwt\[0\]\.claimMappings\.username\.expression: .*compilation failed/],
    [{ username: text('1') }, /must evaluate to string/],
    [{ groups: text('1') }, /groups\.expression: .*must evaluate to string or a list/],
    [{ extra: [{ key: 'a.b/c', expression: 'user.username' }] }, /extra\[0\]\.valueExpression: .*undeclared reference/],
    [
      { claimRules: [{ kind: 'expression', expression: "'a'", message: '' }] },
      /claimValidationRules\[0\].*must evaluate/,
    ],
    [{ userRules: [{ expression: 'user.nothing', message: '' }] }, /userValidationRules\[0\].*undefined field/],
  ])('%j are refused before anything starts', async (options, why) => {
    await expect(open([mapped(options)], { wait: false })).rejects.toThrow(why)
  })
})

test('beside service accounts: each token goes to who made it, and one that is away holds up nobody', async () => {
  const store = createMemoryStore()
  await put(store, 'core/serviceaccounts', { metadata: { namespace: 'prod', name: 'robot', uid: 'u' } })
  const signingKey = { kid: 'k', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  const serviceAccounts = createServiceAccountTokens({ signingKey, store, clock, uuid: () => 'id' })
  // Takes connections and never answers.
  provider.answerWith(() => {})
  const before = provider.asked.length
  const oidc = await open([issuer()], { wait: false })
  await expect.poll(() => provider.asked.length).toBe(before + 1)
  const verifier = tokenVerifier({ serviceAccounts, oidc })
  const authorizer = new RbacAuthorizer(store)
  const authenticator = createAuthenticator({ tokens: verifier, authorizer, logger: silentLogger })
  const as = (token: string) => authenticator.authenticate({ headers: { authorization: `Bearer ${token}` } })
  const account = { namespace: 'prod', name: 'robot', uid: 'u', audiences: [serviceAccounts.issuer] }
  const { token } = await serviceAccounts.issue({ ...account, expirationSeconds: 600 })
  expect(await as(token)).toMatchObject({ name: 'system:serviceaccount:prod:robot' })
  provider.answerWith(undefined)
  const own = await provider.token()
  await expect(as(own)).rejects.toMatchObject({ code: 'Unauthorized' })
  advance(2)
  await oidc.close()

  const second = await open()
  const again = tokenVerifier({ serviceAccounts, oidc: second })
  expect(await again.verify(own)).toMatchObject({ ok: true, audiences: [serviceAccounts.issuer] })
  expect(await again.verify(own, ['vault'])).toMatchObject({ ok: false })
  const signedIn = createAuthenticator({ tokens: again, authorizer, logger: silentLogger })
  expect(await signedIn.authenticate({ headers: { authorization: `Bearer ${own}` } })).toMatchObject({
    name: `${provider.url}#tests`,
    groups: ['system:authenticated'],
  })
})
