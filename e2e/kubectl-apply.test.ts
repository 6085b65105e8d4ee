// Server-side apply with kubectls old and new: owners and conflicts, the way over from client-side apply and back, diff, prune.
import { guestMachine, fewKubectlPrograms, uniqueName, useEngine, type Kubectl } from '@berth/testkit'
import { describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated' })
const programs = await fewKubectlPrograms()

function configMap(name: string, data: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }
}

interface Owner {
  manager: string
  operation: string
  fieldsV1: object
}

async function ownersOf(kubectl: Kubectl, name: string): Promise<string[]> {
  // Older ones always show the owners, newer ones hide them unless asked.
  const show = kubectl.program.minor >= 21 ? ['--show-managed-fields'] : []
  // What the API server answers for a config map.
  const object = (await kubectl.json('get', 'cm', name, ...show)) as { metadata: { managedFields?: Owner[] } }
  return (object.metadata.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`)
}

const dataOf = (kubectl: Kubectl, name: string) => kubectl('get', 'cm', name, '-o', 'jsonpath={.data}')

describe.each(programs)('kubectl $version', (program) => {
  const kubectlOf = (): Kubectl => engine().kubectl.as({ program })
  const serverSide = ['apply', '--server-side', '-f', '-']

  it('apply --server-side creates, changes and removes', async () => {
    const kubectl = kubectlOf()
    const name = uniqueName('ssa')
    expect(await kubectl.with(configMap(name, { a: '1', b: '2' }), ...serverSide)).toBe(
      `configmap/${name} serverside-applied\n`,
    )
    await kubectl.with(configMap(name, { a: '1', c: '3' }), ...serverSide)
    expect(await dataOf(kubectl, name)).toBe('{"a":"1","c":"3"}')
    expect(await ownersOf(kubectl, name)).toEqual(['kubectl Apply'])
  })

  it('apply --server-side of a machine', async () => {
    const kubectl = kubectlOf()
    const name = uniqueName('vm')
    const manifest = guestMachine(name, { runStrategy: 'Halted', labels: { tier: 'one' } })
    await kubectl.with(manifest, ...serverSide)
    manifest.metadata.labels = { level: 'two' }
    await kubectl.with(manifest, ...serverSide)
    expect(await kubectl('get', 'vm', name, '-o', 'jsonpath={.metadata.labels}')).toBe('{"level":"two"}')
    const other = { ...manifest, spec: { runStrategy: 'Always' } }
    // Older versions look for required fields themselves, which an apply of some fields does not have.
    const refusal = await kubectl.failsWith(other, ...serverSide, '--field-manager=other', '--validate=false')
    expect(refusal).toContain('conflict with "kubectl": .spec.runStrategy')
  })

  it('says whose fields are in conflict, and takes them with --force-conflicts', async () => {
    const kubectl = kubectlOf()
    const name = uniqueName('conflict')
    await kubectl.with(configMap(name, { a: '1', b: '2' }), ...serverSide, '--field-manager=first')
    const manifest = configMap(name, { a: '9' })
    const refusal = await kubectl.failsWith(manifest, ...serverSide, '--field-manager=second')
    expect(refusal).toContain('Apply failed with 1 conflict: conflict with "first": .data.a')
    await kubectl.with(manifest, ...serverSide, '--field-manager=second', '--force-conflicts')
    expect(await dataOf(kubectl, name)).toBe('{"a":"9","b":"2"}')
    expect(await ownersOf(kubectl, name)).toEqual(['first Apply', 'second Apply'])
  })

  it('goes from client-side to server-side apply and back without a conflict', async () => {
    const kubectl = kubectlOf()
    const name = uniqueName('migrate')
    await kubectl.with(configMap(name, { a: '1', b: '2' }), 'apply', '-f', '-')
    expect(await ownersOf(kubectl, name)).toEqual(['kubectl-client-side-apply Update'])
    await kubectl.with(configMap(name, { a: '2', b: '2' }), ...serverSide)
    expect(await dataOf(kubectl, name)).toBe('{"a":"2","b":"2"}')
    await kubectl.with(configMap(name, { a: '2' }), ...serverSide)
    // Since 1.26 kubectl makes what it applied before its own, so that leaving a field out removes it.
    if (program.minor >= 26) expect(await dataOf(kubectl, name)).toBe('{"a":"2"}')
    await kubectl.with(configMap(name, { a: '3' }), 'apply', '-f', '-')
    await kubectl.with(configMap(name, { a: '4' }), 'apply', '-f', '-')
    expect(await kubectl('get', 'cm', name, '-o', 'jsonpath={.data.a}')).toBe('4')
  })

  it('--dry-run=server shows the outcome and changes nothing', async () => {
    const kubectl = kubectlOf()
    const name = uniqueName('dry')
    await kubectl.with(configMap(name, { a: '1' }), ...serverSide)
    const shown = await kubectl.with(configMap(name, { a: '2' }), ...serverSide, '--dry-run=server', '-o', 'yaml')
    expect(shown).toContain('a: "2"')
    expect(await dataOf(kubectl, name)).toBe('{"a":"1"}')
  })

  it.each([[[]], [['--server-side']]])('diff %j tells what an apply would change', async (mode) => {
    const kubectl = kubectlOf()
    const name = uniqueName('diff')
    await kubectl.with(configMap(name, { a: '1' }), 'apply', ...mode, '-f', '-')
    const same = await kubectl.run(['diff', ...mode, '-f', '-'], { input: JSON.stringify(configMap(name, { a: '1' })) })
    expect(same).toMatchObject({ code: 0, stdout: '' })
    const other = await kubectl.run(['diff', ...mode, '-f', '-'], {
      input: JSON.stringify(configMap(name, { a: '2' })),
    })
    expect(other.code).toBe(1)
    expect(other.stdout).toMatch(/^-\s+a: "1"$/m)
    expect(other.stdout).toMatch(/^\+\s+a: "2"$/m)
    expect(await dataOf(kubectl, name)).toBe('{"a":"1"}')
  })

  it.runIf(program.minor >= 24)('--subresource=status is owned apart from the rest', async () => {
    const kubectl = kubectlOf()
    const name = uniqueName('svc')
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name } }
    await kubectl.with({ ...service, spec: { ports: [{ port: 80 }] } }, ...serverSide)
    const patch = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } } })
    await kubectl('patch', 'svc', name, '--subresource=status', '--type=merge', '-p', patch)
    const shown = await kubectl('get', 'svc', name, '-o', 'jsonpath={.metadata.managedFields[*].subresource}')
    expect(shown).toBe('status')
  })

  it.runIf(program.minor >= 27)('prunes by apply set', async () => {
    const kubectl = kubectlOf()
    const set = uniqueName('set')
    const namespace = uniqueName('ns')
    await kubectl('create', 'namespace', namespace)
    const list = (...names: string[]): string =>
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: names.map((name) => configMap(name, { a: '1' })) })
    const args = [...serverSide, '-n', namespace, '--prune', `--applyset=${set}`]
    const environment = { KUBECTL_APPLYSET: 'true' }
    const both = await kubectl.run(args, { input: list('one', 'two'), environment })
    expect(both).toMatchObject({ code: 0 })
    const one = await kubectl.run(args, { input: list('one'), environment })
    expect(one).toMatchObject({ code: 0 })
    expect(one.stdout).toContain('configmap/two pruned')
    const left = await kubectl('get', 'cm', '-n', namespace, '-l', 'applyset.kubernetes.io/part-of', '-o', 'name')
    expect(left).toBe('configmap/one\n')
    await kubectl('delete', 'namespace', namespace)
  })
})

it('every program was found', () => {
  expect(programs.length).toBeGreaterThan(0)
})
