import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { coreServer, type Answer, type CoreServer } from '../testing/core-server.ts'

async function withNamespace(): Promise<CoreServer> {
  const server = coreServer()
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  return server
}

const ns = '/api/v1/namespaces/default'

function causesOf({ body }: Answer): string[] {
  const details = body['details'] as { causes?: { field?: string; message?: string }[] } | undefined
  return (details?.causes ?? []).map(({ field = '', message = '' }) => `${field}: ${message}`)
}

const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }
const service = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }
const claim = {
  metadata: { name: 'd' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}
const volume = {
  metadata: { name: 'v' },
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/x' } },
}
const storageClass = { metadata: { name: 'local' }, provisioner: 'x' }

/** Collections by resource. */
const paths = {
  pods: `${ns}/pods`,
  services: `${ns}/services`,
  secrets: `${ns}/secrets`,
  configmaps: `${ns}/configmaps`,
  events: `${ns}/events`,
  claims: `${ns}/persistentvolumeclaims`,
  volumes: '/api/v1/persistentvolumes',
  classes: '/apis/storage.k8s.io/v1/storageclasses',
  leases: '/apis/coordination.k8s.io/v1/namespaces/default/leases',
  revisions: '/apis/apps/v1/namespaces/default/controllerrevisions',
  priorities: '/apis/scheduling.k8s.io/v1/priorityclasses',
} as const

describe('defaults', () => {
  it('completes a pod', async () => {
    const { call } = await withNamespace()
    const { code, body } = await call('POST', paths.pods, pod)
    expect(code).toBe(201)
    expect(body).toMatchObject({
      spec: {
        restartPolicy: 'Always',
        serviceAccountName: 'default',
        terminationGracePeriodSeconds: 30,
        containers: [{ imagePullPolicy: 'Always', terminationMessagePolicy: 'File', resources: {} }],
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    })
  })

  it.each([
    [{}, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, 'Burstable'],
  ])('gives a pod with resources %j the class %s', async (resources, qosClass) => {
    const { call } = await withNamespace()
    const { body } = await call('POST', paths.pods, {
      ...pod,
      spec: { containers: [{ name: 'c', image: 'x', resources }] },
    })
    expect(body['status']).toMatchObject({ qosClass })
  })

  it('folds stringData of a secret into data', async () => {
    const { call } = await withNamespace()
    const secret = { metadata: { name: 's' }, data: { a: 'b2xk', c: 'Yw==' }, stringData: { a: 'new' } }
    const { body } = await call('POST', paths.secrets, secret)
    expect(body).toMatchObject({ type: 'Opaque', data: { a: 'bmV3', c: 'Yw==' } })
    expect(body).not.toHaveProperty('stringData')
  })

  it('gives a claim without a class the default one, and respects an empty one', async () => {
    const { call } = await withNamespace()
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
    const made = await call('POST', paths.classes, { ...storageClass, metadata: { name: 'fast', annotations } })
    expect(made.body).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
    const { body } = await call('POST', paths.claims, claim)
    expect(body).toMatchObject({
      spec: { storageClassName: 'fast', volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    })
    const empty = { ...claim, metadata: { name: 'e' }, spec: { ...claim.spec, storageClassName: '' } }
    expect((await call('POST', paths.claims, empty)).body).toMatchObject({ spec: { storageClassName: '' } })
  })

  it('marks a namespace with its name and keeps its finalizers from updates', async () => {
    const { call } = await withNamespace()
    const { body } = await call('PUT', ns, { metadata: { name: 'default', labels: {} }, spec: { finalizers: [] } })
    expect(body).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'default' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
  })
})

it.each([0, '', undefined])('a service aims at the port itself when its target is %j', async (target) => {
  const { call } = await withNamespace()
  const ports = [{ port: 80, ...(target === undefined ? {} : { targetPort: target }) }]
  const made = await call('POST', paths.services, { metadata: { name: 's' }, spec: { ports } })
  expect(made.body).toMatchObject({ spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] } })
})

describe('cluster IPs', () => {
  const named = (name: string, spec: JsonObject = {}): object => ({
    metadata: { name },
    spec: { ports: [{ port: 80 }], ...spec },
  })
  const ipOf = ({ body }: Answer): unknown => (body['spec'] as JsonObject)['clusterIP']

  it('are unique, also when asked for at once, and come back after a delete', async () => {
    const { call } = await withNamespace()
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`)
    const answers = await Promise.all(names.map((name) => call('POST', paths.services, named(name))))
    expect(new Set(answers.map(ipOf)).size).toBe(20)
    expect(answers.map(ipOf)).toContain('10.96.0.2')
  })

  it('stay as they are on updates that leave them out', async () => {
    const { call } = await withNamespace()
    const before = ipOf(await call('POST', paths.services, named('s')))
    expect(ipOf(await call('PUT', `${paths.services}/s`, named('s')))).toBe(before)
    const changed = await call('PUT', `${paths.services}/s`, named('s', { clusterIP: '10.96.0.99' }))
    expect(causesOf(changed)).toEqual([expect.stringContaining('may not change once set')])
  })

  it('are refused when taken or out of range, and not given to headless services', async () => {
    const { call } = await withNamespace()
    await call('POST', paths.services, named('s', { clusterIP: '10.96.7.7' }))
    const taken = await call('POST', paths.services, named('t', { clusterIP: '10.96.7.7' }))
    expect(causesOf(taken)[0]).toContain('provided IP is already allocated')
    const outside = await call('POST', paths.services, named('t', { clusterIP: '192.168.0.1' }))
    expect(causesOf(outside)[0]).toContain('not in the valid range')
    expect(ipOf(await call('POST', paths.services, named('h', { clusterIP: 'None' })))).toBe('None')
    expect(ipOf(await call('POST', `${paths.services}?dryRun=All`, named('dry')))).toBeUndefined()
  })
})

describe('a value of another type than its field', () => {
  const field = (spec: object): object => ({ ...pod, spec })
  it.each<[keyof typeof paths, object, string]>([
    [
      'secrets',
      { metadata: { name: 's' }, stringData: { a: true } },
      'Secret in version "v1" cannot be handled as a Secret: json: cannot unmarshal bool into Go struct field Secret.stringData of type string',
    ],
    [
      'pods',
      field({ containers: 'x' }),
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      'pods',
      { ...pod, metadata: { name: 5 } },
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
    ],
    [
      'pods',
      field({ containers: [{ name: 'c', image: 'x', resources: { limits: { cpu: 'much' } } }] }),
      `Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
  ])('%s %j cannot be read', async (resource, body, message) => {
    const { call } = await withNamespace()
    expect((await call('POST', paths[resource], body)).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message,
    })
  })

  it('makes a patch invalid', async () => {
    const { call } = await withNamespace()
    await call('POST', paths.configmaps, { metadata: { name: 'typed' }, data: { a: 'b' } })
    const headers = { 'content-type': 'application/merge-patch+json' }
    const { body } = await call('PATCH', `${paths.configmaps}/typed`, { data: { a: 1 } }, headers)
    expect(body).toMatchObject({ code: 422, details: { causes: [{ field: 'patch' }] } })
    expect(body['message']).toContain(
      'json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    )
  })
})

describe('refusals on create', () => {
  const container = { name: 'c', image: 'x' }
  const cases: [keyof typeof paths, object, string][] = [
    ['pods', { ...pod, spec: {} }, 'spec.containers: Required value'],
    ['pods', { ...pod, spec: { containers: [container, container] } }, 'spec.containers[1].name: Duplicate value: "c"'],
    ['pods', { ...pod, spec: { containers: [{ name: 'c' }] } }, 'spec.containers[0].image: Required value'],
    [
      'pods',
      { ...pod, spec: { containers: [{ ...container, resources: { requests: { foo: '1' } } }] } },
      'spec.containers[0].resources.requests[foo]: Invalid value: foo: must be a standard resource for containers',
    ],
    [
      'pods',
      { ...pod, spec: { containers: [{ ...container, resources: { limits: { cpu: '-1' } } }] } },
      'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [
      'pods',
      { ...pod, spec: { containers: [{ ...container, resources: { limits: { 'example.com/gpu': '500m' } } }] } },
      'spec.containers[0].resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
    ],
    [
      'pods',
      { ...pod, spec: { containers: [{ ...container, resources: { requests: { 'example.com/gpu': '1' } } }] } },
      'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
    ],
    [
      'pods',
      {
        ...pod,
        spec: {
          containers: [
            { ...container, resources: { requests: { 'hugepages-2Mi': '2Mi' }, limits: { 'hugepages-2Mi': '2Mi' } } },
          ],
        },
      },
      'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
    ],
    [
      'pods',
      { ...pod, spec: { containers: [{ ...container, resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }] } },
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      'pods',
      { ...pod, spec: { containers: [container], restartPolicy: 'Sometimes' } },
      'spec.restartPolicy: Unsupported value',
    ],
    [
      'pods',
      { ...pod, spec: { containers: [{ ...container, volumeMounts: [{ name: 'gone', mountPath: '/x' }] }] } },
      'spec.containers[0].volumeMounts[0].name: Not found: "gone"',
    ],
    [
      'pods',
      { ...pod, spec: { containers: [{ ...container, ports: [{ containerPort: 70_000 }] }] } },
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000',
    ],
    ['services', { ...service, metadata: { name: '1st' } }, 'metadata.name: Invalid value'],
    ['services', { ...service, spec: {} }, 'spec.ports: Required value'],
    ['services', { ...service, spec: { ports: [{ port: 1 }, { port: 2 }] } }, 'spec.ports[0].name: Required value'],
    ['services', { ...service, spec: { ports: [{ port: 0 }] } }, 'spec.ports[0].port: Invalid value: 0'],
    [
      'services',
      { ...service, spec: { type: 'Magic', ports: [{ port: 1 }] } },
      'spec.type: Unsupported value: "Magic"',
    ],
    ['services', { ...service, spec: { type: 'ExternalName' } }, 'spec.externalName: Required value'],
    ['secrets', { metadata: { name: 's' }, data: { 'a/b': '' } }, 'data[a/b]: Invalid value: "a/b"'],
    ['secrets', { metadata: { name: 's' }, stringData: { a: 'x'.repeat(1_048_577) } }, 'data: Too long'],
    ['secrets', { metadata: { name: 's' }, type: 'kubernetes.io/tls', data: {} }, 'data[tls.crt]: Required value'],
    ['secrets', { metadata: { name: 's' }, type: 'kubernetes.io/basic-auth' }, 'data[username]: Required value'],
    ['configmaps', { metadata: { name: 'c' }, data: { a: '' }, binaryData: { a: '' } }, 'data[a]: Invalid value'],
    ['configmaps', { metadata: { name: 'c' }, data: { '..': '' } }, 'data[..]: Invalid value'],
    [
      'events',
      { metadata: { name: 'e' }, involvedObject: { namespace: 'other' } },
      'involvedObject.namespace: Invalid value',
    ],
    ['claims', { ...claim, spec: { ...claim.spec, accessModes: [] } }, 'spec.accessModes: Required value'],
    ['claims', { ...claim, spec: { accessModes: ['ReadWriteOnce'] } }, 'spec.resources[storage]: Required value'],
    [
      'claims',
      { ...claim, spec: { ...claim.spec, resources: { requests: { storage: '0' } } } },
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ],
    [
      'claims',
      { ...claim, spec: { ...claim.spec, accessModes: ['Often'] } },
      'spec.accessModes: Unsupported value: "Often"',
    ],
    [
      'volumes',
      { ...volume, spec: { ...volume.spec, hostPath: undefined } },
      'spec: Required value: must specify a volume type',
    ],
    [
      'volumes',
      { ...volume, spec: { ...volume.spec, nfs: { path: '/', server: 's' } } },
      'Forbidden: may not specify more than 1',
    ],
    ['classes', { metadata: { name: 'c' } }, 'provisioner: Required value'],
    ['classes', { ...storageClass, volumeBindingMode: 'Later' }, 'volumeBindingMode: Unsupported value: "Later"'],
    [
      'leases',
      { metadata: { name: 'l' }, spec: { leaseDurationSeconds: 0 } },
      'spec.leaseDurationSeconds: Invalid value: 0',
    ],
    ['revisions', { metadata: { name: 'r' }, revision: -1 }, 'revision: Invalid value: -1'],
    ['priorities', { metadata: { name: 'system-x' }, value: 1 }, 'metadata.name: Forbidden: priority class names'],
    ['priorities', { metadata: { name: 'x' }, value: 2_000_000_000 }, 'value: Forbidden'],
  ]

  it.each(cases)('%s %j', async (resource, object, cause) => {
    const { call } = await withNamespace()
    const answer = await call('POST', paths[resource], object)
    expect(answer.code).toBe(422)
    expect(causesOf(answer).join('\n')).toContain(cause)
  })
})

describe('refusals on update', () => {
  const cases: [keyof typeof paths, { metadata: { name: string } }, object, string][] = [
    ['pods', pod, { spec: { hostname: 'new' } }, 'spec: Forbidden: pod updates may not change fields other than'],
    ['secrets', { metadata: { name: 's' } }, { type: 'other' }, 'type: Invalid value: "other": field is immutable'],
    ['secrets', frozen({ data: { a: '' } }), { data: { a: 'eA==' } }, 'data: Forbidden: field is immutable when'],
    ['configmaps', frozen({ data: { a: 'b' } }), { data: { a: 'c' } }, 'data: Forbidden: field is immutable when'],
    ['configmaps', frozen({}), { immutable: false }, 'immutable: Forbidden: field is immutable when'],
    [
      'claims',
      claim,
      { spec: { accessModes: ['ReadWriteMany'] } },
      'spec: Forbidden: spec is immutable after creation',
    ],
    [
      'claims',
      claim,
      { spec: { resources: { requests: { storage: '1Mi' } } } },
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ],
    ['volumes', volume, { spec: { hostPath: { path: '/y' } } }, 'spec.persistentvolumesource: Forbidden'],
    ['classes', storageClass, { provisioner: 'y' }, 'provisioner: Forbidden: updates to provisioner are forbidden.'],
    ['revisions', withName('r', { data: { a: 1 }, revision: 1 }), { data: { a: 2 } }, 'data: Invalid value'],
    ['priorities', withName('p', { value: 1 }), { value: 2 }, 'value: Forbidden: may not be changed'],
  ]

  function withName(name: string, content: object): { metadata: { name: string } } {
    return { metadata: { name }, ...content }
  }
  function frozen(content: object): { metadata: { name: string } } {
    return withName('f', { immutable: true, ...content })
  }

  it.each(cases)('%s %j with %j', async (resource, object, patch, cause) => {
    const { call } = await withNamespace()
    expect((await call('POST', paths[resource], object)).code).toBe(201)
    const path = `${paths[resource]}/${object.metadata.name}`
    const answer = await call('PATCH', path, patch, { 'content-type': 'application/merge-patch+json' })
    expect(answer.code).toBe(422)
    expect(causesOf(answer).join('\n')).toContain(cause)
  })
})

describe('allowed updates', () => {
  it('a pod takes a new image, a claim grows', async () => {
    const { call } = await withNamespace()
    await call('POST', paths.pods, pod)
    const strategic = { 'content-type': 'application/strategic-merge-patch+json' }
    const image = { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } }
    expect((await call('PATCH', `${paths.pods}/p`, image, strategic)).code).toBe(200)
    await call('POST', paths.claims, claim)
    const larger = { spec: { resources: { requests: { storage: '2Gi' } } } }
    expect((await call('PATCH', `${paths.claims}/d`, larger, strategic)).code).toBe(200)
  })
})

describe('deletion', () => {
  it('gives a pod on no node none, whatever is asked for', async () => {
    const { call } = await withNamespace()
    await call('POST', paths.pods, pod)
    await call('DELETE', `${paths.pods}/p?gracePeriodSeconds=30`)
    expect((await call('GET', `${paths.pods}/p`)).code).toBe(404)
  })

  it('gives a pod on a node its grace', async () => {
    const { call } = await withNamespace()
    await call('POST', paths.pods, { ...pod, spec: { ...pod.spec, nodeName: 'n1' } })
    const marked = await call('DELETE', `${paths.pods}/p`)
    expect(marked.body['metadata']).toMatchObject({ deletionGracePeriodSeconds: 30 })
    expect((await call('DELETE', `${paths.pods}/p`, { gracePeriodSeconds: 0 })).code).toBe(200)
    expect((await call('GET', `${paths.pods}/p`)).code).toBe(404)
  })

  it('refuses namespaces the cluster needs', async () => {
    const { call } = await withNamespace()
    const { code, body } = await call('DELETE', ns)
    expect(code).toBe(403)
    expect(body['message']).toBe('namespaces "default" is forbidden: this namespace may not be deleted')
  })
})

describe('tables', () => {
  const table = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }
  async function row(call: CoreServer['call'], path: string): Promise<Record<string, unknown>> {
    const { body } = await call('GET', path, undefined, table)
    const names = (body['columnDefinitions'] as { name: string }[]).map(({ name }) => name)
    const [first] = body['rows'] as { cells: unknown[] }[]
    return Object.fromEntries(names.map((name, index) => [name, first?.cells[index]]))
  }

  it('shows pods as kubectl expects them', async () => {
    const { call } = await withNamespace()
    await call('POST', paths.pods, { ...pod, spec: { ...pod.spec, nodeName: 'n1' } })
    expect(await row(call, paths.pods)).toMatchObject({
      Name: 'p',
      Ready: '0/1',
      Status: 'Pending',
      Restarts: '0',
      Node: 'n1',
    })
    const running = { name: 'c', image: 'nginx', imageID: 'x', ready: true, restartCount: 2, state: { running: {} } }
    const status = { phase: 'Running', podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.9' }], containerStatuses: [running] }
    await call('PATCH', `${paths.pods}/p/status`, { status }, { 'content-type': 'application/merge-patch+json' })
    expect(await row(call, paths.pods)).toMatchObject({
      Ready: '1/1',
      Status: 'Running',
      Restarts: '2',
      IP: '10.0.0.9',
    })
    await call('DELETE', `${paths.pods}/p`)
    expect(await row(call, paths.pods)).toMatchObject({ Status: 'Terminating' })
  })

  it('shows services and events', async () => {
    const { call } = await withNamespace()
    await call('POST', paths.services, { ...service, spec: { ...service.spec, selector: { b: '2', a: '1' } } })
    expect(await row(call, paths.services)).toMatchObject({
      'Cluster-IP': '10.96.0.2',
      'External-IP': '<none>',
      'Port(s)': '80/TCP',
      Selector: 'a=1,b=2',
    })
    await call('POST', paths.events, {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      reason: 'Started',
      message: 'went up\n',
      count: 3,
      firstTimestamp: '2020-01-01T00:00:00Z',
      lastTimestamp: new Date().toISOString().slice(0, 19) + 'Z',
    })
    expect(await row(call, paths.events)).toMatchObject({
      'Last Seen': expect.stringMatching(/^\ds \(x3 over \dy\d+d\)$/) as string,
      Object: 'pod/p',
      Message: 'went up',
    })
  })
})

describe('finalizers of a namespace', () => {
  const finalize = '/api/v1/namespaces/default/finalize'
  const wanted = (...finalizers: string[]): object => ({ metadata: { name: 'default' }, spec: { finalizers } })

  it('are written on their own, owned by their writer', async () => {
    const { call } = await withNamespace()
    const more = { metadata: { name: 'default', labels: { a: 'b' } }, status: { phase: 'Terminating' } }
    const { code, body } = await call('PUT', `${finalize}?fieldManager=keeper`, { ...wanted('example.com/x'), ...more })
    expect([code, body]).toMatchObject([
      200,
      {
        metadata: { labels: { a: 'b', 'kubernetes.io/metadata.name': 'default' } },
        spec: { finalizers: ['example.com/x'] },
        status: { phase: 'Active' },
      },
    ])
    const { managedFields } = body['metadata'] as { managedFields: JsonObject[] }
    expect(managedFields).toContainEqual(
      expect.objectContaining({
        manager: 'keeper',
        operation: 'Update',
        subresource: 'finalize',
        fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:spec': { 'f:finalizers': {} } },
      }),
    )
  })

  it.each<[string, string, object | undefined, number, string]>([
    ['PUT', finalize, undefined, 400, 'unrecognized'],
    ['PUT', finalize, { spec: {} }, 400, 'name must be provided'],
    ['PUT', finalize, wanted('bad'), 422, 'name is neither a standard finalizer name nor is it fully qualified'],
    ['PUT', finalize, { ...wanted(), metadata: { name: 'default', resourceVersion: '1' } }, 409, 'has been modified'],
    ['PUT', finalize, { ...wanted(), spec: { finalizers: 'x' } }, 400, 'Go struct field NamespaceSpec.spec.finalizers'],
    ['PATCH', finalize, {}, 405, 'does not allow this method'],
    ['PUT', '/api/v1/namespaces/none/finalize', { metadata: { name: 'none' } }, 404, 'not found'],
  ])('%s %s %j is answered with %s', async (method, path, body, code, why) => {
    const { call } = await withNamespace()
    const answer = await call(method, path, body)
    expect([answer.code, answer.body['message']]).toEqual([code, expect.stringContaining(why)])
  })
})
