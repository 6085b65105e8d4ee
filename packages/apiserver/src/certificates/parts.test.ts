import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMergePatch, invalid, type JsonObject } from '@berth/meta'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openPki } from '../auth/pki.ts'
import type { RbacAuthorizer } from '../auth/rbac.ts'
import { contextOf, grant, openAuthorizer, put, rule, user, userSubject } from '../auth/testing/fixture.ts'
import { coreSchemas } from '../generated/core.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { certificatePart, requestsCollection, type CertificatePart } from './parts.ts'

const kind = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' }
const spec = { request: 'eA==', signerName: 'example.com/own', usages: ['client auth'], username: 'bob' }
let directory: string
let store: Store
let authorizer: RbacAuthorizer
let certificate: string

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'csr-parts-'))
  const { caCertificate } = await openPki({ directory, clock: systemClock })
  certificate = Buffer.from(caCertificate).toString('base64')
  ;({ store, authorizer } = openAuthorizer())
  await put(store, requestsCollection, { ...kind, metadata: { name: 'one' }, spec })
})
afterEach(() => {
  authorizer.close()
  rmSync(directory, { recursive: true })
})

/** As the verbs write: merged, checked, stored. */
async function write(name: CertificatePart, status: JsonObject, more: JsonObject = {}): Promise<JsonObject> {
  const stored = store.get(requestsCollection, 'one')
  if (stored === undefined) throw new Error('it is gone')
  const { part } = certificatePart(name, authorizer)
  const previous = decodeStored(stored.value)
  const context = { ...contextOf(user('ann')), schemas: coreSchemas }
  // A patch of an object is one.
  const sent = applyMergePatch(previous, { status, ...more }) as ApiObject
  const object = part.merge(sent, previous, context)
  const causes = part.check(object, previous, context)
  if (causes.length > 0) throw invalid({ group: '', kind: '' }, 'one', causes)
  await put(store, requestsCollection, object)
  return object
}

const may = (verb: string, name: string) =>
  grant(store, {
    role: `${verb}-${name.replace('/', '-')}`,
    rules: [rule(verb, 'signers', { apiGroups: ['certificates.k8s.io'], resourceNames: [name] })],
    to: [userSubject('ann')],
  })

test.each([
  ['approval', 'approve', 'sign'],
  ['status', 'sign', 'approve'],
] as const)('%s takes the verb %s on the signer, and no other', async (part, verb, other) => {
  const status: JsonObject = part === 'status' ? { certificate } : { conditions: [{ type: 'Denied', status: 'True' }] }
  const refusal = `user not permitted to ${verb} requests with signerName "example.com/own"`
  await expect(write(part, status)).rejects.toThrow(refusal)
  await may(other, 'example.com/own')
  await may(verb, 'example.com/another')
  await may(verb, 'other.example.com/*')
  await expect(write(part, status)).rejects.toThrow(refusal)
  await may(verb, 'example.com/*')
  expect(await write(part, status)).toMatchObject({ spec, status })
})

test('a certificate is written once, by a signer, and never by who approves', async () => {
  await may('sign', 'example.com/own')
  await may('approve', 'example.com/own')
  const approved = await write('approval', { certificate, conditions: [{ type: 'Approved', status: 'True' }] })
  expect(approved['status']).not.toHaveProperty('certificate')
  expect(await write('status', { certificate })).toMatchObject({ status: { certificate } })
  const again = Buffer.from(Buffer.from(certificate, 'base64').toString().repeat(2)).toString('base64')
  await expect(write('status', { certificate: again })).rejects.toThrow('may not modify existing certificate content')
  await expect(write('status', { certificate: null })).rejects.toThrow('may not modify existing certificate content')
})

test('labels are written on the way, as with every status, and nothing else', async () => {
  await may('approve', 'example.com/own')
  const more = { spec: { username: 'root' }, metadata: { labels: { a: 'b' }, uid: 'other' } }
  const written = await write('approval', { conditions: [{ type: 'Approved', status: 'True' }] }, more)
  expect(written).toMatchObject({ spec, metadata: { name: 'one', labels: { a: 'b' } } })
})
