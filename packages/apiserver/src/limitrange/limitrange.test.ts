import { describe, expect, it } from 'vitest'
import { getPath, type JsonObject } from '@berth/meta'
import { coreServer, type Answer, type CoreServer } from '../testing/core-server.ts'

const at = (resource: string): string => `/api/v1/namespaces/default/${resource}`

async function limited(...limits: JsonObject[]): Promise<CoreServer> {
  const core = coreServer()
  await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  const { code, body } = await core.call('POST', at('limitranges'), { metadata: { name: 'l' }, spec: { limits } })
  expect(code, JSON.stringify(body)).toBe(201)
  return core
}

function pod(core: CoreServer, resources: JsonObject, more: JsonObject = {}): Promise<Answer> {
  const containers = [{ name: 'c', image: 'i', resources }]
  return core.call('POST', at('pods'), { metadata: { name: 'p' }, spec: { containers, ...more } })
}

describe('defaults', () => {
  it('are filled in, noted, and count for the quality of service', async () => {
    const core = await limited({
      type: 'Container',
      default: { cpu: '1' },
      defaultRequest: { cpu: '1', memory: '1Gi' },
    })
    const { body } = await pod(
      core,
      {},
      { initContainers: [{ name: 'i', image: 'i', resources: { limits: { cpu: '2' } } }] },
    )
    expect(getPath(body, ['spec', 'containers', 0, 'resources'])).toEqual({
      limits: { cpu: '1' },
      requests: { cpu: '1', memory: '1Gi' },
    })
    expect(getPath(body, ['metadata', 'annotations'])).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c; memory request for init container i',
    })
    expect(getPath(body, ['status', 'qosClass'])).toBe('Burstable')
  })

  it('follow from the bounds where they are not given', async () => {
    const core = await limited({ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } })
    const { body } = await core.call('GET', `${at('limitranges')}/l`)
    expect(getPath(body, ['spec', 'limits'])).toEqual([
      {
        type: 'Container',
        max: { cpu: '2' },
        min: { memory: '1Mi' },
        default: { cpu: '2' },
        defaultRequest: { cpu: '2', memory: '1Mi' },
      },
    ])
  })

  it('cannot make a container ask for more than it is limited to', async () => {
    const core = await limited({ type: 'Container', defaultRequest: { cpu: '1' } })
    const { code, body } = await pod(core, { limits: { cpu: '100m' }, requests: { memory: '1Gi' } })
    expect(code).toBe(201)
    expect(getPath(body, ['spec', 'containers', 0, 'resources', 'requests'])).toEqual({ cpu: '100m', memory: '1Gi' })
    const { body: refused } = await pod(core, { limits: { cpu: '100m' }, requests: { cpu: '2' } })
    expect(refused['message']).toContain(
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 100m',
    )
  })

  it('leave alone what says everything itself', async () => {
    const core = await limited({ type: 'Container', default: { cpu: '1' } })
    const { body } = await pod(core, { limits: { cpu: '3' }, requests: { cpu: '2' } })
    expect(getPath(body, ['metadata', 'annotations'])).toBeUndefined()
  })
})

describe('bounds', () => {
  it.each<[string, JsonObject, JsonObject, string]>([
    [
      'a request below the least',
      { type: 'Container', min: { cpu: '100m' } },
      { requests: { cpu: '50m' } },
      'minimum cpu usage per Container is 100m, but request is 50m',
    ],
    [
      'a limit above the most',
      { type: 'Container', max: { cpu: '1' } },
      { limits: { cpu: '2' } },
      '[maximum cpu usage per Container is 1, but limit is 2]',
    ],
    [
      'no limit where a pod may have so much',
      { type: 'Pod', max: { cpu: '1' } },
      {},
      'maximum cpu usage per Pod is 1.  No limit is specified',
    ],
    [
      'no request where a pod must have so much',
      { type: 'Pod', min: { memory: '1Gi' } },
      {},
      'minimum memory usage per Pod is 1Gi.  No request is specified',
    ],
    [
      'a limit far from the request',
      { type: 'Container', maxLimitRequestRatio: { cpu: '1500m' } },
      { requests: { cpu: '1' }, limits: { cpu: '2' } },
      'cpu max limit to request ratio per Container is 1500m, but provided ratio is 2.000000',
    ],
    [
      'a ratio of nothing',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      {},
      'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
  ])('refuse %s', async (_what, item, resources, words) => {
    const core = await limited(item)
    const { code, body } = await pod(core, resources)
    expect(code).toBe(403)
    expect(body['message']).toBe(`pods "p" is forbidden: ${words.replace(/^\[|\]$/g, '')}`)
  })

  it('name every fault, once', async () => {
    const core = await limited(
      { type: 'Container', max: { cpu: '1', memory: '1Gi' } },
      { type: 'Pod', max: { cpu: '1' } },
    )
    const { body } = await pod(core, { limits: { cpu: '2', memory: '2Gi' } })
    expect(body['message']).toBe(
      'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi, maximum cpu usage per Pod is 1, but limit is 2]',
    )
  })

  it('sum the containers of a pod', async () => {
    const core = await limited({ type: 'Pod', max: { cpu: '3' } })
    const limits = { limits: { cpu: '2' } }
    const two = [1, 2].map((index) => ({ name: `c${index}`, image: 'i', resources: limits }))
    const { body } = await core.call('POST', at('pods'), { metadata: { name: 'p' }, spec: { containers: two } })
    expect(body['message']).toContain('maximum cpu usage per Pod is 3, but limit is 4')
  })

  it('hold for claims, also when they grow', async () => {
    const core = await limited({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } })
    await core.call('POST', '/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name: 's' },
      provisioner: 'x',
      allowVolumeExpansion: true,
    })
    const claim = (storage: string): Promise<Answer> =>
      core.call('POST', at('persistentvolumeclaims'), {
        metadata: { name: 'v' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 's', resources: { requests: { storage } } },
      })
    expect((await claim('3Gi')).body['message']).toBe(
      'persistentvolumeclaims "v" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    )
    expect((await claim('1Mi')).body['message']).toContain('minimum storage usage per PersistentVolumeClaim is 1Gi')
    expect((await claim('1Gi')).code).toBe(201)
    const merge = { 'content-type': 'application/merge-patch+json' }
    const path = `${at('persistentvolumeclaims')}/v`
    await core.call('PATCH', `${path}/status`, { status: { phase: 'Bound' } }, merge)
    const grow = { spec: { resources: { requests: { storage: '3Gi' } } } }
    expect((await core.call('PATCH', path, grow, merge)).code).toBe(403)
  })
})

it.each<[string, JsonObject[], string]>([
  [
    'a least above the most',
    [{ type: 'Container', max: { cpu: '1' }, min: { cpu: '2' } }],
    'min value 2 is greater than max value 1',
  ],
  ['defaults for pods', [{ type: 'Pod', default: { cpu: '1' } }], "may not be specified when `type` is 'Pod'"],
  ['a type twice', [{ type: 'Pod' }, { type: 'Pod' }], 'spec.limits[1].type: Duplicate value: "Pod"'],
  [
    'claims without storage',
    [{ type: 'PersistentVolumeClaim', max: { cpu: '1' } }],
    'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
  ],
  [
    'a ratio that cannot be',
    [{ type: 'Container', max: { memory: '2Gi' }, min: { memory: '1Gi' }, maxLimitRequestRatio: { memory: '3' } }],
    'ratio 3 is greater than max/min = 2.000000',
  ],
  ['a ratio below one', [{ type: 'Pod', maxLimitRequestRatio: { cpu: '500m' } }], 'ratio 500m is less than 1'],
  [
    'storage for containers',
    [{ type: 'Container', max: { storage: '1' } }],
    'spec.limits[0].max[storage]: Invalid value: storage: must be a standard resource for containers',
  ],
  ['an unknown type', [{ type: 'Foo' }], 'spec.limits[0].type: Invalid value: "Foo": must be a standard limit type'],
])('a LimitRange may not have %s', async (_what, limits, words) => {
  const core = coreServer()
  await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  const { code, body } = await core.call('POST', at('limitranges'), { metadata: { name: 'l' }, spec: { limits } })
  expect(code).toBe(422)
  expect(body['message']).toContain(words)
})
