import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { coreServer, type CoreServer } from '../testing/core-server.ts'

const ns = '/api/v1/namespaces/default'
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
const volume = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/x' } }
const containers = [{ name: 'c', image: 'nginx' }]

async function withNamespace(): Promise<CoreServer> {
  const server = coreServer()
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  return server
}

describe('a status that is left out keeps', () => {
  it.each<[string, JsonObject, JsonObject]>([
    [`${ns}/pods`, { spec: { containers } }, { status: { qosClass: 'BestEffort' } }],
    [`${ns}/services`, { spec: { ports: [{ port: 80 }] } }, { status: { loadBalancer: {} } }],
    [`${ns}/persistentvolumeclaims`, { spec: claim }, { status: { phase: 'Pending' } }],
    ['/api/v1/persistentvolumes', { spec: volume }, { status: { phase: 'Pending' } }],
    [
      '/api/v1/namespaces',
      {},
      { metadata: { labels: { 'kubernetes.io/metadata.name': 'x' } }, status: { phase: 'Active' } },
    ],
  ])('%s', async (path, rest, kept) => {
    const { call } = await withNamespace()
    expect((await call('POST', path, { metadata: { name: 'x' }, ...rest })).code).toBe(201)
    const { code, body } = await call('PUT', `${path}/x/status`, { metadata: { name: 'x' } })
    expect(code).toBe(200)
    expect(body).toMatchObject(kept)
  })
})

it.each([
  ['configmaps', { data: { a: 'b' } }, { data: { a: null } }, 'data'],
  ['configmaps', { binaryData: { a: 'Yg==' } }, { binaryData: { a: null } }, 'binaryData'],
  ['secrets', { data: { a: 'Yg==' } }, { data: { a: null } }, 'data'],
])('the last key of %s %j takes the map along', async (resource, rest, patch, field) => {
  const { call } = await withNamespace()
  await call('POST', `${ns}/${resource}`, { metadata: { name: 'x' }, ...rest })
  const type = { 'content-type': 'application/merge-patch+json' }
  const { code, body } = await call('PATCH', `${ns}/${resource}/x`, patch, type)
  expect(code).toBe(200)
  expect(body).not.toHaveProperty(field)
})

it('a claim with a source can be written again as it was first sent', async () => {
  const { call } = await withNamespace()
  const sent = { metadata: { name: 'x' }, spec: { ...claim, dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } } }
  const made = await call('POST', `${ns}/persistentvolumeclaims`, sent)
  const again = await call('PUT', `${ns}/persistentvolumeclaims/x`, sent)
  expect(again.code).toBe(200)
  expect(again.body['spec']).toEqual(made.body['spec'])
})

describe('fills in', () => {
  it.each<[string, string, JsonObject, JsonObject]>([
    [
      'how a moment of a container is asked about',
      `${ns}/pods`,
      { spec: { containers: [{ name: 'c', image: 'x', lifecycle: { preStop: { httpGet: { port: 80 } } } }] } },
      { spec: { containers: [{ lifecycle: { preStop: { httpGet: { path: '/', scheme: 'HTTP', port: 80 } } } }] } },
    ],
    [
      'how long a token lasts',
      `${ns}/pods`,
      {
        spec: {
          containers,
          volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'p' } }] } }],
        },
      },
      { spec: { volumes: [{ projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3600 } }] } }] } },
    ],
    [
      'the version of a field',
      `${ns}/pods`,
      {
        spec: {
          containers,
          volumes: [{ name: 'v', downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' } }] } }],
        },
      },
      { spec: { volumes: [{ downwardAPI: { items: [{ fieldRef: { apiVersion: 'v1' } }] } }] } },
    ],
    [
      'the newer form of a source',
      `${ns}/persistentvolumeclaims`,
      { spec: { ...claim, dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } } },
      { spec: { dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'a' } } },
    ],
    [
      'the older form of a source',
      `${ns}/persistentvolumeclaims`,
      { spec: { ...claim, dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'a' } } },
      { spec: { dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } } },
    ],
    [
      'what of a node is for pods, which says its status itself',
      '/api/v1/nodes',
      { status: { capacity: { cpu: '2' } } },
      { status: { capacity: { cpu: '2' }, allocatable: { cpu: '2' } } },
    ],
  ])('%s', async (_, path, rest, completed) => {
    const { call } = await withNamespace()
    const { code, body } = await call('POST', path, { metadata: { name: 'x' }, ...rest })
    expect(code).toBe(201)
    expect(body).toMatchObject(completed)
  })
})

describe('refuses', () => {
  const taint = { key: 'a', effect: 'NoSchedule' }
  it.each<[string, JsonObject, string]>([
    ['/api/v1/nodes', { spec: { taints: [{ key: 'a b', effect: 'NoSchedule' }] } }, 'metadata.taints[0].key: Invalid'],
    ['/api/v1/nodes', { spec: { taints: [{ ...taint, value: 'a b' }] } }, 'metadata.taints[0].value: Invalid value'],
    [
      '/api/v1/nodes',
      { spec: { taints: [{ key: 'a', effect: 'x' }] } },
      'metadata.taints[0].effect: Unsupported value: "x": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
    ['/api/v1/nodes', { spec: { taints: [taint, taint] } }, 'metadata.taints[1]: Duplicate value'],
    [`${ns}/persistentvolumeclaims`, { spec: { ...claim, storageClassName: 'A' } }, 'spec.storageClassName: Invalid'],
    [
      `${ns}/persistentvolumeclaims`,
      { spec: { ...claim, selector: { matchExpressions: [{ key: 'a', operator: 'In', values: [] }] } } },
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
    [
      '/api/v1/persistentvolumes',
      { spec: { ...volume, hostPath: { path: '' } } },
      'spec.hostPath.path: Required value',
    ],
    [
      '/api/v1/persistentvolumes',
      { spec: { ...volume, hostPath: null, nfs: { path: 'x', server: 'y' } } },
      'spec.nfs.path: Invalid value: "x": must be an absolute path',
    ],
    ['/apis/storage.k8s.io/v1/storageclasses', { provisioner: 'a b' }, 'provisioner: Invalid value: "a b": name part'],
    [
      '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
      { spec: { selector: { matchLabels: { a: '*' } } } },
      'spec.selector.matchLabels: Invalid value: "*": a valid label must be',
    ],
  ])('%s %j', async (path, rest, problem) => {
    const { call } = await withNamespace()
    const { code, body } = await call('POST', path, { metadata: { name: 'x' }, ...rest })
    expect(code).toBe(422)
    expect(body['message']).toContain(problem)
  })
})
