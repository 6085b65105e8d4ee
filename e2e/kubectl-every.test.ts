// The same journey with old and new kubectls, on request with every one of this machine: each version speaks to the server in ways of its own.
import { eventually, fewKubectlPrograms, useEngine, type Kubectl } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated' })

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'sails.every.example' },
  spec: {
    group: 'every.example',
    scope: 'Namespaced',
    names: { plural: 'sails', singular: 'sail', kind: 'Sail', listKind: 'SailList', shortNames: ['sl'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: '.spec.count', statusReplicasPath: '.status.count' } },
        additionalPrinterColumns: [{ name: 'Count', type: 'integer', jsonPath: '.spec.count' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  count: { type: 'integer', minimum: 0, description: 'How many there are.' },
                  colour: { type: 'string', default: 'white' },
                },
              },
              status: { type: 'object', properties: { count: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
}

beforeAll(async () => {
  const { kubectl } = engine()
  await kubectl.with(definition, 'create', '-f', '-')
  await kubectl('wait', '--for=condition=Established', 'crd/sails.every.example', '--timeout=30s')
})

const programs = await fewKubectlPrograms()
const sail = (name: string, spec: object): object => ({
  apiVersion: 'every.example/v1',
  kind: 'Sail',
  metadata: { name },
  spec,
})

describe.each(programs)('kubectl $version', (program) => {
  const { minor } = program
  const namespace = `every-${program.version.replaceAll(/[^a-z0-9]/g, '-')}`
  const kubectl = (): Kubectl => engine().kubectl.as({ program })
  const run = (...args: string[]): Promise<string> => kubectl()('-n', namespace, ...args)
  const feed = (input: object, ...args: string[]): Promise<string> => kubectl().with(input, '-n', namespace, ...args)

  beforeAll(async () => {
    await run('create', 'namespace', namespace)
  })

  it('applies, configures and applies again what changes nothing', async () => {
    const map = (value: string): object => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'm' },
      data: { value },
    })
    expect(await feed(map('1'), 'apply', '-f', '-')).toBe('configmap/m created\n')
    expect(await feed(map('2'), 'apply', '-f', '-')).toBe('configmap/m configured\n')
    expect(await feed(map('2'), 'apply', '-f', '-')).toBe('configmap/m unchanged\n')
  })

  it('applies on the server, is told of a conflict, and takes over by force', async () => {
    const map = (value: string): object => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 's' },
      data: { value },
    })
    const onServer = ['apply', '--server-side', '-f', '-']
    expect(await feed(map('1'), ...onServer)).toBe('configmap/s serverside-applied\n')
    const words = await kubectl().failsWith(map('2'), '-n', namespace, ...onServer, '--field-manager=other')
    expect(words).toContain('conflict with "kubectl"')
    expect(words).toContain('.data.value')
    await feed(map('2'), ...onServer, '--field-manager=other', '--force-conflicts')
    expect(await run('get', 'configmap', 's', '-o', 'jsonpath={.data.value}')).toBe('2')
  })

  it('shows what an apply would change', async () => {
    await feed({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd' }, data: { a: '1' } }, 'apply', '-f', '-')
    const changed = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd' }, data: { a: '2' } }
    const { code, stdout } = await kubectl().run(['-n', namespace, 'diff', '-f', '-'], {
      input: JSON.stringify(changed),
    })
    expect(code).toBe(1)
    expect(stdout).toMatch(/-\s+a: "?1"?/)
    expect(stdout).toMatch(/\+\s+a: "?2"?/)
  })

  it('uses a custom kind: columns, defaults, scale, wrong values, its short name', async () => {
    await feed(sail('one', { count: 2 }), 'apply', '-f', '-')
    expect(await run('get', 'sl')).toMatch(/NAME\s+COUNT\none\s+2\n/)
    expect(await run('get', 'sail', 'one', '-o', 'jsonpath={.spec.colour}')).toBe('white')
    await run('scale', 'sail/one', '--replicas=5')
    expect(await run('get', 'sail', 'one', '-o', 'jsonpath={.spec.count}')).toBe('5')
    const words = await kubectl().failsWith(sail('wrong', { count: -1 }), '-n', namespace, 'apply', '-f', '-')
    expect(words).toContain('spec.count')
    await run('patch', 'sail', 'one', '--type=merge', '-p', '{"spec":{"colour":"red"}}')
    expect(await run('explain', 'sails.spec.count')).toContain('How many there are.')
  })

  it('labels, annotates, edits by patches and selects', async () => {
    await run('create', 'configmap', 'l', '--from-literal=a=b')
    await run('label', 'configmap', 'l', 'tier=one')
    await run('annotate', 'configmap', 'l', 'note=x')
    await run('patch', 'configmap', 'l', '--type=json', '-p', '[{"op":"add","path":"/data/c","value":"d"}]')
    expect(await run('get', 'configmap', '-l', 'tier=one', '-o', 'jsonpath={.items[*].data.c}')).toBe('d')
    expect(await run('get', 'configmap', '--field-selector=metadata.name=l', '-o', 'name')).toBe('configmap/l\n')
  })

  it('asks who it is and what it may do', async () => {
    expect(await run('auth', 'can-i', 'delete', 'nodes')).toContain('yes')
    expect(await run('auth', 'can-i', '--list')).toContain('*.*')
    if (minor >= 27) expect(await run('auth', 'whoami')).toContain('system:masters')
  })

  it('watches', async () => {
    const session = kubectl().start('-n', namespace, 'get', 'configmaps', '-w', '-o', 'name')
    try {
      await run('create', 'configmap', 'watched')
      await eventually(() => session.stdout().includes('configmap/watched'))
    } finally {
      await session.stop()
    }
  })

  it('deletes, waits, and takes a namespace away', async () => {
    await run('delete', 'sail', 'one', '--wait')
    await run('delete', 'configmaps', '--all')
    await run('delete', 'namespace', namespace, '--timeout=60s')
    expect(await kubectl().fails('get', 'namespace', namespace)).toContain('NotFound')
  })
})
