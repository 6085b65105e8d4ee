// What people may do through the console: the rights of their role and nothing besides, through every door; and several clusters at once.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { virtualMachineInstances } from '@berth/api'
import { connectionOf, loadKubeconfig, type Connection } from '@berth/kube'
import { quantityToNumber } from '@berth/meta'
import type { Capabilities } from '@berth/view'
import { eventually, guestMachine, useEngine, type RawAnswer } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import { useConsole } from './console-access/use-console.ts'
import { closed, refusal, type Visitor } from './console-access/visitor.ts'

const engine = useEngine({ driver: 'simulated' })
const host = useConsole(engine)

const machines = 'apis/kubevirt.io/v1/namespaces/default/virtualmachines'
const subresources = 'apis/subresources.kubevirt.io/v1/namespaces/default'
const manifest = (name: string) => guestMachine(name)

let admin: Visitor
let operator: Visitor
let viewer: Visitor
beforeAll(async () => {
  admin = await host().administrator()
  operator = await host().signedIn('otto', 'operator')
  viewer = await host().signedIn('vera', 'viewer')
  await admin.cluster(machines, { method: 'POST', body: manifest('web') })
  await eventually(
    async () => {
      const { items } = await engine().client.list(virtualMachineInstances)
      return items.some(({ metadata, status }) => metadata.name === 'web' && status?.phase === 'Running')
    },
    { what: 'the machine to run' },
  )
})

describe('a viewer', () => {
  const doors: [string, string, string, object?][] = [
    ['make a machine', 'POST', machines, guestMachine('mine')],
    ['make one for a test run', 'POST', `${machines}?dryRun=All`, guestMachine('mine')],
    ['change a machine', 'PATCH', `${machines}/web`, { metadata: { labels: { a: 'b' } } }],
    ['delete a machine', 'DELETE', `${machines}/web`],
    ['delete all machines', 'DELETE', machines],
    ['stop a machine', 'PUT', `${subresources}/virtualmachines/web/stop`, {}],
    ['start a machine', 'PUT', `${subresources}/virtualmachines/web/start`, {}],
    ['pause an instance', 'PUT', `${subresources}/virtualmachineinstances/web/pause`, {}],
    ['read secrets', 'GET', 'api/v1/namespaces/default/secrets'],
    [
      'make a secret',
      'POST',
      'api/v1/namespaces/default/secrets',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } },
    ],
    [
      'give itself rights',
      'POST',
      'apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'mine' },
        subjects: [{ kind: 'User', name: 'local:vera', apiGroup: 'rbac.authorization.k8s.io' }],
        roleRef: { kind: 'ClusterRole', name: 'cluster-admin', apiGroup: 'rbac.authorization.k8s.io' },
      },
    ],
    [
      'make a token',
      'POST',
      'api/v1/namespaces/default/serviceaccounts/default/token',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    ],
  ]
  it.each(doors)('may not %s', async (_, method, path, body) => {
    const headers = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}
    const answer = await viewer.cluster(path, { method, headers, ...(body === undefined ? {} : { body }) })
    expect(answer.code).toBe(403)
    expect(answer.message).toContain('User "local:vera" cannot ')
  })

  it.each([
    ['see machines', machines],
    ['see hosts', 'api/v1/nodes'],
    ['see events', 'api/v1/namespaces/default/events'],
  ])('may %s', async (_, path) => {
    expect((await viewer.cluster(path)).code).toBe(200)
  })

  it.each(['vnc', 'console', 'portforward/22'])('may not open %s', async (kind) => {
    const socket = viewer.socket(`/api/clusters/local/stream/${subresources}/virtualmachineinstances/web/${kind}`)
    expect(await closed(socket)).toEqual({ code: 4403, reason: expect.stringContaining('forbidden') })
  })

  it('may not manage users', async () => {
    const asked = [
      viewer.ask('/api/accounts'),
      viewer.ask('/api/accounts', { method: 'POST', body: { name: 'x', role: 'administrator' } }),
      viewer.ask('/api/accounts/vera', { method: 'PATCH', body: { role: 'administrator' } }),
      viewer.ask('/api/accounts/admin', { method: 'DELETE' }),
      viewer.ask('/api/accounts/admin/link', { method: 'POST' }),
    ]
    expect((await Promise.all(asked)).map(({ code }) => code)).toEqual([403, 403, 403, 403, 403])
  })

  it('is nobody else, whatever its headers say', async () => {
    for (const headers of [
      { 'impersonate-user': 'local:admin', 'impersonate-group': 'berth:administrators' },
      { 'impersonate-group': 'system:masters' },
      { 'impersonate-extra-scopes': 'all' },
      { authorization: 'Bearer x' },
      { connection: 'x-berth', 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' },
    ]) {
      const answer = await viewer.cluster('apis/authentication.k8s.io/v1/selfsubjectreviews', {
        method: 'POST',
        headers,
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      })
      expect(answer.json()).toMatchObject({
        status: { userInfo: { username: 'local:vera', groups: ['berth:viewers', 'system:authenticated'] } },
      })
    }
  })

  it('is told what it may do, and why not the rest', async () => {
    const found = (await viewer.ask('/api/clusters/local/capabilities')).json() as Capabilities
    expect(found.problems).toEqual([])
    expect(found.rights).toMatchObject({
      'virtualmachines.kubevirt.io/list': true,
      'virtualmachines.kubevirt.io/create':
        'You have no right to create virtualmachines.kubevirt.io in the namespace "default". An administrator can give it to you.',
    })
    expect(found.resources['kubevirt.io/v1']).toContain('virtualmachines')
    expect(found.namespaces).toEqual({ names: expect.arrayContaining(['default', 'kubevirt']), complete: true })
    expect(found.nodes).toMatchObject([{ name: 'node-1', schedulable: true }])
  })

  it('is told what is left of a host', async () => {
    const { items } = await engine().client.list(virtualMachineInstances)
    const asked = items.reduce((sum, { spec }) => sum + quantityToNumber(spec.domain.memory?.guest ?? '0'), 0)
    expect(asked).toBeGreaterThan(0)
    await eventually(
      async () => {
        const { nodes } = (await viewer.ask('/api/clusters/local/capabilities')).json() as Capabilities
        const [host] = nodes ?? []
        return host?.freeMemory === (host?.memory ?? 0) - asked
      },
      { what: 'the memory that is free' },
    )
  })
})

describe('an operator', () => {
  it('works with machines, and opens their consoles', async () => {
    const name = `made-${randomUUID().slice(0, 8)}`
    expect((await operator.cluster(machines, { method: 'POST', body: manifest(name) })).code).toBe(201)
    expect((await operator.cluster(`${machines}/${name}`, { method: 'DELETE' })).code).toBe(200)
    const socket = operator.socket(`/api/clusters/local/stream/${subresources}/virtualmachineinstances/web/console`, {
      protocols: ['binary'],
    })
    await once(socket, 'open')
    expect(socket.protocol).toBe('binary')
    socket.close()
  })

  it.each([
    ['nodes', 'PATCH', 'api/v1/nodes/node-1', { spec: { unschedulable: true } }],
    ['the configuration', 'PATCH', 'apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt', { spec: {} }],
    ['namespaces', 'POST', 'api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mine' } }],
  ])('does not change %s', async (_, method, path, body) => {
    const headers = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}
    expect((await operator.cluster(path, { method, body, headers })).code).toBe(403)
  })
})

describe('the gateway', () => {
  it.each([
    ['api/v1/nodes/node-1/proxy/metrics', 403],
    ['api/v1/namespaces/default/services/web/proxy/', 400],
    ['api/v1/namespaces/default/services/web/proxy/index.html', 403],
    ['../../session', 400],
    ['%2e%2e/%2e%2e/session', 400],
    ['api//v1', 400],
    ['api/v1/..%2f..%2fmetrics', 400],
    ['api%5cv1', 400],
    ['logs/', 400],
    ['metrics', 400],
    ['https://evil.example/', 400],
    ['%', 400],
    [`api/v1/${'x'.repeat(9000)}`, 400],
  ])('does not pass %s on', async (path, code) => {
    expect((await admin.cluster(path)).code).toBe(code)
  })

  it('answers with nothing that a browser would run', async () => {
    const script = '<script>alert(1)</script>'
    await admin.cluster('api/v1/namespaces/default/configmaps', {
      method: 'POST',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'page' }, data: { x: script } },
    })
    const answer = await admin.cluster('api/v1/namespaces/default/configmaps/page', {
      headers: { accept: 'text/html' },
    })
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    })
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it.each([
    'text/html',
    'multipart/form-data',
    'application/x-www-form-urlencoded',
    'application/vnd.kubernetes.protobuf',
  ])('passes no body of type %s', async (type) => {
    const answer = await admin.cluster(machines, { method: 'POST', body: 'x', headers: { 'content-type': type } })
    expect(answer.code).toBe(400)
  })

  it('keeps warnings, and refusals with their causes', async () => {
    const bad = {
      ...manifest('bad'),
      spec: { runStrategy: 'Sometimes', template: { spec: { domain: { devices: {} } } } },
    }
    const answer = await admin.cluster(machines, { method: 'POST', body: bad })
    expect(answer.code).toBe(422)
    expect(answer.json()).toMatchObject({ kind: 'Status', details: { causes: expect.any(Array) } })
  })

  it('knows no other clusters and no other streams', async () => {
    expect((await admin.ask('/api/clusters/other/k8s/version')).code).toBe(404)
    for (const path of [
      '/api/clusters/other/stream/x',
      '/api/clusters/local/stream/api/v1/namespaces/default/pods/x/exec',
      `/api/clusters/local/stream/${subresources}/virtualmachineinstances/web/vnc?x=%0d%0a`,
      '/api/other',
    ]) {
      expect([path, await refusal(admin.socket(path))]).toEqual([path, 404])
    }
  })
})

describe("the console's own credentials", () => {
  it.each([
    ['the group of those who may do everything', { 'impersonate-user': 'x', 'impersonate-group': 'system:masters' }],
    ['a group of others', { 'impersonate-user': 'x', 'impersonate-group': 'system:nodes' }],
    ['a service account', { 'impersonate-user': 'system:serviceaccount:kubevirt:default' }],
    ['a uid', { 'impersonate-user': 'x', 'impersonate-uid': '1' }],
    ['more about somebody', { 'impersonate-user': 'x', 'impersonate-extra-scopes': 'all' }],
  ])('cannot act as %s', async (_, headers) => {
    const answer = await asConsole('/api/v1/namespaces', { headers })
    expect([answer.code, answer.text]).toEqual([403, expect.stringContaining('cannot impersonate')])
  })

  it('watch what lists show, and neither write nor read secrets', async () => {
    expect((await asConsole(`/${machines}`)).code).toBe(200)
    expect((await asConsole('/metrics')).code).toBe(200)
    expect((await asConsole('/api/v1/secrets')).code).toBe(403)
    expect((await asConsole(`/${machines}/web`, { method: 'DELETE' })).code).toBe(403)
  })
})

describe('clusters side by side', () => {
  const both = useConsole(engine, async ({ paths }) => {
    const own = async (): Promise<Connection> =>
      (await connectionOf(await loadKubeconfig([paths.adminKubeconfig]))).connection
    const common = { kind: 'kubernetes', namespace: 'default', credentials: 'context' } as const
    return {
      signIn: 'owner',
      clusters: [
        { ...common, id: 'here', name: 'here', connection: own },
        {
          ...common,
          id: 'gone',
          name: 'gone',
          connection: async () => ({ ...(await own()), server: 'https://127.0.0.1:9' }),
        },
      ],
    }
  })

  it('are both there for whoever runs the console, and one that is gone hinders nothing', async () => {
    const owner = both().visitor()
    expect((await owner.signIn({ method: 'code', code: await both().code() })).code).toBe(200)
    const { clusters, admin: manages } = await owner.session()
    expect(manages).toBe(false)
    expect(clusters).toMatchObject([
      { id: 'here', state: 'reachable' },
      { id: 'gone', state: 'unreachable', message: expect.stringContaining('nothing listens there') },
    ])
    expect((await owner.ask('/api/clusters/here/k8s/api/v1/secrets')).code).toBe(200)
    const gone = await owner.ask('/api/clusters/gone/k8s/version')
    expect([gone.code, gone.message]).toEqual([503, expect.stringContaining('cannot reach https://127.0.0.1:9')])
  })

  it('let nobody in with a password or a token', async () => {
    for (const how of [
      { method: 'password', user: 'admin', password: 'x' },
      { method: 'token', token: 'x' },
    ] as const) {
      expect((await both().visitor().signIn(how)).code).toBe(400)
    }
    expect((await both().visitor().ask('/api/sign-in')).json()).toMatchObject({
      password: false,
      token: false,
      code: true,
    })
  })
})

/** A request with the console's certificate, past the console. */
async function asConsole(
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Pick<RawAnswer, 'code' | 'text'>> {
  const { connection } = await connectionOf(await loadKubeconfig([engine().paths.consoleKubeconfig]))
  const { server, ca, cert, key } = connection
  const outgoing = request(`${server}${path}`, { method, headers, ca, cert, key, agent: false })
  outgoing.end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage] // its only argument
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk)
  return { code: answer.statusCode ?? 0, text }
}
