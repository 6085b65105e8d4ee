import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { at, mergePatch, namesIn, usePlane } from './testing/plane.ts'

const plane = usePlane()

describe('events', () => {
  it('are the same objects in both of their groups', async () => {
    const namespace = await plane.namespace()
    const time = '2024-01-01T00:00:00.000000Z'
    const made = await plane.ok('POST', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      eventTime: time,
      type: 'Normal',
      reason: 'Seen',
      action: 'Look',
      note: 'a note',
      reportingController: 'example.com/c',
      reportingInstance: 'c-1',
      regarding: { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', namespace },
    })
    expect(made).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'a note' })
    const core = `/api/v1/namespaces/${namespace}/events`
    expect(await plane.ok('GET', `${core}/e`)).toMatchObject({
      message: 'a note',
      involvedObject: { name: 'x' },
      reportingComponent: 'example.com/c',
    })
    const selected = await plane.ok('GET', `${core}?fieldSelector=involvedObject.name=x,reason=Seen,type=Normal`)
    expect(namesIn(selected)).toEqual(['e'])
    expect(namesIn(await plane.ok('GET', `${core}?fieldSelector=involvedObject.kind=Pod`))).toEqual([])
  })

  it('that repeat become a series', async () => {
    const namespace = await plane.namespace()
    const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
    await plane.ok('POST', path, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      eventTime: '2024-01-01T00:00:00.000000Z',
      type: 'Warning',
      reason: 'R',
      action: 'A',
      reportingController: 'c',
      reportingInstance: 'i',
      regarding: { kind: 'ConfigMap', name: 'x', namespace },
    })
    const series = { count: 2, lastObservedTime: '2024-01-01T00:01:00.000000Z' }
    await plane.ok('PATCH', `${path}/e`, { series }, mergePatch)
    expect(await plane.ok('GET', `${path}/e`)).toMatchObject({ series })
  })
})

describe('a lease', () => {
  it('is taken, renewed and taken over by who knows its version', async () => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${await plane.namespace()}/leases`
    const lease = (holder: string): JsonObject => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { holderIdentity: holder, leaseDurationSeconds: 15, renewTime: '2024-01-01T00:00:00.123456Z' },
    })
    const made = await plane.ok('POST', path, lease('one'))
    expect(at(made, 'spec', 'renewTime')).toBe('2024-01-01T00:00:00.123456Z')
    const version = at(made, 'metadata', 'resourceVersion') ?? null
    const taken = { ...lease('two'), metadata: { name: 'l', resourceVersion: version } }
    await plane.ok('PUT', `${path}/l`, taken)
    expect((await plane.call('PUT', `${path}/l`, { ...taken, spec: { holderIdentity: 'three' } })).code).toBe(409)
    expect(
      (await plane.call('POST', path, { ...lease('x'), spec: { leaseDurationSeconds: 0 }, metadata: { name: 'm' } }))
        .code,
    ).toBe(422)
  })
})

describe('a certificate signing request', () => {
  it('is refused when it is none', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const reply = await plane.call('POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'none' },
      spec: { request: Buffer.from(pem).toString('base64'), signerName: 'example.com/s', usages: ['client auth'] },
    })
    expect(reply.code).toBe(422)
    expect(reply.text).toContain('spec.request')
  })
})

describe('who asks', () => {
  it('learns who that is', async () => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const review = await plane.ok('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', body)
    expect(at(review, 'status', 'userInfo', 'username')).toBeTypeOf('string')
  })

  it('learns what that may do', async () => {
    const resourceAttributes = { verb: 'delete', resource: 'nodes' }
    const review = await plane.ok('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    })
    expect(review).toMatchObject({ status: { allowed: true } })
    const rules = await plane.ok('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace: 'default' },
    })
    expect(at(rules, 'status', 'resourceRules', 0, 'verbs', 0)).toBeTypeOf('string')
  })
})

describe('a token', () => {
  it('is given for an account, tells of it in a review, and is nothing once that is gone', async () => {
    const namespace = await plane.namespace()
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
    await plane.ok('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } })
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } }
    const given = await plane.ok('POST', `${accounts}/robot/token`, request)
    const token = at(given, 'status', 'token') ?? null
    const review = (): Promise<JsonObject> =>
      plane.ok('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token },
      })
    expect(await review()).toMatchObject({
      status: { authenticated: true, user: { username: `system:serviceaccount:${namespace}:robot` } },
    })
    await plane.ok('DELETE', `${accounts}/robot`)
    // Servers may remember for some seconds what a token was good for.
    const deadline = performance.now() + 60_000
    while (at(await review(), 'status', 'authenticated') === true && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(at(await review(), 'status', 'authenticated')).not.toBe(true)
  })

  it.each([
    ['too short a life', { expirationSeconds: 1 }],
    ['too long a life', { expirationSeconds: 2 ** 33 }],
  ])('of %s is refused', async (_, spec) => {
    const accounts = `/api/v1/namespaces/${await plane.namespace()}/serviceaccounts`
    await plane.ok('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } })
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }
    expect((await plane.call('POST', `${accounts}/robot/token`, request)).code).toBe(422)
  })
})
