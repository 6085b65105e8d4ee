import { silentLogger, type Clock } from '@berth/base'
import { virtualMachines, type VirtualMachine } from '@berth/api'
import { connectionOf, loadKubeconfig, namespaces, systemClock } from '@berth/kube'
import type { KubeObject } from '@berth/meta'
import { startTestEngine, type TestEngine } from '@berth/testkit'
import { parseQuery, type Query, type WorkloadRow } from '@berth/view'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import { connectCluster } from '../clusters/connect-cluster.ts'
import type { Watches } from '../watches/contract.ts'
import { createWatches } from '../watches/registry.ts'
import { createRowsEngine, everything, type OpenRows, type RowsEngine } from './engine.ts'

/** Ten seconds between two questions about rights are half a second here. */
const speed = 20
const startedMs = Date.now()
const hurried: Clock = {
  now: () => new Date(startedMs + (Date.now() - startedMs) * speed),
  after: (ms, callback) => systemClock.after(ms / speed, callback),
}
const patient = { timeout: 30_000, interval: 20 }
const places = ['north', 'south', 'west'] as const
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' }
const apiGroup = rbac.group

let engine: TestEngine
let clusters: Cluster[]
let watches: Watches
let rows: RowsEngine
let users = 0

beforeAll(async () => {
  engine = await startTestEngine({ driver: 'simulated' })
  const { connection } = await connectionOf(await loadKubeconfig([engine.paths.adminKubeconfig]))
  const cluster = (id: string): Promise<Cluster> =>
    connectCluster({
      id,
      name: id,
      kind: 'engine',
      namespace: 'default',
      connection: async () => connection,
      credentials: 'impersonate',
    })
  clusters = [await cluster('here'), await cluster('there')]
  for (const name of places) {
    await engine.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    await engine.client.create(virtualMachines, machine(name, 'up'))
    await engine.client.create(virtualMachines, machine(name, 'up-too'))
  }
  const list = async (): Promise<VirtualMachine[]> => (await engine.client.list(virtualMachines)).items
  await vi.waitFor(
    async () => expect((await list()).every(({ status }) => status?.printableStatus === 'Running')).toBe(true),
    { timeout: 30_000, interval: 100 },
  )
  const role = (name: string, resources: string[]): Promise<KubeObject> =>
    engine.client.create({ ...rbac, resource: 'clusterroles', kind: 'ClusterRole', namespaced: false }, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: ['kubevirt.io'], resources, verbs: ['get', 'list', 'watch'] }],
    } as KubeObject)
  await role('machines', ['virtualmachines'])
  await role('instances', ['virtualmachineinstances'])
})
afterAll(async () => {
  await Promise.all(clusters.map((cluster) => cluster.close()))
  await engine.stop()
})
beforeEach(() => {
  watches = createWatches({ clock: hurried, logger: silentLogger })
  rows = createRowsEngine({ clock: hurried, logger: silentLogger, watches })
})
afterEach(async () => {
  await rows.close()
  await watches.close()
})

function machine(namespace: string, name: string): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { namespace, name },
    spec: { runStrategy: 'Always', template: { spec: { domain: { memory: { guest: '1Mi' }, devices: {} } } } },
  }
}

/** Undefined: everywhere. */
async function bind(user: string, role: string, namespace: string | undefined): Promise<() => Promise<void>> {
  const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding'
  const name = `${user}-${role}`
  const target = { ...rbac, resource: `${kind.toLowerCase()}s`, kind, namespaced: namespace !== undefined }
  const place = namespace === undefined ? {} : { namespace }
  await engine.client.create(target, {
    apiVersion: `${apiGroup}/v1`,
    kind,
    metadata: { name, ...place },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  } as KubeObject)
  return () => engine.client.delete(target, { name, ...place })
}

function queryOf(text: string): Query {
  const parsed = parseQuery(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.query
}

function openAs(identity: Identity, at = clusters.slice(0, 1), query = ''): OpenRows {
  return rows.open({
    places: at.map((cluster) => ({ cluster, identity })),
    request: { ...everything, query: queryOf(query) },
    onChange() {},
  })
}

/** What is seen of each row: its key, and whether what its instance says is there. */
function seen(open: OpenRows): string[] {
  return open.view.entries().map((entry) => {
    const row: WorkloadRow = entry.full(new Date())
    const joined = row.node !== undefined
    // What the instance would say is neither shown nor concluded from.
    expect(Object.keys(row.refused).length > 0).toBe(joined)
    return `${row.cluster}/${row.namespace}/${row.name}${joined ? ' on a node' : ''}`
  })
}

describe('rows', () => {
  it('are those that a person may list, with what they may list besides, whatever their rights', async () => {
    const some = fc.oneof(fc.constant(undefined), fc.subarray([...places]))
    await fc.assert(
      fc.asyncProperty(some, some, fc.boolean(), async (machinesIn, instancesIn, shared) => {
        users += 1
        const user = `user-${users}`
        const undo: (() => Promise<void>)[] = []
        for (const [role, where] of [
          ['machines', machinesIn],
          ['instances', instancesIn],
        ] as const) {
          for (const place of where ?? [undefined]) undo.push(await bind(user, role, place))
        }
        const may = (where: readonly string[] | undefined, place: string): boolean => where?.includes(place) ?? true
        const expected = places
          .filter((place) => may(machinesIn, place))
          .flatMap((place) => ['up', 'up-too'].map((name) => ({ place, name })))
          // Without the deployment's client, only the context's own namespace is found by somebody who may not list namespaces.
          .filter(() => shared || machinesIn === undefined)
          .map(({ place, name }) => {
            const joined = may(instancesIn, place) && (shared || instancesIn === undefined)
            return `here/${place}/${name}${joined ? ' on a node' : ''}`
          })
        const cluster = clusters[0]
        if (cluster === undefined) throw new Error('there is one')
        const open = openAs({ kind: 'impersonated', user, groups: [] }, [
          shared ? cluster : { ...cluster, service: undefined },
        ])
        await vi.waitFor(() => expect(seen(open).sort()).toEqual(expected.sort()), patient)
        for (const step of undo) await step()
        await vi.waitFor(() => expect(seen(open)).toEqual([]), patient)
        open.close()
      }),
      { numRuns: 6 },
    )
  })

  it('of several clusters are one list', async () => {
    const administrator: Identity = { kind: 'impersonated', user: 'root', groups: ['system:masters'] }
    const both = openAs(administrator, clusters, 'up-too')
    const all = ['here', 'there'].flatMap((id) => places.map((place) => `${id}/${place}/up-too on a node`))
    // Equal names are in the order of their keys.
    await vi.waitFor(() => expect(seen(both)).toEqual(all), patient)
    both.ask({ ...everything, query: queryOf('up-too cluster:there namespace:west') })
    expect(seen(both)).toEqual(['there/west/up-too on a node'])
    both.close()
  })

  it('are selected whole, for plans and files', async () => {
    const administrator: Identity = { kind: 'impersonated', user: 'root', groups: ['system:masters'] }
    const place = clusters.slice(0, 1).map((cluster) => ({ cluster, identity: administrator }))
    const { entries, sources } = await rows.select({
      places: place,
      request: { query: queryOf('namespace:north status:Running'), sort: [{ column: 'name', descending: true }] },
      // By the clock that hurries, half a minute.
      patienceMs: 30_000 * speed,
    })
    expect(entries.map(({ row }) => row.name)).toEqual(['up-too', 'up'])
    expect(sources.find(({ resource }) => resource === 'virtualmachines')?.state).toBe('live')
  })
})
