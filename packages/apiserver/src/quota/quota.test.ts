import { afterEach, describe, expect, it } from 'vitest'
import { formatQuantity, getPath, parseQuantity, type JsonObject } from '@berth/meta'
import { systemClock } from '../control-plane/system-clock.ts'
import { coreServer, type Answer, type CoreServer } from '../testing/core-server.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import { QuotaLedger } from './ledger.ts'

let running: Lifecycle | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

async function started(): Promise<CoreServer> {
  const core = coreServer()
  running = core.lifecycle()
  await running.ready
  return core
}

const at = (resource: string, name = ''): string => `/api/v1/namespaces/default/${resource}${name && `/${name}`}`

async function quota(core: CoreServer, hard: JsonObject, more: JsonObject = {}, name = 'q'): Promise<void> {
  const { code, body } = await core.call('POST', at('resourcequotas'), {
    metadata: { name },
    spec: { hard, ...more },
  })
  expect(code, JSON.stringify(body)).toBe(201)
}

const container = (name: string, resources: JsonObject = {}): JsonObject => ({ name, image: 'i', resources })

function pod(core: CoreServer, name: string, spec: JsonObject = {}, query = ''): Promise<Answer> {
  const containers = [container('c')]
  return core.call('POST', at('pods') + query, { metadata: { name }, spec: { containers, ...spec } })
}

const merge = { 'content-type': 'application/merge-patch+json' }

function used(core: CoreServer, name = 'q'): JsonObject {
  const stored = core.store.get('core/resourcequotas', `default/${name}`)
  const body = JSON.parse(stored?.value.toString() ?? '{}') as JsonObject
  return (getPath(body, ['status', 'used']) as JsonObject | undefined) ?? {}
}

async function uses(core: CoreServer, expected: JsonObject, name = 'q'): Promise<void> {
  await core.until(() => JSON.stringify(sorted(used(core, name))) === JSON.stringify(sorted(expected)))
}

const sorted = (object: JsonObject): [string, unknown][] => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))

describe('counts', () => {
  it('lets no more in than there is room for, and says so', async () => {
    const core = await started()
    await quota(core, { pods: '2' })
    expect((await pod(core, 'a')).code).toBe(201)
    expect((await pod(core, 'b')).code).toBe(201)
    const { code, body } = await pod(core, 'c')
    expect(code).toBe(403)
    expect(body['message']).toBe(
      'pods "c" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    )
    await uses(core, { pods: '2' })
    await core.call('DELETE', at('pods', 'a'))
    await uses(core, { pods: '1' })
    expect((await pod(core, 'c')).code).toBe(201)
  })

  it('takes what is there already into account', async () => {
    const core = await started()
    await pod(core, 'a')
    await quota(core, { pods: '1', 'count/pods': '5' })
    expect((await pod(core, 'b')).code).toBe(403)
    await uses(core, { pods: '1', 'count/pods': '1' })
  })

  it('counts pods that ended as objects only', async () => {
    const core = await started()
    await quota(core, { pods: '1', 'count/pods': '2' })
    await pod(core, 'a')
    await core.call('PATCH', `${at('pods', 'a')}/status`, { status: { phase: 'Succeeded' } }, merge)
    expect((await pod(core, 'b')).code).toBe(201)
    await uses(core, { pods: '1', 'count/pods': '2' })
    expect((await pod(core, 'c')).body['message']).toContain('requested: count/pods=1,pods=1')
  })

  it('counts any kind by its resource and group, and some by their old names', async () => {
    const core = await started()
    await quota(core, {
      configmaps: '2',
      'count/leases.coordination.k8s.io': '1',
      'count/secrets': '0',
      resourcequotas: '1',
    })
    expect((await core.call('POST', at('configmaps'), { metadata: { name: 'm' } })).code).toBe(201)
    const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
    expect((await core.call('POST', lease, { metadata: { name: 'l' }, spec: {} })).code).toBe(201)
    expect((await core.call('POST', lease, { metadata: { name: 'm' }, spec: {} })).body['message']).toBe(
      'leases.coordination.k8s.io "m" is forbidden: exceeded quota: q, requested: count/leases.coordination.k8s.io=1, used: count/leases.coordination.k8s.io=1, limited: count/leases.coordination.k8s.io=1',
    )
    expect((await core.call('POST', at('secrets'), { metadata: { name: 's' } })).code).toBe(403)
    const second = await core.call('POST', at('resourcequotas'), { metadata: { name: 'r' }, spec: { hard: {} } })
    expect(second.code).toBe(403)
    await uses(core, {
      configmaps: '1',
      'count/leases.coordination.k8s.io': '1',
      'count/secrets': '0',
      resourcequotas: '1',
    })
  })

  it('never counts events', async () => {
    const core = await started()
    await quota(core, { 'count/events': '0' })
    const event = { metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' } }
    expect((await core.call('POST', at('events'), event)).code).toBe(201)
  })

  it('counts services by what they take, also when they change', async () => {
    const core = await started()
    await quota(core, { services: '3', 'services.nodeports': '2', 'services.loadbalancers': '1' })
    const service = (name: string, type: string, ports: number[]): Promise<Answer> =>
      core.call('POST', at('services'), {
        metadata: { name },
        spec: { type, ports: ports.map((port) => ({ port, name: `p${port}` })) },
      })
    expect((await service('a', 'LoadBalancer', [80])).code).toBe(201)
    expect((await service('b', 'ClusterIP', [80, 81])).code).toBe(201)
    const grow = await core.call('PATCH', at('services', 'b'), { spec: { type: 'NodePort' } }, merge)
    expect(grow.body['message']).toContain('requested: services.nodeports=2, used: services.nodeports=1')
    expect((await service('c', 'LoadBalancer', [])).code).not.toBe(201)
    await uses(core, { services: '2', 'services.nodeports': '1', 'services.loadbalancers': '1' })
  })
})

describe('amounts', () => {
  const asking = { containers: [container('c', { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1' } })] }

  it('wants each container to say what the quota limits', async () => {
    const core = await started()
    await quota(core, { 'limits.cpu': '2', 'requests.memory': '1Gi' })
    const { code, body } = await pod(core, 'a', { containers: [container('b'), container('a')] })
    expect(code).toBe(403)
    expect(body['message']).toBe(
      'pods "a" is forbidden: failed quota: q: must specify limits.cpu for: a,b; requests.memory for: a,b',
    )
  })

  it('sums requests and limits in the units they are written in', async () => {
    const core = await started()
    await quota(core, { cpu: '1', 'requests.memory': '3Gi', 'limits.cpu': '2' })
    expect((await pod(core, 'a', asking)).code).toBe(201)
    expect((await pod(core, 'b', asking)).code).toBe(201)
    await uses(core, { cpu: '1', 'requests.memory': '2Gi', 'limits.cpu': '2' })
    expect((await pod(core, 'c', asking)).body['message']).toContain(
      'exceeded quota: q, requested: cpu=500m,limits.cpu=1, used: cpu=1,limits.cpu=2, limited: cpu=1,limits.cpu=2',
    )
  })

  it('counts huge pages and what vendors name', async () => {
    const core = await started()
    await quota(core, { 'requests.example.com/gpu': '1', 'hugepages-2Mi': '4Mi' })
    const limits = { 'example.com/gpu': '1', 'hugepages-2Mi': '4Mi', cpu: '1' }
    const spec = { containers: [container('c', { limits, requests: limits })] }
    expect((await pod(core, 'a', spec)).code).toBe(201)
    expect((await pod(core, 'b', spec)).body['message']).toContain('requests.example.com/gpu=1')
    await uses(core, { 'requests.example.com/gpu': '1', 'hugepages-2Mi': '4Mi' })
  })

  it('counts storage by class, and what a claim grows by', async () => {
    const core = await started()
    const gold = 'gold.storageclass.storage.k8s.io/'
    await quota(core, {
      'requests.storage': '10Gi',
      [`${gold}requests.storage`]: '5Gi',
      [`${gold}persistentvolumeclaims`]: '1',
    })
    const classBody = { metadata: { name: 'gold' }, provisioner: 'x', allowVolumeExpansion: true }
    await core.call('POST', '/apis/storage.k8s.io/v1/storageclasses', classBody)
    const claim = (name: string, storage: string, storageClassName: string): Promise<Answer> =>
      core.call('POST', at('persistentvolumeclaims'), {
        metadata: { name },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, storageClassName },
      })
    expect((await claim('a', '4Gi', 'gold')).code).toBe(201)
    expect((await claim('b', '1Gi', 'gold')).body['message']).toContain(`${gold}persistentvolumeclaims=1`)
    expect((await claim('c', '6Gi', 'tin')).code).toBe(201)
    await core.call('PATCH', `${at('persistentvolumeclaims', 'a')}/status`, { status: { phase: 'Bound' } }, merge)
    const grow = { spec: { resources: { requests: { storage: '5Gi' } } } }
    const { body } = await core.call('PATCH', at('persistentvolumeclaims', 'a'), grow, merge)
    expect(body['message']).toContain('exceeded quota: q, requested: requests.storage=1Gi, used: requests.storage=10Gi')
    await core.call('DELETE', at('persistentvolumeclaims', 'c'))
    expect((await core.call('PATCH', at('persistentvolumeclaims', 'a'), grow, merge)).code).toBe(200)
    await uses(core, {
      'requests.storage': '5Gi',
      [`${gold}requests.storage`]: '5Gi',
      [`${gold}persistentvolumeclaims`]: '1',
    })
  })
})

describe('scopes', () => {
  it('limits only what is in scope', async () => {
    const core = await started()
    await quota(core, { pods: '1' }, { scopes: ['BestEffort'] }, 'effort')
    await quota(core, { pods: '1' }, { scopes: ['Terminating'] }, 'ending')
    const requests = { containers: [container('c', { requests: { cpu: '1' } })] }
    expect((await pod(core, 'a')).code).toBe(201)
    expect((await pod(core, 'b')).body['message']).toContain('exceeded quota: effort')
    expect((await pod(core, 'c', requests)).code).toBe(201)
    expect((await pod(core, 'd', { ...requests, activeDeadlineSeconds: 5 })).code).toBe(201)
    expect((await pod(core, 'e', { ...requests, activeDeadlineSeconds: 5 })).body['message']).toContain('ending')
    // Into the scope by an update.
    const patch = { spec: { activeDeadlineSeconds: 5 } }
    expect((await core.call('PATCH', at('pods', 'c'), patch, merge)).code).toBe(403)
    await uses(core, { pods: '1' }, 'effort')
    await uses(core, { pods: '1' }, 'ending')
  })

  it('selects by priority class', async () => {
    const core = await started()
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses'
    for (const name of ['high', 'low']) await core.call('POST', classes, { metadata: { name }, value: 5 })
    const selector = (operator: string, values?: string[]): JsonObject => ({
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, ...(values && { values }) }] },
    })
    await quota(core, { pods: '1' }, selector('In', ['high']), 'high')
    await quota(core, { pods: '1' }, selector('DoesNotExist'), 'none')
    expect((await pod(core, 'a', { priorityClassName: 'high' })).code).toBe(201)
    expect((await pod(core, 'b', { priorityClassName: 'high' })).body['message']).toContain('exceeded quota: high')
    expect((await pod(core, 'c', { priorityClassName: 'low' })).code).toBe(201)
    expect((await pod(core, 'd')).code).toBe(201)
    expect((await pod(core, 'e')).body['message']).toContain('exceeded quota: none')
  })

  it('wants the amounts of a scope to be such that pods have', async () => {
    const core = await started()
    const { body } = await core.call('POST', at('resourcequotas'), {
      metadata: { name: 'q' },
      spec: { hard: { services: '1' }, scopes: ['BestEffort', 'NotBestEffort'] },
    })
    expect(body['message']).toContain('unsupported scope applied to resource')
    expect(body['message']).toContain('conflicting scopes')
  })
})

describe('the quota itself', () => {
  it('follows its hard limits, up and down', async () => {
    const core = await started()
    await quota(core, { pods: '1' })
    await pod(core, 'a')
    await core.call('PATCH', at('resourcequotas', 'q'), { spec: { hard: { pods: '2', secrets: '1' } } }, merge)
    await uses(core, { pods: '1', secrets: '0' })
    expect((await pod(core, 'b')).code).toBe(201)
    await core.call('PATCH', at('resourcequotas', 'q'), { spec: { hard: { pods: '1', secrets: null } } }, merge)
    await uses(core, { pods: '2' })
    expect((await pod(core, 'c')).body['message']).toContain('used: pods=2, limited: pods=1')
    await core.call('DELETE', at('resourcequotas', 'q'))
    expect((await pod(core, 'c')).code).toBe(201)
  })

  it('is not consumed by a dry run, which is refused all the same', async () => {
    const core = await started()
    await quota(core, { pods: '1' })
    expect((await pod(core, 'a', {}, '?dryRun=All')).code).toBe(201)
    expect((await pod(core, 'a')).code).toBe(201)
    expect((await pod(core, 'b', {}, '?dryRun=All')).code).toBe(403)
    await uses(core, { pods: '1' })
  })

  it('gives back what a failed write had been promised', async () => {
    const core = await started()
    await quota(core, { pods: '2' })
    await pod(core, 'a')
    for (let count = 0; count < 5; count += 1) expect((await pod(core, 'a')).code).toBe(409)
    expect((await pod(core, 'b')).code).toBe(201)
  })

  it('is known anew, as it was, by whoever starts on the same store', async () => {
    const core = await started()
    await quota(core, { pods: '2', 'requests.cpu': '1' })
    await pod(core, 'a', { containers: [container('c', { requests: { cpu: '300m' } })] })
    const again = new QuotaLedger({ store: core.store, clock: systemClock })
    expect([...(again.account('default/q')?.used ?? [])]).toEqual([...(core.quotas.account('default/q')?.used ?? [])])
    expect(formatQuantity(again.account('default/q')?.used.get('requests.cpu') ?? parseQuantity(0))).toBe('300m')
    again.close()
  })

  it('brings its status back when someone writes another', async () => {
    const core = await started()
    await quota(core, { pods: '2' })
    await uses(core, { pods: '0' })
    await core.call('PATCH', `${at('resourcequotas', 'q')}/status`, { status: { used: { pods: '9' } } }, merge)
    await uses(core, { pods: '0' })
  })

  it.each<[string, JsonObject, string]>([
    ['foo', { foo: '1' }, 'spec.hard[foo]: Invalid value: foo: must be a standard resource for quota'],
    ['half a pod', { pods: '1500m' }, 'must be an integer'],
    ['less than nothing', { cpu: '-1' }, 'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    ['a bad name', { 'count/x y': '1' }, 'spec.hard[count/x y]: Invalid value: count/x y: name part must consist of'],
  ])('may not limit %s', async (_what, hard, words) => {
    const core = coreServer()
    await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
    const { code, body } = await core.call('POST', at('resourcequotas'), { metadata: { name: 'q' }, spec: { hard } })
    expect(code).toBe(422)
    expect(body['message']).toContain(words)
  })

  it('prints requests and limits', async () => {
    const core = await started()
    await quota(core, { pods: '2', 'limits.cpu': '1' })
    await uses(core, { pods: '0', 'limits.cpu': '0' })
    const table = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }
    const { body } = await core.call('GET', at('resourcequotas'), undefined, table)
    expect(getPath(body, ['rows', 0, 'cells'])).toEqual(['q', 'pods: 0/2', 'limits.cpu: 0/1', expect.any(String)])
  })
})

it('gives up on pods that do not stop in time', async () => {
  const pending: { at: number; run: () => void }[] = []
  let now = Date.now()
  const core = coreServer({
    now: () => new Date(now),
    after(ms, callback) {
      const entry = { at: now + ms, run: callback }
      pending.push(entry)
      return () => pending.splice(pending.indexOf(entry) >>> 0, 1)
    },
  })
  await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  await core.call('POST', at('resourcequotas'), { metadata: { name: 'q' }, spec: { hard: { pods: '1' } } })
  await pod(core, 'a', { nodeName: 'n' })
  await core.call('DELETE', at('pods', 'a'))
  expect((await pod(core, 'b')).code).toBe(403)
  now += 61_000
  for (const { run } of pending.splice(0).filter((entry) => entry.at <= now)) run()
  expect((await pod(core, 'b')).code).toBe(201)
  expect(systemClock.now().getTime()).toBeLessThan(now)
})
