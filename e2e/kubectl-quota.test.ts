// What a namespace may hold, with the real kubectl: quotas, limits, priorities, disruption budgets, events, owners.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  makeKubeconfig,
  openControlPlane,
  openPki,
  systemClock,
  type ControlPlane,
  type ResourceDefinition,
} from '@berth/apiserver'
import { openStore } from '@berth/store'
import { eventually, kubectlWith, newestKubectl, uniqueName, type Kubectl } from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const boats: ResourceDefinition = {
  group: 'harbour.example',
  versions: [{ name: 'v1' }],
  kind: 'Boat',
  resource: 'boats',
  singular: 'boat',
  namespaced: true,
  schemaName: 'example.harbour.v1.Boat',
  schema: { type: 'object', preserveUnknownFields: true },
}

let directory: string
let plane: ControlPlane
let store: Awaited<ReturnType<typeof openStore>>
let kubectl: Kubectl

// Without the engine, which makes no pods but its own.
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-quota-'))
  store = await openStore({ directory: join(directory, 'store') })
  const pki = await openPki({ directory: join(directory, 'pki'), clock: systemClock })
  plane = await openControlPlane({ store, pki, definitions: [boats] })
  const { port } = await plane.listen({ host: '127.0.0.1', port: 0 })
  const kubeconfig = join(directory, 'kubeconfig')
  const access = { pki, server: `https://127.0.0.1:${port}`, user: 'captain', groups: ['system:masters'] }
  await writeFile(kubeconfig, await makeKubeconfig(access), { mode: 0o600 })
  kubectl = kubectlWith({ program: await newestKubectl(), kubeconfig, home: directory })
})

afterAll(async () => {
  await plane.close()
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

async function namespace(): Promise<string> {
  const name = uniqueName('team')
  await kubectl('create', 'namespace', name)
  await eventually(() => kubectl('get', 'serviceaccount', 'default', '-n', name))
  return name
}

function pod(name: string, spec: object = {}, resources: object = {}): object {
  const containers = [{ name: 'c', image: 'example.com/i', resources }]
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers, schedulerName: 'nobody', ...spec } }
}

describe('kubectl create quota', () => {
  it('limits, counts and describes', async () => {
    const team = await namespace()
    const made = await kubectl('create', 'quota', 'small', '-n', team, '--hard=pods=1,configmaps=3,requests.cpu=1')
    expect(made).toBe('resourcequota/small created\n')
    const asking = pod('a', {}, { requests: { cpu: '500m' } })
    await kubectl.with(asking, 'create', '-n', team, '-f', '-')
    const refused = await kubectl.failsWith(pod('b', {}, { requests: { cpu: '1' } }), 'create', '-n', team, '-f', '-')
    expect(refused).toContain(
      'pods "b" is forbidden: exceeded quota: small, requested: pods=1,requests.cpu=1, used: pods=1,requests.cpu=500m, limited: pods=1,requests.cpu=1',
    )
    const silent = await kubectl.failsWith(pod('b'), 'create', '-n', team, '-f', '-')
    expect(silent).toContain('failed quota: small: must specify requests.cpu for: c')
    const words = await eventually(async () => {
      const text = await kubectl('describe', 'quota', 'small', '-n', team)
      expect(text).toMatch(/requests\.cpu +500m +1\n/)
      return text
    })
    expect(words).toMatch(/pods +1 +1\n/)
    // The certificate to trust the server by is a config map.
    expect(words).toMatch(/configmaps +1 +3\n/)
    expect(await kubectl('get', 'quota', '-n', team)).toMatch(
      /small +configmaps: 1\/3, pods: 1\/1, requests.cpu: 500m\/1/,
    )
    await kubectl('delete', 'pod', 'a', '-n', team)
    await eventually(async () => /pods +0 +1\n/.test(await kubectl('describe', 'quota', 'small', '-n', team)))
    expect(await kubectl('describe', 'namespace', team)).toContain('Resource Quotas')
  })

  it("counts kinds of one's own as it counts any", async () => {
    const team = await namespace()
    await kubectl('create', 'quota', 'fleet', '-n', team, '--hard=count/boats.harbour.example=1')
    const boat = (name: string): object => ({ apiVersion: 'harbour.example/v1', kind: 'Boat', metadata: { name } })
    await kubectl.with(boat('one'), 'create', '-n', team, '-f', '-')
    expect(await kubectl.failsWith(boat('two'), 'create', '-n', team, '-f', '-')).toContain(
      'exceeded quota: fleet, requested: count/boats.harbour.example=1',
    )
    await kubectl('delete', 'boat', 'one', '-n', team)
    await kubectl.with(boat('two'), 'create', '-n', team, '-f', '-')
  })

  it('goes by scopes', async () => {
    const team = await namespace()
    await kubectl('create', 'quota', 'effort', '-n', team, '--hard=pods=0', '--scopes=BestEffort')
    expect(await kubectl.failsWith(pod('a'), 'create', '-n', team, '-f', '-')).toContain('exceeded quota: effort')
    await kubectl.with(pod('a', {}, { requests: { cpu: '1' } }), 'create', '-n', team, '-f', '-')
    const conflict = await kubectl.fails('create', 'quota', 'x', '-n', team, '--hard=services=1', '--scopes=BestEffort')
    expect(conflict).toContain('unsupported scope applied to resource')
  })
})

describe('limit ranges', () => {
  it('fill in, bound and describe', async () => {
    const team = await namespace()
    const limits = [
      { type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '250m' }, max: { cpu: '1' } },
      { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } },
    ]
    const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'usual' }, spec: { limits } }
    await kubectl.with(range, 'create', '-n', team, '-f', '-')
    await kubectl.with(pod('a'), 'create', '-n', team, '-f', '-')
    const resources = await kubectl('get', 'pod', 'a', '-n', team, '-o', 'jsonpath={.spec.containers[0].resources}')
    expect(JSON.parse(resources)).toEqual({ limits: { cpu: '500m' }, requests: { cpu: '250m' } })
    const much = await kubectl.failsWith(pod('b', {}, { limits: { cpu: '2' } }), 'create', '-n', team, '-f', '-')
    expect(much).toContain('pods "b" is forbidden: maximum cpu usage per Container is 1, but limit is 2')
    expect(await kubectl('describe', 'limits', 'usual', '-n', team)).toMatch(/Container +cpu +- +1 +250m +500m +-\n/)
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'big' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
    }
    expect(await kubectl.failsWith(claim, 'create', '-n', team, '-f', '-')).toContain(
      'maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi',
    )
  })
})

describe('priority classes', () => {
  it('give pods their number', async () => {
    const team = await namespace()
    const name = uniqueName('urgent')
    await kubectl('create', 'priorityclass', name, '--value=1000', '--description=first of all')
    await kubectl.with(pod('a', { priorityClassName: name }), 'create', '-n', team, '-f', '-')
    expect(await kubectl('get', 'pod', 'a', '-n', team, '-o', 'jsonpath={.spec.priority}')).toBe('1000')
    expect(await kubectl.failsWith(pod('b', { priorityClassName: 'nope' }), 'create', '-n', team, '-f', '-')).toContain(
      'no PriorityClass with name nope was found',
    )
    expect(await kubectl('get', 'priorityclass')).toMatch(/system-node-critical +2000001000 +false/)
    await kubectl('delete', 'priorityclass', name)
  })
})

describe('pod disruption budgets', () => {
  it('are made, listed and described', async ({ skip }) => {
    if (kubectl.program.minor < 21) skip('kubectl makes them in policy/v1 since 1.21')
    const team = await namespace()
    await kubectl('create', 'pdb', 'keep', '-n', team, '--selector=app=x', '--min-available=1')
    expect(await kubectl('get', 'pdb', '-n', team)).toMatch(/keep +1 +N\/A +0/)
    expect(await kubectl('describe', 'pdb', 'keep', '-n', team)).toMatch(/Min available: +1/)
  })
})

describe('events', () => {
  it('are one thing under two names', async ({ skip }) => {
    if (kubectl.program.minor < 26) skip('kubectl has the command `events` since 1.26')
    const team = await namespace()
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'moored' },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      reportingController: 'example.com/pilot',
      reportingInstance: 'pilot-1',
      action: 'Mooring',
      reason: 'Moored',
      regarding: { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: team },
      note: 'all fast',
      type: 'Normal',
    }
    await kubectl.with(event, 'create', '-n', team, '-f', '-')
    for (const resource of ['events', 'events.events.k8s.io']) {
      expect(await kubectl('get', resource, '-n', team)).toMatch(/Normal +Moored +pod\/p +all fast/)
    }
    expect(await kubectl('events', '-n', team, '--for=pod/p')).toMatch(/Moored +Pod\/p +all fast/)
    const chosen = ['get', 'events.events.k8s.io', '-n', team, '-o', 'name', '--field-selector']
    expect(await kubectl(...chosen, 'regarding.name=p')).toBe('event.events.k8s.io/moored\n')
    expect(await kubectl(...chosen, 'regarding.name=q')).toBe('')
  })
})

describe('owners', () => {
  it('take along what they own, or leave it, as kubectl asks', async () => {
    const team = await namespace()
    const map = (name: string, metadata: object = {}): object => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, ...metadata },
    })
    for (const [cascade, left] of [
      ['background', false],
      ['foreground', false],
      ['orphan', true],
    ] as const) {
      await kubectl.with(map('owner'), 'create', '-n', team, '-f', '-')
      const uid = await kubectl('get', 'cm', 'owner', '-n', team, '-o', 'jsonpath={.metadata.uid}')
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid, blockOwnerDeletion: true }]
      await kubectl.with(map(`child-${cascade}`, { ownerReferences }), 'create', '-n', team, '-f', '-')
      await kubectl('delete', 'cm', 'owner', '-n', team, `--cascade=${cascade}`)
      await eventually(async () => {
        const names = await kubectl('get', 'cm', '-n', team, '-o', 'name')
        return !names.includes('configmap/owner') && names.includes(`child-${cascade}`) === left
      })
    }
  })
})
