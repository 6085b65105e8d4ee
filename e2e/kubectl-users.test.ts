// Who one is and may be, with kubectls old and new: tokens, certificates, questions about rights.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually, fewKubectlPrograms, useEngine, type Kubectl } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated' })
const programs = await fewKubectlPrograms()
const namespace = 'users'
const here = ['-n', namespace]
const signer = 'kubernetes.io/kube-apiserver-client'

beforeAll(async () => {
  await engine().kubectl('create', 'namespace', namespace)
})

/** A key of one's own, and the request for a certificate of it, as openssl makes them. */
async function keyAndRequest(name: string, subject: string): Promise<{ key: string; request: string }> {
  const { scratch } = engine()
  const [keyFile, requestFile] = [join(scratch, `${name}.key`), join(scratch, `${name}.csr`)]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await promisify(execFile)('openssl', [
    'req',
    '-new',
    ...curve,
    '-keyout',
    keyFile,
    '-out',
    requestFile,
    '-subj',
    subject,
  ])
  const [key, request] = await Promise.all([readFile(keyFile, 'utf8'), readFile(requestFile)])
  return { key, request: request.toString('base64') }
}

const signingRequest = (name: string, request: string, more: object = {}) => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name },
  spec: { request, signerName: signer, usages: ['client auth'], expirationSeconds: 3600, ...more },
})

describe.each(programs.map((program) => [program.version, program] as const))('kubectl %s', (version, program) => {
  const tag = version.replaceAll('.', '-')
  let kubectl: Kubectl
  beforeAll(() => {
    kubectl = engine().kubectl.as({ program })
  })

  it('a certificate is asked for, approved, and signs in', async () => {
    const name = `jane-${tag}`
    const { key, request } = await keyAndRequest(name, `/O=devs/CN=${name}`)
    await kubectl.with(signingRequest(name, request), 'create', '-f', '-')
    expect(await kubectl('get', 'csr', name)).toMatch(new RegExp(`${name} +\\S+ +${signer} +berth-admin +60m +Pending`))
    expect(await kubectl('certificate', 'approve', name)).toMatch(/approved\n$/)
    await eventually(async () => (await kubectl('get', 'csr', name)).includes('Approved,Issued'))
    expect(await kubectl('describe', 'csr', name)).toMatch(/Organization: +devs/)
    const encoded = await kubectl('get', 'csr', name, '-o', 'jsonpath={.status.certificate}')
    const cert = Buffer.from(encoded, 'base64').toString()
    const jane = (await engine().kubectlAs({ cert, key })).as({ program })
    expect(await jane.fails('get', 'secrets', ...here)).toContain(`User "${name}" cannot list resource "secrets"`)
  })

  it('one that is denied, or that nobody may have, is not issued', async () => {
    const name = `denied-${tag}`
    const { request } = await keyAndRequest(name, `/CN=${name}`)
    await kubectl.with(signingRequest(name, request), 'create', '-f', '-')
    expect(await kubectl('certificate', 'deny', name)).toMatch(/denied\n$/)
    expect(await kubectl('get', 'csr', name)).toMatch(/Denied\n/)
    expect((await kubectl.run(['certificate', 'approve', name])).code).not.toBe(0)
    const masters = await keyAndRequest(`masters-${tag}`, '/O=system:masters/CN=x')
    const refusal = await kubectl.failsWith(signingRequest(`masters-${tag}`, masters.request), 'create', '-f', '-')
    expect(refusal).toContain('signer with system:masters group is not allowed')
    await kubectl('delete', 'csr', name)
  })

  it.runIf(program.minor >= 24)(
    'a token is made for an account, also bound to an object (1.24 and newer)',
    async () => {
      const name = `robot-${tag}`
      await kubectl('create', 'serviceaccount', name, ...here)
      const token = (await kubectl('create', 'token', name, '--duration=10m', ...here)).trim()
      const robot = (await engine().kubectlAs({ token })).as({ program })
      expect(await robot.fails('get', 'secrets', ...here)).toContain(
        `User "system:serviceaccount:${namespace}:${name}"`,
      )
      await kubectl('create', 'secret', 'generic', name, ...here)
      const bound = ['--bound-object-kind=Secret', `--bound-object-name=${name}`]
      const tied = (await kubectl('create', 'token', name, ...bound, ...here)).trim()
      const tiedTo = (await engine().kubectlAs({ token: tied })).as({ program })
      expect(await tiedTo.fails('get', 'secrets', ...here)).toContain('cannot list')
      await kubectl('delete', 'secret', name, ...here)
      expect(await tiedTo.fails('get', 'secrets', ...here)).toMatch(/Unauthorized|must be logged in/)
      const elsewhere = (await kubectl('create', 'token', name, '--audience=vault', ...here)).trim()
      const stranger = (await engine().kubectlAs({ token: elsewhere })).as({ program })
      expect(await stranger.fails('get', 'secrets', ...here)).toMatch(/Unauthorized|must be logged in/)
      const short = await kubectl.fails('create', 'token', name, '--duration=1m', ...here)
      expect(short).toContain('may not specify a duration less than 10 minutes')
    },
  )

  it('a secret of the type of tokens is filled, and signs in until it is deleted', async () => {
    const name = `kept-${tag}`
    await kubectl('create', 'serviceaccount', name, ...here)
    const manifest = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, annotations: { 'kubernetes.io/service-account.name': name } },
      type: 'kubernetes.io/service-account-token',
    }
    await kubectl.with(manifest, 'create', '-f', '-', ...here)
    const read = () => kubectl('get', 'secret', name, '-o', 'jsonpath={.data.token}', ...here)
    await eventually(async () => (await read()) !== '')
    const token = Buffer.from(await read(), 'base64').toString()
    const user = (await engine().kubectlAs({ token })).as({ program })
    expect(await user.fails('get', 'secrets', ...here)).toContain(`User "system:serviceaccount:${namespace}:${name}"`)
    await kubectl('delete', 'secret', name, ...here)
    expect(await user.fails('get', 'secrets', ...here)).toMatch(/Unauthorized|must be logged in/)
  })

  it.runIf(program.minor >= 27)('says who one is (1.27 and newer)', async () => {
    expect(await kubectl('auth', 'whoami')).toMatch(/Username +berth-admin\nGroups +\[.*system:masters.*\]/)
    expect(await kubectl('auth', 'whoami', '--as=mary', '--as-group=readers')).toMatch(
      /Username +mary\nGroups +\[readers system:authenticated\]/,
    )
  })

  it('lists what one may do', async () => {
    const name = `lister-${tag}`
    await kubectl('create', 'rolebinding', name, '--clusterrole=view', `--user=${name}`, ...here)
    const list = ['auth', 'can-i', '--list', `--as=${name}`, ...here]
    await eventually(async () => (await kubectl(...list)).includes('pods/log'))
    const listed = await kubectl(...list)
    expect(listed).toMatch(/selfsubjectaccessreviews\.authorization\.k8s\.io +\[\] +\[\] +\[create\]/)
    expect(listed).toMatch(/\[\/healthz\] +\[\] +\[get\]/)
    expect(await kubectl('auth', 'can-i', 'get', 'pods/log', `--as=${name}`, ...here)).toBe('yes\n')
    expect((await kubectl.run(['auth', 'can-i', 'delete', 'pods', `--as=${name}`, ...here])).stdout).toBe('no\n')
    expect(await kubectl('auth', 'can-i', 'get', '/healthz', `--as=${name}`)).toBe('yes\n')
  })

  it('reconciles roles', async () => {
    const name = `reader-${tag}`
    const role = (verbs: string[]) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name, namespace },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
    })
    await kubectl.with(role(['get']), 'auth', 'reconcile', '-f', '-')
    await kubectl.with(role(['list']), 'auth', 'reconcile', '-f', '-')
    const verbs = await kubectl('get', 'role', name, '-o', 'jsonpath={.rules[*].verbs[*]}', ...here)
    expect(verbs.split(' ').toSorted()).toEqual(['get', 'list'])
    await kubectl.with(role(['list']), 'auth', 'reconcile', '--remove-extra-permissions', '-f', '-')
    expect(await kubectl('get', 'role', name, '-o', 'jsonpath={.rules[*].verbs[*]}', ...here)).toBe('list')
  })
})
