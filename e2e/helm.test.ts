// Somebody with Helm and a chart: install, upgrade, rollback, list, uninstall.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildGo, useEngine } from '@berth/testkit'
import { describe, expect, it } from 'vitest'

const version = 'v3.18.6'
const program = await buildGo({
  folder: join(import.meta.dirname, 'helm'),
  package: 'helm.sh/helm/v3/cmd/helm',
  name: 'helm',
  ldflags: `-X helm.sh/helm/v3/internal/version.version=${version}`,
})
const skipped = 'skipped' in program ? program.skipped : undefined
const path = 'path' in program ? program.path : ''
const chart = join(import.meta.dirname, 'charts', 'pier')
const run = promisify(execFile)

interface Release {
  name: string
  revision: string
  status: string
}

describe.skipIf(skipped !== undefined)(`helm${skipped === undefined ? '' : ` (${skipped})`}`, () => {
  const engine = useEngine({ driver: 'simulated' })

  async function helm(...args: string[]): Promise<string> {
    const { scratch, paths } = engine()
    const { stdout } = await run(path, ['--kubeconfig', paths.adminKubeconfig, '--namespace', 'piers', ...args], {
      env: { PATH: process.env['PATH'], HOME: scratch },
      timeout: 120_000,
    })
    return stdout
  }
  const kubectl = (...args: string[]): Promise<string> => engine().kubectl('--namespace', 'piers', ...args)
  const greeting = (): Promise<string> => kubectl('get', 'configmap', 'one-config', '-o', 'jsonpath={.data.greeting}')
  const releases = async (): Promise<Release[]> => JSON.parse(await helm('list', '--all', '-o', 'json'))

  /** What a server would tell: Helm asks none when it only renders. */
  const offline = ['--kube-version', '1.33.0', '--api-versions', 'kubevirt.io/v1']

  it('renders a chart for what a server can do', async () => {
    const text = await helm('template', 'one', chart, ...offline, '--include-crds')
    expect(text).toContain('kind: VirtualMachine')
    expect(text).toContain('kind: CustomResourceDefinition')
  })

  it('installs, with a custom resource of a kind that the chart brings, and waits', async () => {
    const text = await helm('install', 'one', chart, '--create-namespace', '--wait', '--timeout', '60s')
    expect(text).toContain('STATUS: deployed')
    expect(text).toContain('one says hello.')
    const kinds = 'configmap,secret,serviceaccount,role,rolebinding,service,pvc,vm,berths.pier.example'
    const made = (await kubectl('get', kinds, '-o', 'name')).split('\n')
    for (const wanted of [
      'configmap/one-config',
      'configmap/one-hook',
      'secret/one-secret',
      'serviceaccount/one',
      'role.rbac.authorization.k8s.io/one',
      'rolebinding.rbac.authorization.k8s.io/one',
      'service/one',
      'persistentvolumeclaim/one',
      'virtualmachine.kubevirt.io/one',
      'berth.pier.example/one',
    ])
      expect(made).toContain(wanted)
  })

  it('lists the release, and keeps it in a secret', async () => {
    expect(await releases()).toMatchObject([{ name: 'one', revision: '1', status: 'deployed' }])
    expect(await kubectl('get', 'secret', '-l', 'owner=helm', '-o', 'name')).toBe('secret/sh.helm.release.v1.one.v1\n')
  })

  it('refuses a second release of the name', async () => {
    await expect(helm('install', 'one', chart)).rejects.toThrow(/cannot re-use a name/)
  })

  it('upgrades what changed, adds what is new, and keeps what others wrote', async () => {
    await kubectl('label', 'configmap', 'one-config', 'theirs=yes')
    await helm(
      'upgrade',
      'one',
      chart,
      '--set',
      'greeting=ahoy',
      '--set',
      'extra=more',
      '--set',
      'memory=96Mi',
      '--wait',
    )
    expect(await greeting()).toBe('ahoy')
    expect(await kubectl('get', 'configmap', 'one-config', '-o', 'jsonpath={.metadata.labels.theirs}')).toBe('yes')
    expect(await kubectl('get', 'configmap', 'one-extra', '-o', 'jsonpath={.data.extra}')).toBe('more')
    expect(await kubectl('get', 'vm', 'one', '-o', 'jsonpath={.spec.template.spec.domain.memory.guest}')).toBe('96Mi')
  })

  it('tells values, manifest and history', async () => {
    expect(JSON.parse(await helm('get', 'values', 'one', '-o', 'json'))).toMatchObject({ greeting: 'ahoy' })
    expect(await helm('get', 'manifest', 'one')).toContain('name: one-extra')
    const history: { revision: number }[] = JSON.parse(await helm('history', 'one', '-o', 'json'))
    expect(history.map(({ revision }) => revision)).toEqual([1, 2])
  })

  it('tries an upgrade on the server without doing it', async () => {
    expect(await helm('upgrade', 'one', chart, '--dry-run=server', '--set', 'greeting=no')).toContain('greeting: "no"')
    expect(await greeting()).toBe('ahoy')
  })

  it('fails with the words of the server when a manifest is wrong, and rolls back by itself', async () => {
    await expect(helm('upgrade', 'one', chart, '--atomic', '--set', 'memory=none')).rejects.toThrow(/memory/)
    expect(await greeting()).toBe('ahoy')
  })

  it('rolls back', async () => {
    await helm('rollback', 'one', '2', '--wait')
    expect(await greeting()).toBe('ahoy')
    await helm('rollback', 'one', '1', '--wait')
    expect(await greeting()).toBe('hello')
    expect(await kubectl('get', 'configmap', 'one-extra', '--ignore-not-found', '-o', 'name')).toBe('')
  })

  it('uninstalls, and leaves the definitions', async () => {
    expect(await helm('uninstall', 'one', '--wait')).toContain('release "one" uninstalled')
    expect(await releases()).toEqual([])
    const left = await kubectl('get', 'secret,serviceaccount,role,service,pvc,vm,berths.pier.example', '-o', 'name')
    expect(left.trim()).toBe('serviceaccount/default')
    expect(await kubectl('get', 'crd', 'berths.pier.example', '-o', 'name')).toContain('berths.pier.example')
  })
})

it.runIf(skipped !== undefined)('is skipped for a reason', ({ skip }) => skip(skipped))
