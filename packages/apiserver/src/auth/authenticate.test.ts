import { generateKeyPairSync } from 'node:crypto'
import { silentLogger } from '@berth/base'
import { formatTime } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Authenticator } from '../server/authenticator.ts'
import type { Store } from '../storage/store.ts'
import { createAuthenticator } from './authenticate.ts'
import type { SigningKey } from './pki.ts'
import { RbacAuthorizer } from './rbac.ts'
import { FixedClock, grant, groupSubject, put, remove, rule, user, userSubject } from './testing/fixture.ts'
import { createServiceAccountTokens, type ServiceAccountTokens } from './tokens/service-account-tokens.ts'

function makeSigningKey(): SigningKey {
  return { kid: 'test', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
}

const signingKey = makeSigningKey()
const account = { namespace: 'prod', name: 'robot', uid: 'uid-1' }

let store: Store
let clock: FixedClock
let tokens: ServiceAccountTokens
let authenticator: Authenticator

const tokensOf = (key: SigningKey) =>
  createServiceAccountTokens({ signingKey: key, store, clock, uuid: () => 'token-id' })

beforeEach(async () => {
  store = createMemoryStore()
  clock = new FixedClock()
  tokens = tokensOf(signingKey)
  authenticator = createAuthenticator({ tokens, authorizer: new RbacAuthorizer(store), logger: silentLogger })
  await put(store, 'core/serviceaccounts', { metadata: { namespace: 'prod', name: 'robot', uid: 'uid-1' } })
})

const unauthorized = { code: 'Unauthorized', httpCode: 401, message: 'Unauthorized' }

function certificate(commonName: string, organizations: string[] = [], authorized = true) {
  return { commonName, organizations, raw: Buffer.alloc(0), authorized }
}

function withToken(token: string) {
  return authenticator.authenticate({ headers: { authorization: `Bearer ${token}` } })
}

async function issue(more: Partial<Parameters<ServiceAccountTokens['issue']>[0]> = {}): Promise<string> {
  const options = { ...account, audiences: [tokens.issuer], expirationSeconds: 3600, ...more }
  return (await tokens.issue(options)).token
}

describe('who a request comes from', () => {
  test('nobody, without credentials', async () => {
    expect(await authenticator.authenticate({ headers: {} })).toEqual(
      user('system:anonymous', 'system:unauthenticated'),
    )
  })

  test('the subject of a client certificate', async () => {
    const peerCertificate = certificate('ann', ['ops', 'system:masters'])
    const who = await authenticator.authenticate({ headers: {}, peerCertificate })
    expect(who).toEqual(user('ann', 'ops', 'system:masters', 'system:authenticated'))
  })

  test.each([
    ['a certificate of another CA', certificate('ann', ['system:masters'], false)],
    ['a certificate without a name', certificate('', ['system:masters'])],
  ])('refuses %s', async (_, peerCertificate) => {
    await expect(authenticator.authenticate({ headers: {}, peerCertificate })).rejects.toMatchObject(unauthorized)
  })

  test.each([
    ['another site', 'https://evil.example'],
    ['another port of this host', 'https://127.0.0.1:8080'],
    ['a hidden origin', 'null'],
  ])('does not take the certificate of a browser on a page of %s', async (_, origin) => {
    const headers = { origin, host: '127.0.0.1:7443' }
    const peerCertificate = certificate('ann', ['system:masters'])
    await expect(authenticator.authenticate({ headers, peerCertificate })).rejects.toMatchObject(unauthorized)
    // Such a page may have a token: that nobody adds by themselves.
    const signed = { ...headers, authorization: `Bearer ${await issue()}` }
    const who = await authenticator.authenticate({ headers: signed, peerCertificate })
    expect(who.name).toBe('system:serviceaccount:prod:robot')
  })

  test.each(['https://127.0.0.1:7443', 'http://127.0.0.1:7443'])(
    'takes it of programs that send %s',
    async (origin) => {
      const headers = { origin, host: '127.0.0.1:7443' }
      expect((await authenticator.authenticate({ headers, peerCertificate: certificate('ann') })).name).toBe('ann')
    },
  )

  test('takes it of a local proxy, whose own page asked', async () => {
    const headers = { origin: 'http://localhost:8001', host: '127.0.0.1:7443', 'sec-fetch-site': 'same-origin' }
    const peerCertificate = certificate('ann')
    expect((await authenticator.authenticate({ headers, peerCertificate })).name).toBe('ann')
    const other = { ...headers, 'sec-fetch-site': 'same-site' }
    await expect(authenticator.authenticate({ headers: other, peerCertificate })).rejects.toMatchObject(unauthorized)
  })

  test('a good token wins over a bad certificate', async () => {
    const headers = { authorization: `Bearer ${await issue()}` }
    const who = await authenticator.authenticate({ headers, peerCertificate: certificate('x', [], false) })
    expect(who.name).toBe('system:serviceaccount:prod:robot')
  })
})

describe('service-account tokens', () => {
  const robot = {
    name: 'system:serviceaccount:prod:robot',
    uid: 'uid-1',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:prod', 'system:authenticated'],
  }

  test('sign in with the groups of service accounts, also from a browser socket', async () => {
    const token = await issue()
    expect(await withToken(token)).toMatchObject(robot)
    const protocol = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`
    const headers = { 'sec-websocket-protocol': `plain.kubevirt.io, ${protocol}` }
    expect(await authenticator.authenticate({ headers })).toMatchObject(robot)
  })

  test('end with their time', async () => {
    const token = await issue()
    clock.advance(3599)
    expect(await withToken(token)).toMatchObject(robot)
    clock.advance(2)
    await expect(withToken(token)).rejects.toMatchObject(unauthorized)
  })

  test('end with the service account, also when another of the name takes its place', async () => {
    const token = await issue()
    await put(store, 'core/serviceaccounts', { metadata: { namespace: 'prod', name: 'robot', uid: 'uid-2' } })
    await expect(withToken(token)).rejects.toMatchObject(unauthorized)
    await remove(store, 'core/serviceaccounts', 'prod/robot')
    await expect(withToken(token)).rejects.toMatchObject(unauthorized)
  })

  test('end with the pod or secret they are bound to', async () => {
    await put(store, 'core/pods', { metadata: { namespace: 'prod', name: 'p', uid: 'pod-1' } })
    const token = await issue({ bound: { kind: 'Pod', name: 'p', uid: 'pod-1' } })
    expect((await withToken(token)).extra).toEqual({
      'authentication.kubernetes.io/credential-id': ['JTI=token-id'],
      'authentication.kubernetes.io/pod-name': ['p'],
      'authentication.kubernetes.io/pod-uid': ['pod-1'],
    })
    await remove(store, 'core/pods', 'prod/p')
    await expect(withToken(token)).rejects.toMatchObject(unauthorized)
    const secretToken = await issue({ bound: { kind: 'Secret', name: 's', uid: 'secret-1' } })
    await expect(withToken(secretToken)).rejects.toMatchObject(unauthorized)
  })

  test('end with the node they are bound to, and outlive the node of their pod', async () => {
    await put(store, 'core/nodes', { metadata: { name: 'n', uid: 'node-1' } })
    await put(store, 'core/pods', { metadata: { namespace: 'prod', name: 'p', uid: 'pod-1' } })
    const bound = await issue({ bound: { kind: 'Node', name: 'n', uid: 'node-1' } })
    const pod = { kind: 'Pod', name: 'p', uid: 'pod-1' } as const
    const running = await issue({ bound: pod, node: { name: 'n', uid: 'node-1' } })
    const node = {
      'authentication.kubernetes.io/node-name': ['n'],
      'authentication.kubernetes.io/node-uid': ['node-1'],
    }
    expect((await withToken(bound)).extra).toEqual({
      'authentication.kubernetes.io/credential-id': ['JTI=token-id'],
      ...node,
    })
    await remove(store, 'core/nodes', 'n')
    await expect(withToken(bound)).rejects.toMatchObject(unauthorized)
    expect((await withToken(running)).extra).toMatchObject({
      ...node,
      'authentication.kubernetes.io/pod-name': ['p'],
    })
  })

  test('outlive the deletion of their pod by a minute, while it ends', async () => {
    const deletionTimestamp = formatTime(clock.now())
    await put(store, 'core/pods', { metadata: { namespace: 'prod', name: 'p', uid: 'pod-1', deletionTimestamp } })
    const token = await issue({ bound: { kind: 'Pod', name: 'p', uid: 'pod-1' } })
    clock.advance(59)
    expect(await withToken(token)).toMatchObject(robot)
    clock.advance(2)
    await expect(withToken(token)).rejects.toMatchObject(unauthorized)
  })

  test('of another key, audience or algorithm, or cut short, are refused', async () => {
    const foreign = await tokensOf(makeSigningKey()).issue({
      ...account,
      audiences: [tokens.issuer],
      expirationSeconds: 3600,
    })
    const good = await issue()
    const [, payload = ''] = good.split('.')
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    const elsewhere = await issue({ audiences: ['https://elsewhere'] })
    for (const token of [foreign.token, elsewhere, unsigned, good.slice(0, -4), 'x'.repeat(100_000), 'a.b.c', '..']) {
      await expect(withToken(token)).rejects.toMatchObject(unauthorized)
    }
  })
})

describe('acting as somebody else', () => {
  const as = (headers: Record<string, string>, ...groups: string[]) =>
    authenticator.authenticate({ headers, peerCertificate: certificate('ann', groups) })

  test('needs permission for every name', async () => {
    await grant(store, {
      role: 'actor',
      rules: [
        rule('impersonate', 'users', { resourceNames: ['bob'] }),
        rule('impersonate', 'groups', { resourceNames: ['dev'] }),
        rule('impersonate', 'userextras/scopes', { apiGroups: ['authentication.k8s.io'], resourceNames: ['view'] }),
      ],
      to: [userSubject('ann')],
    })
    const impersonator = user('ann', 'system:authenticated')
    expect(await as({ 'impersonate-user': 'bob' })).toEqual({ ...user('bob', 'system:authenticated'), impersonator })
    expect(
      await as({ 'impersonate-user': 'bob', 'impersonate-group': 'dev', 'impersonate-extra-scopes': 'view' }),
    ).toEqual({ ...user('bob', 'dev', 'system:authenticated'), extra: { scopes: ['view'] }, impersonator })
    const forbidden: Record<string, string>[] = [
      { 'impersonate-user': 'root' },
      { 'impersonate-user': 'bob', 'impersonate-group': 'dev, system:masters' },
      { 'impersonate-user': 'bob', 'impersonate-uid': '1' },
      { 'impersonate-user': 'bob', 'impersonate-extra-scopes': 'view, write' },
      { 'impersonate-user': 'system:serviceaccount:prod:robot' },
    ]
    for (const headers of forbidden) await expect(as(headers)).rejects.toMatchObject({ code: 'Forbidden' })
    await expect(as({ 'impersonate-user': 'root' })).rejects.toThrow(
      'users "root" is forbidden: User "ann" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
  })

  test('gives a service account its groups', async () => {
    const who = await as({ 'impersonate-user': 'system:serviceaccount:prod:robot' }, 'system:masters')
    expect(who.groups).toEqual(['system:serviceaccounts', 'system:serviceaccounts:prod', 'system:authenticated'])
  })

  test('leads to less, not to more: nobody acts as another without signing in', async () => {
    const headers = { 'impersonate-user': 'bob' }
    await expect(authenticator.authenticate({ headers })).rejects.toMatchObject({ code: 'Forbidden' })
    await grant(store, { role: 'all', rules: [rule('*', '*')], to: [groupSubject('ops')] })
    expect(await as(headers, 'ops')).toMatchObject(user('bob', 'system:authenticated'))
  })

  test.each([
    ['bob', 'dev', ['dev', 'system:authenticated']],
    ['bob', 'system:authenticated', ['system:authenticated']],
    ['bob', 'system:unauthenticated', ['system:unauthenticated']],
    ['system:anonymous', '', ['system:unauthenticated']],
  ])('%s in %j is in %j', async (name, group, groups) => {
    const headers = { 'impersonate-user': name, 'impersonate-group': group }
    expect((await as(headers, 'system:masters')).groups).toEqual(groups)
  })

  test('of groups alone is a bad request', async () => {
    await expect(as({ 'impersonate-group': 'dev' }, 'system:masters')).rejects.toMatchObject({ code: 'BadRequest' })
  })
})
