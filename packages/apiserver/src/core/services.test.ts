import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { coreServer, type Answer, type CoreServer } from '../testing/core-server.ts'

const path = '/api/v1/namespaces/default/services'

async function withNamespace(): Promise<CoreServer> {
  const server = coreServer()
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  return server
}

function specOf({ body }: Answer): JsonObject {
  return body['spec'] as JsonObject
}

function nodePortsOf(answer: Answer): unknown[] {
  return (specOf(answer)['ports'] as JsonObject[]).map((port) => port['nodePort'])
}

function service(name: string, spec: JsonObject): JsonObject {
  return { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } }
}

describe('ports on nodes', () => {
  it('are given to those types that have them, each once', async () => {
    const { call } = await withNamespace()
    const first = await call('POST', path, service('a', { type: 'NodePort' }))
    const second = await call('POST', path, service('b', { type: 'LoadBalancer' }))
    const given = [...nodePortsOf(first), ...nodePortsOf(second)].map(Number)
    expect(new Set(given).size).toBe(2)
    for (const port of given) expect(port >= 30_000 && port <= 32_767).toBe(true)
    expect(specOf(second)['allocateLoadBalancerNodePorts']).toBe(true)
    expect(nodePortsOf(await call('POST', path, service('c', {})))).toEqual([undefined])
    const plain = service('d', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false })
    expect(nodePortsOf(await call('POST', path, plain))).toEqual([undefined])
  })

  it('stay through updates that do not name them', async () => {
    const { call } = await withNamespace()
    const made = await call('POST', path, service('a', { type: 'NodePort' }))
    const updated = await call('PUT', `${path}/a`, service('a', { type: 'NodePort', selector: { x: 'y' } }))
    expect(nodePortsOf(updated)).toEqual(nodePortsOf(made))
  })

  it('are given up with the type', async () => {
    const { call } = await withNamespace()
    await call('POST', path, service('a', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }))
    const patch = { 'content-type': 'application/merge-patch+json' }
    const changed = await call('PATCH', `${path}/a`, { spec: { type: 'ClusterIP' } }, patch)
    expect(changed.code).toBe(200)
    expect(nodePortsOf(changed)).toEqual([undefined])
    for (const field of ['externalTrafficPolicy', 'healthCheckNodePort', 'allocateLoadBalancerNodePorts']) {
      expect(specOf(changed)).not.toHaveProperty(field)
    }
  })

  it('are free again when the service is gone', async () => {
    const { call } = await withNamespace()
    const asked = service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] })
    expect((await call('POST', path, asked)).code).toBe(201)
    await call('DELETE', `${path}/a`)
    expect((await call('POST', path, asked)).code).toBe(201)
  })

  it('belong to one service', async () => {
    const { call } = await withNamespace()
    const asked = (name: string): JsonObject =>
      service(name, { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] })
    await call('POST', path, asked('a'))
    expect((await call('POST', path, asked('b'))).body['message']).toBe(
      'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    )
  })

  it('are there for health checks of local traffic', async () => {
    const { call } = await withNamespace()
    const made = await call('POST', path, service('a', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }))
    expect(specOf(made)['healthCheckNodePort']).toBeGreaterThan(0)
  })

  it('are not used up by a dry run', async () => {
    const { call, store } = await withNamespace()
    expect((await call('POST', `${path}?dryRun=All`, service('a', { type: 'NodePort' }))).code).toBe(201)
    expect(store.count('core/services')).toBe(0)
  })
})

it('sticks to clients for three hours unless told otherwise', async () => {
  const { call } = await withNamespace()
  const made = await call('POST', path, service('a', { sessionAffinity: 'ClientIP' }))
  expect(specOf(made)['sessionAffinityConfig']).toEqual({ clientIP: { timeoutSeconds: 10_800 } })
})

it('takes empty texts for what was not said', async () => {
  const { call } = await withNamespace()
  const made = await call(
    'POST',
    path,
    service('a', { type: '', sessionAffinity: '', ports: [{ port: 80, protocol: '' }] }),
  )
  expect(specOf(made)).toMatchObject({ type: 'ClusterIP', sessionAffinity: 'None', ports: [{ protocol: 'TCP' }] })
})

const onlyBalanced = "Forbidden: may only be used when `type` is 'LoadBalancer'"

describe('refusals', () => {
  it.each<[JsonObject, string]>([
    [{ ports: [{}] }, 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    [
      { ports: [{ port: 1, nodePort: 30_000 }] },
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    [
      { type: 'NodePort', ports: [{ port: 1, nodePort: 80 }] },
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      { ports: [{ port: 1, targetPort: 'x'.repeat(16) }] },
      `spec.ports[0].targetPort: Invalid value: "${'x'.repeat(16)}": must be no more than 15 characters`,
    ],
    [
      { ports: [{ port: 1, targetPort: '12' }] },
      'spec.ports[0].targetPort: Invalid value: "12": must contain at least one letter (a-z)',
    ],
    [
      { ports: [{ port: 1, targetPort: 'a--b' }] },
      'spec.ports[0].targetPort: Invalid value: "a--b": must not contain consecutive hyphens',
    ],
    [{ selector: { a: 'b c' } }, 'spec.selector: Invalid value: "b c"'],
    [
      { externalTrafficPolicy: 'Local' },
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
    [
      { type: 'NodePort', externalTrafficPolicy: 'x' },
      'spec.externalTrafficPolicy: Unsupported value: "x": supported values: "Cluster", "Local"',
    ],
    [{ allocateLoadBalancerNodePorts: true }, `spec.allocateLoadBalancerNodePorts: ${onlyBalanced}`],
    [{ loadBalancerClass: 'a/b' }, `spec.loadBalancerClass: ${onlyBalanced}`],
    [{ loadBalancerSourceRanges: ['10.0.0.0/8'] }, `spec.LoadBalancerSourceRanges: ${onlyBalanced}`],
    [
      { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/33'] },
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value',
    ],
    [{ clusterIP: 'x' }, 'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address'],
    [{ externalIPs: ['x'] }, 'spec.externalIPs[0]: Invalid value: "x": must be a valid IP address'],
    [{ ipFamilies: ['x'] }, 'spec.ipFamilies[0]: Unsupported value: "x": supported values: "IPv4", "IPv6"'],
    [
      { ipFamilyPolicy: 'x' },
      'spec.ipFamilyPolicy: Unsupported value: "x": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
    ],
    [{ internalTrafficPolicy: 'x' }, 'spec.internalTrafficPolicy: Unsupported value: "x": supported values: "Cluster"'],
    [
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } },
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
  ])('%j', async (spec, problem) => {
    const { call } = await withNamespace()
    const { code, body } = await call('POST', path, service('a', spec))
    expect(code).toBe(422)
    expect(body['message']).toContain(problem)
  })
})
