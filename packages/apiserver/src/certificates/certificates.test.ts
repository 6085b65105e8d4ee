import { randomUUID, webcrypto, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// oxlint-disable-next-line import/no-unassigned-import -- the certificate library needs it in place, and it exports nothing
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { silentLogger, type Clock } from '@berth/base'
import { isJsonObject, type JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { createAuthenticator } from '../auth/authenticate.ts'
import { openPki, type Pki } from '../auth/pki.ts'
import { RbacAuthorizer } from '../auth/rbac.ts'
import { identityReviews } from '../auth/reviews/identity.ts'
import { grant, put, rule, user, userSubject } from '../auth/testing/fixture.ts'
import { createServiceAccountTokens } from '../auth/tokens/service-account-tokens.ts'
import type { UserInfo } from '../auth/user.ts'
import { coreSchemas } from '../generated/core.ts'
import { createApiServer } from '../server/api-server.ts'
import type { ApiServer } from '../server/options.ts'
import type { Store } from '../storage/store.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { requestOf } from '../testing/core-server.ts'
import { certificateDefinitions } from './definition.ts'
import { startCertificateSigner, type CertificateSigner } from './signer.ts'

const root = user('root', 'system:masters', 'system:authenticated')
const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const client = 'kubernetes.io/kube-apiserver-client'

let directory: string
let pki: Pki
let now: number
let timers: Set<() => void>
let store: Store
let authorizer: RbacAuthorizer
let server: ApiServer
let signer: CertificateSigner

const clock: Clock = {
  now: () => new Date(now),
  after(_ms, callback) {
    timers.add(callback)
    return () => timers.delete(callback)
  },
}

/** Lets time pass, and everything happen that waits for it. */
function advance(seconds: number): void {
  now += seconds * 1000
  const due = timers
  timers = new Set()
  for (const callback of due) callback()
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'csr-'))
  pki = await openPki({ directory, clock: systemClock })
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

beforeEach(async () => {
  now = Date.now()
  timers = new Set()
  store = createMemoryStore()
  authorizer = new RbacAuthorizer(store)
  await put(store, 'core/namespaces', { metadata: { name: 'default' } })
  const tokens = createServiceAccountTokens({ signingKey: pki.signingKey, store, clock, uuid: randomUUID })
  server = createApiServer({
    store,
    definitions: [
      ...certificateDefinitions({ schemas: coreSchemas, authorizer }),
      ...identityReviews(coreSchemas, tokens),
    ],
    schemas: coreSchemas,
    authenticator: createAuthenticator({ tokens, authorizer, logger: silentLogger }),
    authorizer,
    clock: systemClock,
    random: { uuid: randomUUID, number: () => 0.5 },
    logger: silentLogger,
  })
  signer = startCertificateSigner({ store, handler: server.handler, pki, clock, logger: silentLogger, random: () => 0 })
})
afterEach(async () => {
  await signer.stop()
  authorizer.close()
  await server.close()
})

interface Answered {
  code: number
  body: JsonObject
}

async function call(
  method: string,
  at: string,
  body?: object,
  who: UserInfo = root,
  patch = 'application/merge-patch+json',
): Promise<Answered> {
  const headers: Record<string, string> = method === 'PATCH' ? { 'content-type': patch } : {}
  const answer = await server.handler({ ...requestOf(method, at, body, headers), user: who })
  if (answer.kind !== 'full') throw new Error(answer.kind)
  return { code: answer.code, body: JSON.parse(answer.body.toString()) as JsonObject }
}

const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])

async function pem(subject: string): Promise<string> {
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const made = await x509.Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm }, webcrypto)
  return made.toString('pem')
}

const encoded = (text: string): string => Buffer.from(text).toString('base64')

async function csr(name: string, subject: string, spec: JsonObject = {}): Promise<JsonObject> {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: { request: encoded(await pem(subject)), signerName: client, usages: ['client auth'], ...spec },
  }
}

const conditions = (...types: string[]): JsonObject => ({
  status: { conditions: types.map((type) => ({ type, status: 'True', reason: 'Test', message: 'm' })) },
})

async function approve(name: string, who = root): Promise<Answered> {
  const { body } = await call('GET', `${path}/${name}`)
  return call('PUT', `${path}/${name}/approval`, { ...body, ...conditions('Approved') }, who)
}

const at = (body: JsonObject, ...keys: string[]): unknown =>
  keys.reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), body)

/** The object once its status says `word` somewhere. */
async function settled(name: string, word: string): Promise<JsonObject> {
  let body: JsonObject = {}
  await expect
    .poll(async () => {
      ;({ body } = await call('GET', `${path}/${name}`))
      return JSON.stringify(body['status'] ?? '')
    })
    .toContain(word)
  return body
}

describe('a request', () => {
  test('says who made it, whatever it says itself, and never changes', async () => {
    const ann: UserInfo = { name: 'ann', groups: ['dev'], uid: '7', extra: { scopes: ['a'] } }
    await grant(store, {
      role: 'r',
      rules: [{ apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['*'] }],
      to: [userSubject('ann')],
    })
    const made = await call('POST', path, await csr('one', 'CN=ann', { username: 'root', groups: ['g'] }), ann)
    expect(made.code).toBe(201)
    expect(made.body['spec']).toMatchObject({ username: 'ann', uid: '7', groups: ['dev'], extra: { scopes: ['a'] } })
    const spec = { ...(made.body['spec'] as JsonObject), usages: ['server auth'], username: 'root' }
    const update = await call('PUT', `${path}/one`, { ...made.body, spec, ...conditions('Approved') })
    expect(update.body['spec']).toEqual(made.body['spec'])
    expect(update.body['status']).toEqual({})
  })

  test.each<[string, JsonObject, string]>([
    ['no signer', { signerName: '' }, 'spec.signerName: Required value'],
    ['a signer without a domain', { signerName: 'x' }, "must be a fully qualified domain and path of the form 'exam"],
    [
      'a signer in capitals',
      { signerName: 'A.b/c' },
      'spec.signerName: Invalid value: "A.b": validating label "A": a low',
    ],
    ['a domain of one word', { signerName: 'a/b' }, 'should be a domain with at least two segments separated by dots'],
    ['the legacy signer', { signerName: 'kubernetes.io/legacy-unknown' }, 'the legacy signerName is not allowed via'],
    ['no usages', { usages: [] }, 'spec.usages: Required value'],
    [
      'an unknown usage',
      { usages: ['bogus'] },
      'spec.usages[0]: Unsupported value: "bogus": supported values: "any", "c',
    ],
    ['a usage twice', { usages: ['any', 'any'] }, 'spec.usages[1]: Duplicate value: "any"'],
    [
      'too short a time',
      { expirationSeconds: 599 },
      '599: may not specify a duration less than 600 seconds (10 minutes)',
    ],
    [
      'no request',
      { request: '' },
      'spec.request: Invalid value: []byte{}: PEM block type must be CERTIFICATE REQUEST',
    ],
    ['no PEM', { request: encoded('hi') }, 'spec.request: Invalid value: []byte{0x68, 0x69}: PEM block type must be'],
    [
      'something else in PEM',
      { request: encoded('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n') },
      'the request cannot be read',
    ],
  ])('with %s is not valid', async (_, spec, why) => {
    const { code, body } = await call('POST', path, await csr('bad', 'CN=a', spec))
    expect([code, body['message']]).toEqual([422, expect.stringContaining(why)])
  })

  test('signed with another key than its own is not valid', async () => {
    const der = Buffer.from(new x509.Pkcs10CertificateRequest(await pem('CN=a')).rawData)
    const last = der.length - 1
    der.writeUInt8(der.readUInt8(last) ^ 1, last)
    const forged = new x509.Pkcs10CertificateRequest(der).toString('pem')
    const { code } = await call('POST', path, await csr('bad', 'CN=a', { request: encoded(forged) }))
    expect(code).toBe(422)
  })

  test('for the masters is forbidden to everybody', async () => {
    const { code, body } = await call('POST', path, await csr('m', 'O=system:masters, CN=x'))
    expect([code, body['message']]).toEqual([
      403,
      `certificatesigningrequests.certificates.k8s.io "m" is forbidden: use of ${client} signer with system:masters group is not allowed`,
    ])
  })
})

describe('approving', () => {
  test('needs the right on the signer, by its name or its domain', async () => {
    const rules = [
      { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests/approval'], verbs: ['*'] },
    ]
    await grant(store, { role: 'write', rules, to: [userSubject('ann')] })
    await call('POST', path, await csr('one', 'CN=bob'))
    expect(await approve('one', user('ann'))).toMatchObject({
      code: 403,
      body: {
        message: `certificatesigningrequests.certificates.k8s.io "one" is forbidden: user not permitted to approve requests with signerName "${client}"`,
      },
    })
    const signers = rule('approve', 'signers', {
      apiGroups: ['certificates.k8s.io'],
      resourceNames: ['kubernetes.io/*'],
    })
    await grant(store, { role: 'approve', rules: [signers], to: [userSubject('ann')] })
    expect(await approve('one', user('ann'))).toMatchObject({ code: 200 })
  })

  const forbidden = 'status.conditions: Forbidden: updates may not'
  test.each<[string, string, JsonObject, string]>([
    ['approval', 'both', conditions('Approved', 'Denied'), 'Approved and Denied conditions are mutually exclusive'],
    ['approval', 'twice', conditions('Approved', 'Approved'), 'status.conditions[1].type: Duplicate value: "Approved"'],
    [
      'approval',
      'not really',
      { status: { conditions: [{ type: 'Approved', status: 'False' }] } },
      'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    ],
    [
      'approval',
      'nothing',
      { status: { conditions: [{ type: '', status: '' }] } },
      'status.conditions[0].type: Required',
    ],
    ['status', 'by a signer', conditions('Approved'), `${forbidden} add a condition of type "Approved"`],
    ['status', 'with a text', { status: { certificate: 'aGk=' } }, 'must contain at least one CERTIFICATE PEM block'],
  ])('%s, %s, is not valid', async (part, _, status, why) => {
    await call('POST', path, await csr('one', 'CN=bob', { signerName: 'example.com/other' }))
    const { code, body } = await call('PATCH', `${path}/one/${part}`, status)
    expect([code, body['message']]).toEqual([422, expect.stringContaining(why)])
  })

  test('is not taken back, and touches nothing else', async () => {
    await call('POST', path, await csr('one', 'CN=bob', { signerName: 'example.com/other' }))
    const approved = await call('PATCH', `${path}/one/approval`, {
      ...conditions('Approved'),
      spec: { usages: ['any'] },
      metadata: { labels: { a: 'b' } },
    })
    expect(approved.body).toMatchObject({
      spec: { usages: ['client auth'] },
      status: { conditions: [{ type: 'Approved', lastUpdateTime: expect.any(String) }] },
    })
    const { code, body } = await call('PATCH', `${path}/one/approval`, { status: { conditions: [] } })
    expect([code, body['message']]).toEqual([
      422,
      expect.stringContaining('may not remove a condition of type "Approved"'),
    ])
    const stale = { ...approved.body, metadata: { name: 'one', resourceVersion: '1' } }
    expect((await call('PUT', `${path}/one/approval`, stale)).code).toBe(409)
    expect((await call('GET', `${path}/nope/approval`)).code).toBe(404)
  })
})

describe('the built-in signer', () => {
  test('issues what was approved, and its owner signs in with it', async () => {
    await call('POST', path, await csr('one', 'O=dev, CN=bob', { expirationSeconds: 3600 }))
    expect((await approve('one')).code).toBe(200)
    const issued = await settled('one', 'certificate')
    const certificate = Buffer.from(String(at(issued, 'status', 'certificate')), 'base64').toString()
    const parsed = new X509Certificate(certificate)
    expect(parsed.ca).toBe(false)
    expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    const hours = (parsed.validToDate.getTime() - now) / 3_600_000
    expect(hours).toBeGreaterThan(0.9)
    expect(hours).toBeLessThan(1.1)
    const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
    const { server: tls, caCertificate: ca } = pki
    const listener = await server.listen({
      host: '127.0.0.1',
      port: 0,
      tls: { key: tls.key, cert: tls.certificate, ca },
    })
    const answer = await new Promise<string>((resolve, reject) => {
      const outgoing = httpsRequest(
        {
          host: '127.0.0.1',
          port: listener.port,
          path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          agent: false,
          ca,
          cert: certificate,
          key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
        },
        (incoming) => {
          let text = ''
          incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
          incoming.on('end', () => resolve(text))
        },
      )
      outgoing.on('error', reject)
      outgoing.end('{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}')
    })
    // Nobody gave bob a right: what he may not do says who he is.
    expect(answer).toContain('User \\"bob\\" cannot create resource')
  })

  test.each<[string, string, JsonObject, string]>([
    ['usages of a server', 'CN=a', { usages: ['client auth', 'server auth'] }, 'usages must hold'],
    ['no name', 'O=dev', {}, 'one common name'],
    [
      'a node of another name',
      'O=system:nodes, CN=a',
      { signerName: `${client}-kubelet` },
      'must begin with system:node:',
    ],
    ['a node in other groups', 'O=dev, CN=system:node:a', { signerName: `${client}-kubelet` }, 'must be system:nodes'],
    ['a master as a node', 'O=system:masters, CN=system:node:a', { signerName: `${client}-kubelet` }, 'system:masters'],
  ])('fails on %s', async (_, subject, spec, why) => {
    await call('POST', path, await csr('one', subject, spec))
    await approve('one')
    const failed = await settled('one', 'Failed')
    expect(at(failed, 'status', 'certificate')).toBeUndefined()
    expect(JSON.stringify(failed['status'])).toContain(why)
    expect(JSON.stringify(failed['status'])).toContain('SignerValidationFailure')
  })

  test('signs for nodes; leaves alone what was denied, and what is for other signers', async () => {
    const node = { signerName: `${client}-kubelet`, usages: ['client auth', 'digital signature'] }
    await call('POST', path, await csr('denied', 'CN=a'))
    await call('POST', path, await csr('other', 'CN=a', { signerName: 'example.com/other' }))
    await call('POST', path, await csr('node', 'O=system:nodes, CN=system:node:a', node))
    await call('PATCH', `${path}/denied/approval`, conditions('Denied'))
    await approve('other')
    await approve('node')
    await settled('node', 'certificate')
    for (const name of ['denied', 'other']) {
      expect(at((await call('GET', `${path}/${name}`)).body, 'status', 'certificate')).toBeUndefined()
    }
  })

  test('removes what was settled after an hour, and what nobody looked at after a day', async () => {
    for (const name of ['issued', 'denied', 'waiting']) await call('POST', path, await csr(name, 'CN=a'))
    await approve('issued')
    await call('PATCH', `${path}/denied/approval`, conditions('Denied'))
    await settled('issued', 'certificate')
    const left = (): string[] =>
      store.list('certificates.k8s.io/certificatesigningrequests').items.map(({ key }) => key)
    advance(3500)
    await expect.poll(left).toEqual(['denied', 'issued', 'waiting'])
    advance(200)
    await expect.poll(left).toEqual(['waiting'])
    advance(24 * 3600)
    await expect.poll(left).toEqual([])
  })
})

test('the table reads as kubectl shows it', async () => {
  await call('POST', path, await csr('one', 'CN=a', { expirationSeconds: 86_400 }))
  await approve('one')
  await settled('one', 'certificate')
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
  const answer = await server.handler({ ...requestOf('GET', path, undefined, headers), user: root })
  if (answer.kind !== 'full') throw new Error(answer.kind)
  const table = JSON.parse(answer.body.toString()) as {
    columnDefinitions: { name: string }[]
    rows: { cells: unknown[] }[]
  }
  const names = table.columnDefinitions.map(({ name }) => name)
  expect(names.join(' ')).toBe('Name Age SignerName Requestor RequestedDuration Condition')
  expect(table.rows[0]?.cells).toEqual(['one', expect.any(String), client, 'root', '24h', 'Approved,Issued'])
})

describe('the parts of a request', () => {
  const owners = (body: JsonObject): unknown =>
    (at(body, 'metadata', 'managedFields') as JsonObject[]).map(({ manager, operation, subresource }) => [
      manager,
      operation,
      subresource,
    ])

  test('are owned by who wrote them, by update, patch and apply', async () => {
    await call('POST', `${path}?fieldManager=maker`, await csr('own', 'CN=a', { signerName: 'example.com/own' }))
    await call('PATCH', `${path}/own/approval?fieldManager=approver`, conditions('Approved'))
    const status = { conditions: [...(conditions('Approved')['status'] as { conditions: JsonObject[] }).conditions] }
    const failed = { type: 'Failed', status: 'True', reason: 'Test' }
    const { body: now } = await call('GET', `${path}/own/approval`)
    const conditionsNow = at(now, 'status', 'conditions') as JsonObject[]
    expect(conditionsNow).toMatchObject(status.conditions)
    await call('PUT', `${path}/own/status?fieldManager=signer`, {
      ...now,
      metadata: { name: 'own' },
      status: { conditions: [...conditionsNow, failed] },
    })
    const config = { apiVersion: now['apiVersion'], kind: now['kind'], metadata: { name: 'own' } }
    const applied = await call(
      'PATCH',
      `${path}/own/approval?fieldManager=applier`,
      { ...config, status: { certificate: 'YQ==', conditions: [{ type: 'Noted', status: 'True', reason: 'r' }] } },
      root,
      'application/apply-patch+yaml',
    )
    expect(applied.code).toBe(200)
    expect(at(applied.body, 'status', 'certificate')).toBeUndefined()
    expect(owners(applied.body)).toEqual([
      ['applier', 'Apply', 'approval'],
      ['approver', 'Update', 'approval'],
      ['maker', 'Update', undefined],
      ['signer', 'Update', 'status'],
    ])
  })

  test('stay as they are in a dry run', async () => {
    await call('POST', path, await csr('dry', 'CN=a', { signerName: 'example.com/own' }))
    const dry = await call('PATCH', `${path}/dry/approval?dryRun=All`, conditions('Denied'))
    expect(at(dry.body, 'status', 'conditions')).toMatchObject([{ type: 'Denied' }])
    expect((await call('GET', `${path}/dry`)).body['status']).toEqual({})
  })

  test.each([
    ['PUT', undefined, 400],
    ['PUT', { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'wrong' } }, 400],
    ['PUT', { metadata: { name: 'other' } }, 400],
    ['PATCH', { metadata: { resourceVersion: '1' } }, 409],
    ['PATCH', { status: { conditions: 'x' } }, 422],
    ['POST', {}, 405],
  ] as const)('answer %s of %j with %s', async (method, body, code) => {
    await call('POST', path, await csr('wrong', 'CN=a', { signerName: 'example.com/own' }))
    expect((await call(method, `${path}/wrong/approval`, body)).code).toBe(code)
  })
})
