import { describe, expect, it } from 'vitest'
import { coreServer } from '../testing/core-server.ts'

const ns = '/api/v1/namespaces/default'
const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const budget = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'
const pod = { spec: { containers: [{ name: 'c', image: 'nginx' }] } }
const service = { spec: { ports: [{ port: 80 }] } }
const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }

/** What kinds of different ages do differently, as clients see it: collection, rest of the object, generation, answer to a delete. */
const kinds: [string, object, number | undefined, 'object' | 'Status'][] = [
  [`${ns}/pods`, pod, 1, 'object'],
  [`${ns}/services`, service, undefined, 'object'],
  [`${ns}/configmaps`, {}, undefined, 'Status'],
  [`${ns}/secrets`, {}, undefined, 'Status'],
  [`${ns}/serviceaccounts`, {}, undefined, 'object'],
  [`${ns}/persistentvolumeclaims`, claim, undefined, 'object'],
  [`${ns}/resourcequotas`, { spec: {} }, undefined, 'object'],
  ['/api/v1/nodes', {}, undefined, 'Status'],
  ['/apis/storage.k8s.io/v1/storageclasses', { provisioner: 'a/b' }, undefined, 'object'],
  ['/apis/scheduling.k8s.io/v1/priorityclasses', { value: 1 }, 1, 'Status'],
  [budget, { spec: {} }, 1, 'Status'],
  [lease, {}, undefined, 'Status'],
]

describe('kinds differ', () => {
  it.each(kinds)('%s', async (path, rest, generation, answer) => {
    const { call } = coreServer()
    await call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
    const made = await call('POST', path, { metadata: { name: 'x' }, ...rest })
    expect(made.code).toBe(201)
    expect((made.body['metadata'] as { generation?: number }).generation).toBe(generation)
    const { body } = await call('DELETE', `${path}/x?gracePeriodSeconds=0`)
    expect(body['kind']).toBe(answer === 'Status' ? 'Status' : made.body['kind'])
  })

  it.each([
    ['leases.coordination.k8s.io', lease, {}],
    ['poddisruptionbudgets.policy', budget, { spec: {} }],
  ])('%s take no update that names no version', async (name, path, rest) => {
    const { call } = coreServer()
    await call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
    await call('POST', path, { metadata: { name: 'x' }, ...rest })
    expect((await call('PUT', `${path}/x`, { metadata: { name: 'x' }, ...rest })).body).toMatchObject({
      code: 422,
      message: `${name} "x" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update`,
    })
  })

  it('namespaces go one by one', async () => {
    const { call } = coreServer()
    await call('POST', '/api/v1/namespaces', { metadata: { name: 'yard' } })
    expect((await call('DELETE', '/api/v1/namespaces')).code).toBe(405)
    expect((await call('GET', '/api/v1/namespaces/yard')).code).toBe(200)
  })

  it('a namespace that goes has no grace', async () => {
    const { call } = coreServer()
    await call('POST', '/api/v1/namespaces', { metadata: { name: 'yard' } })
    const { body } = await call('DELETE', '/api/v1/namespaces/yard')
    expect(body).toMatchObject({ status: { phase: 'Terminating' } })
    expect(Object.keys(body['metadata'] as object)).not.toContain('deletionGracePeriodSeconds')
  })
})

describe('options in Kubernetes words', () => {
  it.each([
    [
      'DELETE',
      `${ns}/secrets?resourceVersionMatch=Exact`,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    ['DELETE', `${ns}/secrets?limit=x`, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'POST',
      `${ns}/secrets?dryRun=All&dryRun=x`,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: []string{"All", "x"}: supported values: "All"',
    ],
    [
      'POST',
      `${ns}/secrets?fieldValidation=x`,
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"',
    ],
  ])('%s %s', async (method, path, message) => {
    const { call } = coreServer()
    await call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
    await call('POST', `${ns}/secrets`, { metadata: { name: 'kept' } })
    const { body } = await call(method, path, method === 'POST' ? { metadata: { name: 'x' } } : undefined)
    expect(body['message']).toBe(message)
    expect((await call('GET', `${ns}/secrets/kept`)).code).toBe(200)
  })
})
