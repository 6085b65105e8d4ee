import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { silentLogger } from '@berth/base'
import { isJsonObject, type JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { coreDefinitions } from '../../core/definitions.ts'
import { coreSchemas } from '../../generated/core.ts'
import { createApiServer } from '../../server/api-server.ts'
import type { ApiServer } from '../../server/options.ts'
import type { Store } from '../../storage/store.ts'
import { systemClock } from '../../control-plane/system-clock.ts'
import { requestOf } from '../../testing/core-server.ts'
import { put } from '../testing/fixture.ts'
import { issuerDocuments } from './issuer-documents.ts'
import { startTokenSecrets } from './secret-controller.ts'
import { createServiceAccountTokens, type ServiceAccountTokens } from './service-account-tokens.ts'
import { tokenRequest } from './token-request.ts'

let store: Store
let tokens: ServiceAccountTokens
let server: ApiServer
let controller: ReturnType<typeof startTokenSecrets>

beforeEach(async () => {
  store = createMemoryStore()
  const signingKey = { kid: 'k', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  tokens = createServiceAccountTokens({ signingKey, store, clock: systemClock, uuid: randomUUID })
  server = createApiServer({
    store,
    definitions: coreDefinitions({
      schemas: coreSchemas,
      store,
      serviceAccountToken: tokenRequest({ tokens, store }),
    }),
    schemas: coreSchemas,
    documents: issuerDocuments({ issuer: tokens.issuer, keys: [signingKey], address: () => 'https://box:7443' }),
    authenticator: { authenticate: () => Promise.reject(new Error('not used')) },
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    clock: systemClock,
    random: { uuid: randomUUID, number: () => 0.5 },
    logger: silentLogger,
  })
  const parts = { store, handler: server.handler, tokens, clock: systemClock, logger: silentLogger, random: () => 0 }
  controller = startTokenSecrets({ ...parts, caCertificate: 'the CA' })
  await put(store, 'core/namespaces', { metadata: { name: 'prod' }, status: { phase: 'Active' } })
  await call('POST', '/serviceaccounts', { kind: 'ServiceAccount', metadata: { name: 'robot' } })
})

afterEach(async () => {
  await controller.stop()
  await server.close()
})

async function ask(method: string, path: string, body?: object): Promise<{ code: number; body: JsonObject }> {
  const answer = await server.handler(requestOf(method, path, body))
  if (answer.kind !== 'full') throw new Error(answer.kind)
  return { code: answer.code, body: JSON.parse(answer.body.toString()) as JsonObject }
}

const call = (method: string, path: string, body?: object) =>
  ask(method, `/api/v1/namespaces/prod${path}`, body === undefined ? undefined : { apiVersion: 'v1', ...body })

const secret = (name: string, account = 'robot'): object => ({
  kind: 'Secret',
  metadata: { name, annotations: { 'kubernetes.io/service-account.name': account } },
  type: 'kubernetes.io/service-account-token',
})

async function dataOf(name: string): Promise<Record<string, string>> {
  const { data } = (await call('GET', `/secrets/${name}`)).body
  const entries = Object.entries(isJsonObject(data) ? data : {})
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? Buffer.from(value, 'base64').toString() : '']),
  )
}

async function filled(name: string): Promise<string> {
  await expect.poll(async () => (await dataOf(name))['token'] ?? '').not.toBe('')
  return (await dataOf(name))['token'] ?? ''
}

test('a secret of the type is filled, and its token signs in while the secret holds it', async () => {
  await call('POST', '/secrets', secret('mine'))
  const token = await filled('mine')
  expect(await dataOf('mine')).toEqual({ token, namespace: 'prod', 'ca.crt': 'the CA' })
  expect(await tokens.verify(token)).toMatchObject({
    ok: true,
    user: {
      name: 'system:serviceaccount:prod:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:prod'],
    },
    audiences: [tokens.issuer],
  })
  expect(await tokens.verify(token, ['vault'])).toMatchObject({ ok: false })
  await call('DELETE', '/secrets/mine')
  expect(await tokens.verify(token)).toMatchObject({ ok: false })
  await call('POST', '/secrets', secret('mine'))
  expect(await filled('mine')).not.toBe(token)
  expect(await tokens.verify(token)).toMatchObject({ ok: false })
})

test('goes with its account; another of the name gets none of it', async () => {
  await call('POST', '/secrets', secret('mine'))
  const token = await filled('mine')
  await call('DELETE', '/serviceaccounts/robot')
  expect(await tokens.verify(token)).toMatchObject({ ok: false })
  await expect.poll(async () => (await call('GET', '/secrets/mine')).code).toBe(404)
  await call('POST', '/secrets', secret('orphan', 'nobody'))
  await expect.poll(async () => (await call('GET', '/secrets/orphan')).code).toBe(404)
})

test('other secrets are left alone, and what somebody else put beside the token stays', async () => {
  await call('POST', '/secrets', { kind: 'Secret', metadata: { name: 'plain' }, data: {} })
  const own = { ...secret('mine'), data: { extra: Buffer.from('x').toString('base64') } }
  await call('POST', '/secrets', own)
  await filled('mine')
  expect(await dataOf('mine')).toMatchObject({ extra: 'x' })
  expect(await dataOf('plain')).toEqual({})
})

test('a token bound to a pod says on which node it runs; accounts only bind to their own pods', async () => {
  const spec = { containers: [{ name: 'a', image: 'a' }], serviceAccountName: 'robot', nodeName: 'n' }
  await ask('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } })
  await call('POST', '/pods', { kind: 'Pod', metadata: { name: 'p' }, spec })
  const request = (account: string): Promise<{ code: number; body: JsonObject }> =>
    call('POST', `/serviceaccounts/${account}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } },
    })
  const { status } = (await request('robot')).body as { status: { token: string } }
  expect(await tokens.verify(status.token)).toMatchObject({
    user: {
      extra: {
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/node-name': ['n'],
        'authentication.kubernetes.io/node-uid': [expect.any(String)],
      },
    },
  })
  await call('POST', '/serviceaccounts', { kind: 'ServiceAccount', metadata: { name: 'other' } })
  expect(await request('other')).toMatchObject({
    code: 400,
    body: {
      message: 'cannot bind token for serviceaccount "other" to pod running with different serviceaccount name.',
    },
  })
})

test('others can check tokens by the published documents', async () => {
  const discovery = (await ask('GET', '/.well-known/openid-configuration')).body
  expect(discovery).toEqual({
    issuer: tokens.issuer,
    jwks_uri: 'https://box:7443/openid/v1/jwks',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  })
  const keys = (await ask('GET', '/openid/v1/jwks')).body
  const uid = JSON.stringify((await call('GET', '/serviceaccounts/robot')).body['metadata'])
  const options = { namespace: 'prod', name: 'robot', uid, audiences: ['vault'], expirationSeconds: 600 }
  const { token } = await tokens.issue(options)
  const set = createLocalJWKSet(keys as unknown as JSONWebKeySet)
  const { payload } = await jwtVerify(token, set, { issuer: tokens.issuer, audience: 'vault' })
  expect(payload.sub).toBe('system:serviceaccount:prod:robot')
  expect(JSON.stringify(keys)).not.toContain('"d"')
})
