import { connect, createServer, type Server, type Socket } from 'node:net'
import { silentLogger, type Clock } from '@berth/base'
import { configMaps, connectionOf, keyOf, loadKubeconfig, namespaces, systemClock, type ConfigMap } from '@berth/kube'
import { resource, type KubeObject } from '@berth/meta'
import { startTestEngine, type TestEngine } from '@berth/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import { connectCluster } from '../clusters/connect-cluster.ts'
import type { View, WatchState, Watches } from './contract.ts'
import { createWatches } from './registry.ts'

/** Ten seconds between two questions about rights are half a second here. */
const speed = 20
const startedMs = Date.now()
const hurried: Clock = {
  now: () => new Date(startedMs + (Date.now() - startedMs) * speed),
  after: (ms, callback) => systemClock.after(ms / speed, callback),
}
const patient = { timeout: 30_000, interval: 20 }

let engine: TestEngine
let door: Door
let cluster: Cluster
let watches: Watches

beforeAll(async () => {
  engine = await startTestEngine({ driver: 'simulated' })
  const { port } = new URL(engine.server)
  door = await openDoor(Number(port))
  const { connection } = await connectionOf(await loadKubeconfig([engine.paths.adminKubeconfig]))
  cluster = await connectCluster({
    id: 'here',
    name: 'here',
    kind: 'engine',
    namespace: 'default',
    connection: async () => ({ ...connection, server: `https://127.0.0.1:${door.port}` }),
    credentials: 'impersonate',
  })
  for (const name of ['red', 'blue']) {
    await engine.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    await engine.client.create(configMaps, configMap(name, 'first'))
  }
})
afterAll(async () => {
  await cluster.close()
  await door.close()
  await engine.stop()
})
afterEach(async () => {
  await watches.close()
})

/** A way to the engine that can be shut. */
interface Door {
  port: number
  shut(): Promise<void>
  open(): Promise<void>
  close(): Promise<void>
}

async function openDoor(target: number): Promise<Door> {
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  async function open(): Promise<void> {
    const made = createServer((near) => {
      const far = connect(target, '127.0.0.1')
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(socket)
        socket.on('error', () => other.destroy())
        socket.on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
      }
      near.pipe(far).pipe(near)
    })
    await new Promise<void>((resolve) => made.listen(port, '127.0.0.1', resolve))
    const address = made.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
    server = made
  }
  async function shut(): Promise<void> {
    const closing = server
    server = undefined
    const closed = new Promise<void>((resolve) => (closing === undefined ? resolve() : closing.close(() => resolve())))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await open()
  return {
    get port() {
      return port
    },
    open,
    shut,
    close: shut,
  }
}

function configMap(namespace: string, name: string): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data: {} }
}

const person = (user: string): Identity => ({ kind: 'impersonated', user, groups: [] })
const administrator: Identity = { kind: 'impersonated', user: 'root', groups: ['system:masters'] }
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: true }

async function allow(user: string, namespace: string): Promise<void> {
  const roles = { ...rbac, resource: 'roles', kind: 'Role' }
  const bindings = { ...rbac, resource: 'rolebindings', kind: 'RoleBinding' }
  const head = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { namespace, name: user } }
  const role = {
    ...head,
    kind: 'Role',
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
  }
  await engine.client.create(roles, role)
  await engine.client.create(bindings, {
    ...head,
    kind: 'RoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  } as KubeObject)
}

async function forbid(user: string, namespace: string): Promise<void> {
  await engine.client.delete({ ...rbac, resource: 'rolebindings', kind: 'RoleBinding' }, { namespace, name: user })
}

function follow(identity: Identity, of: Partial<Parameters<Watches['follow']>[0]> = {}, at = cluster) {
  const seen = new Map<string, KubeObject>()
  const states: WatchState[] = []
  const view: View<KubeObject> = watches.follow<KubeObject>({
    cluster: at,
    identity,
    resource: configMaps,
    ...of,
    onState: (state) => states.push(state),
    onChange(current, previous) {
      if (current === undefined && previous !== undefined) seen.delete(keyOf(previous))
      if (current !== undefined) seen.set(keyOf(current), current)
    },
  })
  return {
    view,
    seen,
    states,
    keys: () => [...seen.keys()].filter((key) => /^(red|blue)\/(first|second|meanwhile)/.test(key)).sort(),
  }
}

describe.each([
  ['with a client of the deployment', true],
  ['without one', false],
])('watches %s', (_, shared) => {
  const at = (): Cluster => (shared ? cluster : { ...cluster, service: undefined })
  const suffix = shared ? 'shared' : 'alone'

  it('follow what there is, to those who may see everything', async () => {
    watches = createWatches({ clock: hurried, logger: silentLogger })
    const all = follow(administrator, {}, at())
    await vi.waitFor(() => expect(all.keys()).toEqual(expect.arrayContaining(['blue/first', 'red/first'])), patient)
    expect(all.view.state).toEqual({ state: 'live' })
    await engine.client.create(configMaps, configMap('red', `second-${suffix}`))
    await vi.waitFor(() => expect(all.keys()).toContain(`red/second-${suffix}`), patient)
    await engine.client.delete(configMaps, { namespace: 'red', name: `second-${suffix}` })
    await vi.waitFor(() => expect(all.keys()).toEqual(['blue/first', 'red/first']), patient)
    all.view.stop()
  })

  it('show a person what they may see, and follow rights that come and go', async () => {
    watches = createWatches({ clock: hurried, logger: silentLogger })
    const user = `bob-${suffix}`
    await allow(user, 'red')
    // Without the deployment's help only namespaces that the person can find are looked at.
    const here = shared ? at() : { ...at(), namespace: 'red' }
    const some = follow(person(user), {}, here)
    await vi.waitFor(() => expect(some.keys()).toEqual(['red/first']), patient)
    expect(some.view.list().map(keyOf)).toEqual(expect.not.arrayContaining(['blue/first']))
    expect(some.view.get('blue', 'first')).toBeUndefined()
    if (shared) {
      await allow(user, 'blue')
      await vi.waitFor(() => expect(some.keys()).toEqual(['blue/first', 'red/first']), patient)
      await forbid(user, 'blue')
      await vi.waitFor(() => expect(some.keys()).toEqual(['red/first']), patient)
    }
    await forbid(user, 'red')
    await vi.waitFor(() => expect(some.keys()).toEqual([]), patient)
    await vi.waitFor(() => expect(some.view.state.state).toBe('forbidden'), patient)
    some.view.stop()
  })

  it('tell nobody that they may not before the cluster has said so', async () => {
    watches = createWatches({ clock: hurried, logger: silentLogger })
    const user = `kim-${suffix}`
    await allow(user, 'red')
    const one = follow(person(user), { where: { namespace: 'red', name: 'first' } }, at())
    await vi.waitFor(() => expect(one.keys()).toEqual(['red/first']), patient)
    await vi.waitFor(() => expect(one.view.state).toEqual({ state: 'live' }), patient)
    expect(one.states.map(({ state }) => state)).not.toContain('forbidden')
    one.view.stop()
    await forbid(user, 'red')
  })

  it('say that somebody may see nothing, and that there is no such kind', async () => {
    watches = createWatches({ clock: hurried, logger: silentLogger })
    const nobody = follow(person('nobody'), {}, at())
    await vi.waitFor(
      () => expect(nobody.view.state).toEqual({ state: 'forbidden', message: 'You may not list configmaps in here.' }),
      patient,
    )
    expect(nobody.seen.size).toBe(0)
    const ghosts = resource<KubeObject>({
      apiVersion: 'nowhere.example/v1',
      resource: 'ghosts',
      kind: 'Ghost',
      namespaced: true,
    })
    const absent = follow(administrator, { resource: ghosts }, at())
    await vi.waitFor(
      () => expect(absent.view.state).toEqual({ state: 'absent', message: 'here has no ghosts.' }),
      patient,
    )
    nobody.view.stop()
    absent.view.stop()
  })

  it('keep what was seen while the server is away, and recover by themselves', async () => {
    watches = createWatches({ clock: hurried, logger: silentLogger })
    const all = follow(administrator, {}, at())
    const one = follow(administrator, { where: { namespace: 'red', name: 'first' } }, at())
    await vi.waitFor(() => expect(all.keys()).toEqual(['blue/first', 'red/first']), patient)
    await vi.waitFor(() => expect(one.keys()).toEqual(['red/first']), patient)
    await door.shut()
    await vi.waitFor(() => expect([all.view.state.state, one.view.state.state]).toEqual(['stale', 'stale']), patient)
    await engine.client.create(configMaps, configMap('red', `meanwhile-${suffix}`))
    await engine.client.delete(configMaps, { namespace: 'red', name: 'first' })
    expect(all.keys()).toEqual(['blue/first', 'red/first'])
    await door.open()
    await vi.waitFor(() => expect(all.keys()).toEqual(['blue/first', `red/meanwhile-${suffix}`]), patient)
    await vi.waitFor(() => expect([all.view.state.state, one.view.state.state]).toEqual(['live', 'live']), patient)
    expect(one.keys()).toEqual([])
    await engine.client.delete(configMaps, { namespace: 'red', name: `meanwhile-${suffix}` })
    await engine.client.create(configMaps, configMap('red', 'first'))
    all.view.stop()
    one.view.stop()
  })
})

it('is one watch however many look, and ends some time after the last', async () => {
  watches = createWatches({ clock: hurried, logger: silentLogger, lingerMs: 2000 })
  let lists = 0
  const service = cluster.service
  if (service === undefined) throw new Error('this cluster has one')
  const counted: Cluster = {
    ...cluster,
    service: {
      ...service,
      list(...given) {
        lists += 1
        return service.list(...given)
      },
    },
  }
  const many = [administrator, person('ann'), administrator].map((identity) => follow(identity, {}, counted))
  await vi.waitFor(() => expect(many[0]?.keys()).toEqual(['blue/first', 'red/first']), patient)
  for (const { view } of many) view.stop()
  // The next one finds it still open.
  const next = follow(administrator, {}, counted)
  await vi.waitFor(() => expect(next.keys()).toEqual(['blue/first', 'red/first']), patient)
  expect(lists).toBe(1)
  next.view.stop()
  // Looking keeps it open a while longer. On a slow machine another look may come before the new list was asked for.
  await vi.waitFor(
    async () => {
      const later = follow(administrator, {}, counted)
      later.view.stop()
      expect(lists).toBeGreaterThan(1)
    },
    { ...patient, interval: 200 },
  )
})
