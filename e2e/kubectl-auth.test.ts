// Who may do what, asked and tried with the real kubectl.
import { generateKeyPairSync } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { eventually, guestMachine, newestKubectl, uniqueName, useEngine, type Kubectl } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated' })
const { minor } = await newestKubectl()
const namespace = 'team'
const here = ['-n', namespace]

/** A service account of the team with a role there, signed in by token. */
async function member(name: string, role?: string): Promise<Kubectl> {
  const { kubectl, kubectlAs } = engine()
  await kubectl('create', 'serviceaccount', name, ...here)
  if (role !== undefined) {
    const subject = `--serviceaccount=${namespace}:${name}`
    await kubectl('create', 'rolebinding', name, `--clusterrole=${role}`, subject, ...here)
  }
  return kubectlAs({ token: await tokenOf(name) })
}

/** As `kubectl create token` of 1.24 and newer does. */
async function tokenOf(account: string): Promise<string> {
  const answer = await engine().client.raw({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
  })
  return (answer as { status: { token: string } }).status.token
}

const subresource = (name: string, action: string, kind = 'virtualmachines') =>
  `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/${kind}/${name}/${action}`

beforeAll(async () => {
  const { kubectl } = engine()
  await kubectl('create', 'namespace', namespace)
  await kubectl.with(guestMachine('shared', { namespace, runStrategy: 'Manual' }), 'create', '-f', '-')
})

describe('the administrator', () => {
  it('has a kubeconfig nobody else may read', async () => {
    const { mode } = await stat(engine().paths.adminKubeconfig)
    expect((mode & 0o777).toString(8)).toBe('600')
  })

  it('may do everything', async () => {
    const { kubectl } = engine()
    expect(await kubectl('auth', 'can-i', '*', '*')).toBe('yes\n')
    expect(await kubectl('auth', 'can-i', 'update', 'virtualmachines/start.subresources.kubevirt.io')).toBe('yes\n')
    expect(await kubectl('auth', 'can-i', '--list')).toMatch(/\*\.\* .*\[\*\]/)
  })

  it.runIf(minor >= 28)('is told who it is (1.28 and newer)', async () => {
    expect(await engine().kubectl('auth', 'whoami')).toMatch(/Username +berth-admin\nGroups +\[.*system:masters.*\]/)
  })
})

describe('a viewer', () => {
  let kubectl: Kubectl
  beforeAll(async () => {
    kubectl = await member('viewer', 'view')
  })

  it('looks at machines of the namespace', async () => {
    await eventually(async () => (await kubectl('get', 'vm', ...here)).includes('shared'))
    expect(await kubectl('describe', 'vm', 'shared', ...here)).toContain('Manual')
    expect(await kubectl('auth', 'can-i', 'get', 'vm', ...here)).toBe('yes\n')
    expect(await kubectl('auth', 'can-i', '--list', ...here)).toMatch(
      /virtualmachines\.kubevirt\.io .*\[get list watch\]/,
    )
  })

  it('starts, changes and deletes nothing', async () => {
    const start = await kubectl.failsWith({}, 'replace', '--raw', subresource('shared', 'start'), '-f', '-')
    expect(start).toMatch(
      /Forbidden.*virtualmachines\.subresources\.kubevirt\.io "shared" is forbidden: User "system:serviceaccount:team:viewer" cannot update resource "virtualmachines\/start" in API group "subresources\.kubevirt\.io" in the namespace "team"/,
    )
    expect(await kubectl.fails('delete', 'vm', 'shared', ...here)).toContain('(Forbidden)')
    expect(await kubectl.fails('label', 'vm', 'shared', 'a=b', ...here)).toContain('(Forbidden)')
    expect(await kubectl.failsWith(guestMachine('own', { namespace }), 'create', '-f', '-')).toContain('(Forbidden)')
    expect((await kubectl.run(['auth', 'can-i', 'delete', 'vm', ...here])).stdout).toBe('no\n')
  })

  it('sees no secrets and opens no consoles', async () => {
    expect(await kubectl.fails('get', 'secrets', ...here)).toContain('(Forbidden)')
    for (const screen of ['console', 'vnc', 'portforward/22'])
      expect(await kubectl.fails('get', '--raw', subresource('shared', screen, 'virtualmachineinstances'))).toContain(
        '(Forbidden)',
      )
  })

  it('sees nothing of other namespaces and of the cluster', async () => {
    expect(await kubectl.fails('get', 'vm', '-n', 'default')).toMatch(
      /cannot list resource "virtualmachines" in API group "kubevirt\.io" in the namespace "default"/,
    )
    expect(await kubectl.fails('get', 'vm', '-A')).toMatch(/at the cluster scope/)
    expect(await kubectl.fails('get', 'nodes')).toContain('(Forbidden)')
    expect(await kubectl.fails('get', '--raw', '/metrics')).toContain('(Forbidden)')
  })
})

describe('an editor', () => {
  let kubectl: Kubectl
  beforeAll(async () => {
    kubectl = await member('editor', 'edit')
  })

  it('makes, starts, stops and deletes machines', async () => {
    const name = uniqueName('own')
    const manifest = guestMachine(name, { namespace, runStrategy: 'Manual' })
    await eventually(async () => (await kubectl.with(manifest, 'apply', '-f', '-')).includes(name))
    await kubectl.with({}, 'replace', '--raw', subresource(name, 'start'), '-f', '-')
    await kubectl('wait', `vm/${name}`, '--for=condition=Ready', '--timeout=60s', ...here)
    await kubectl.with({ gracePeriod: 0 }, 'replace', '--raw', subresource(name, 'stop'), '-f', '-')
    await eventually(async () =>
      (await kubectl('get', 'vm', name, ...here, '-o', 'jsonpath={.status.printableStatus}')).includes('Stopped'),
    )
    await kubectl('delete', 'vm', name, ...here)
  })

  it('gives no rights away', async () => {
    expect(
      await kubectl.fails(
        'create',
        'rolebinding',
        'mine',
        '--clusterrole=admin',
        '--serviceaccount=team:editor',
        ...here,
      ),
    ).toContain('is forbidden')
    expect(await kubectl.fails('create', 'clusterrole', 'mine', '--verb=get', '--resource=pods')).toContain(
      'is forbidden',
    )
    expect(await kubectl.failsWith(guestMachine('x'), 'create', '-f', '-')).toContain('is forbidden')
  })
})

describe('an administrator of a namespace', () => {
  it('gives only rights of its own', async () => {
    const kubectl = await member('owner', 'admin')
    await eventually(async () =>
      (
        await kubectl('create', 'role', 'look', '--verb=get', '--resource=virtualmachines.kubevirt.io', ...here)
      ).includes('created'),
    )
    await kubectl('create', 'rolebinding', 'look', '--role=look', '--user=jane', ...here)
    const more = await kubectl.fails(
      'create',
      'role',
      'more',
      '--verb=*',
      '--resource=leases.coordination.k8s.io',
      ...here,
    )
    expect(more).toMatch(/attempting to grant RBAC permissions not currently held/)
    const cluster = ['--clusterrole=cluster-admin', '--user=jane']
    expect(await kubectl.fails('create', 'rolebinding', 'more', ...cluster, ...here)).toMatch(
      /not currently held|cannot/,
    )
  })
})

describe('a service account without a role', () => {
  it('may ask who it is and nothing else', async () => {
    const kubectl = await member('nobody')
    expect(await kubectl.fails('get', 'vm', ...here)).toContain('(Forbidden)')
    expect((await kubectl.run(['auth', 'can-i', 'get', 'vm', ...here])).stdout).toBe('no\n')
    expect(await kubectl('api-resources')).toContain('virtualmachines')
  })

  it('gets rights when a binding is made and loses them when it goes', async () => {
    const admin = engine().kubectl
    const kubectl = await member('later')
    await admin('create', 'rolebinding', 'later', '--clusterrole=view', '--serviceaccount=team:later', ...here)
    await eventually(async () => (await kubectl('get', 'vm', ...here)).includes('shared'))
    await admin('delete', 'rolebinding', 'later', ...here)
    await eventually(async () => (await kubectl.fails('get', 'vm', ...here)).includes('(Forbidden)'))
  })

  it('a custom role gives exactly its verbs', async () => {
    const admin = engine().kubectl
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'starter', namespace },
      rules: [{ apiGroups: ['subresources.kubevirt.io'], resources: ['virtualmachines/start'], verbs: ['update'] }],
    }
    await admin.with(role, 'create', '-f', '-')
    const kubectl = await member('starter')
    await admin('create', 'rolebinding', 'starter', '--role=starter', '--serviceaccount=team:starter', ...here)
    const start = () => kubectl.with({}, 'replace', '--raw', subresource('shared', 'start'), '-f', '-')
    await eventually(async () => (await start()) !== undefined, { what: 'the right to start' })
    expect(await kubectl.failsWith({}, 'replace', '--raw', subresource('shared', 'stop'), '-f', '-')).toContain(
      '(Forbidden)',
    )
    expect(await kubectl.fails('get', 'vm', 'shared', ...here)).toContain('(Forbidden)')
  })
})

describe('impersonation', () => {
  it('--as and --as-group act with those rights only', async () => {
    const { kubectl } = engine()
    await kubectl('create', 'rolebinding', 'readers', '--clusterrole=view', '--group=readers', ...here)
    const readers = ['--as=mary', '--as-group=readers', ...here]
    await eventually(async () => (await kubectl('get', 'vm', ...readers)).includes('shared'))
    expect(await kubectl.fails('delete', 'vm', 'shared', ...readers)).toContain('User "mary" cannot delete')
    expect(await kubectl.fails('get', 'vm', ...here, '--as=mary')).toContain('(Forbidden)')
    expect((await kubectl.run(['auth', 'can-i', 'get', 'vm', '--as=mary', ...here])).stdout).toBe('no\n')
  })

  it('is itself a right', async () => {
    const kubectl = await member('pretender', 'edit')
    expect(await kubectl.fails('get', 'vm', ...here, '--as=system:admin', '--as-group=system:masters')).toMatch(
      /cannot impersonate/,
    )
  })
})

describe('signing in', () => {
  it.runIf(minor >= 24)('kubectl create token gives a token that works (1.24 and newer)', async () => {
    const { kubectl, kubectlAs } = engine()
    await kubectl('create', 'serviceaccount', 'tokened', ...here)
    const token = (await kubectl('create', 'token', 'tokened', '--duration=10m', ...here)).trim()
    expect(token.split('.')).toHaveLength(3)
    const refusal = await (await kubectlAs({ token })).fails('get', 'vm', ...here)
    expect(refusal).toContain('User "system:serviceaccount:team:tokened" cannot list')
  })

  it('a token ends with its account', async () => {
    const { kubectl, raw } = engine()
    await kubectl('create', 'serviceaccount', 'leaving', ...here)
    const token = await tokenOf('leaving')
    expect((await raw({ path: '/version', as: { token } })).code).toBe(200)
    await kubectl('delete', 'serviceaccount', 'leaving', ...here)
    await eventually(async () => (await raw({ path: '/api', as: { token } })).code === 401)
  })

  it('401 for a wrong token, whatever is wrong with it', async () => {
    const { raw } = engine()
    const token = await tokenOf('default')
    const [head = '', body = '', signature = ''] = token.split('.')
    const claims = {
      ...(JSON.parse(Buffer.from(body, 'base64url').toString()) as object),
      sub: 'system:serviceaccount:kube-system:x',
    }
    const forged = Buffer.from(JSON.stringify(claims)).toString('base64url')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const wrong = [
      'nonsense',
      `${head}.${forged}.${signature}`,
      `${none}.${body}.`,
      `${head}.${body}`,
      'a'.repeat(20_000),
    ]
    for (const text of wrong) {
      const answer = await raw({ path: '/api/v1/namespaces', as: { token: text } })
      expect(answer.code, text.slice(0, 60)).toBe(401)
    }
    expect((await raw({ path: '/api/v1/namespaces', as: { token } })).code).toBe(403)
  })

  it('kubectl asks to sign in again', async () => {
    const kubectl = await engine().kubectlAs({ token: 'nonsense' })
    expect(await kubectl.fails('get', 'vm')).toMatch(/You must be logged in to the server|Unauthorized/)
  })

  it('without credentials: health and version only', async () => {
    const { raw } = engine()
    expect((await raw({ path: '/readyz', as: 'none' })).code).toBe(200)
    expect((await raw({ path: '/version', as: 'none' })).code).toBe(200)
    for (const path of ['/api/v1/namespaces/default/secrets', '/metrics', '/apis/kubevirt.io/v1/virtualmachines'])
      expect((await raw({ path, as: 'none' })).code, path).toBe(403)
  })

  it('a certificate of our own authority works, one of another does not', async () => {
    const { pki, kubectlAs, kubectl } = engine()
    const { certificate, key } = await pki.issueClientCertificate({ commonName: 'jane', organizations: ['devs'] })
    const jane = await kubectlAs({ cert: certificate, key })
    expect(await jane.fails('get', 'vm', ...here)).toContain('User "jane" cannot list')
    await kubectl('create', 'rolebinding', 'devs', '--clusterrole=view', '--group=devs', ...here)
    await eventually(async () => (await jane('get', 'vm', ...here)).includes('shared'))
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const strange = await kubectlAs({
      cert: certificate,
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    })
    expect(await strange.fails('get', 'vm')).toMatch(/private key does not match/)
  })
})
