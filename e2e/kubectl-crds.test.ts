// Kinds of one's own with the real kubectl: define, wait, create, explain, columns, scale, watch, take away.
import { eventually, kubectlPrograms, uniqueName, useEngine } from '@berth/testkit'
import { describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated' })
const every = await kubectlPrograms()

interface Ship {
  group: string
  plural: string
  crd: Record<string, unknown>
  object(name: string, spec: object): object
}

/** A kind with a group of its own, so that tests do not meet. */
function shipKind(versions?: object[]): Ship {
  const group = `${uniqueName('fleet')}.example`
  const properties = {
    name: { type: 'string', description: 'What is painted on the bow.', maxLength: 20 },
    sails: { type: 'integer', minimum: 0, default: 2 },
    replicas: { type: 'integer' },
  }
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        description: 'A ship of the fleet.',
        properties: {
          spec: { type: 'object', description: 'What it should be.', required: ['name'], properties },
          status: { type: 'object', properties: { replicas: { type: 'integer' }, phase: { type: 'string' } } },
        },
      },
    },
    subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
    additionalPrinterColumns: [
      { name: 'Sails', type: 'integer', jsonPath: '.spec.sails' },
      { name: 'Bow', type: 'string', jsonPath: '.spec.name', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    selectableFields: [{ jsonPath: '.spec.name' }],
  }
  const word = group.split('.')[0]?.replaceAll(/[^a-z0-9]/g, '') ?? 'ship'
  const names = { plural: `${word}s`, singular: word, kind: `S${word}`, shortNames: [`${word}x`], categories: ['all'] }
  return {
    group,
    plural: names.plural,
    crd: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${names.plural}.${group}` },
      spec: { group, scope: 'Namespaced', names, versions: versions ?? [version] },
    },
    object: (name, spec) => ({ apiVersion: `${group}/v1`, kind: names.kind, metadata: { name }, spec }),
  }
}

async function define(ship: Ship): Promise<void> {
  const { kubectl } = engine()
  await kubectl.with(ship.crd, 'create', '-f', '-')
  await kubectl('wait', `crd/${ship.plural}.${ship.group}`, '--for=condition=established', '--timeout=10s')
}

describe('a kind of one’s own', () => {
  it('is defined and used with one file', async () => {
    const { kubectl } = engine()
    const ship = shipKind()
    const file = { apiVersion: 'v1', kind: 'List', items: [ship.crd, ship.object('ada', { name: 'Ada' })] }
    const first = await kubectl.run(['apply', '-f', '-'], { input: JSON.stringify(file) })
    // kubectl looks kinds up before it sends the first object, so only its second run can know the new one.
    if (first.code !== 0) await kubectl.with(file, 'apply', '-f', '-')
    expect(await kubectl('get', `${ship.plural}.${ship.group}`, 'ada', '-o', 'jsonpath={.spec.sails}')).toBe('2')
  })

  it('is shown in its columns, by all its names', async () => {
    const { kubectl } = engine()
    const ship = shipKind()
    await define(ship)
    await kubectl.with(ship.object('ada', { name: 'Ada' }), 'create', '-f', '-')
    expect(await kubectl('get', ship.plural)).toMatch(/^NAME +SAILS +AGE\nada +2 +\d+s\n$/)
    expect(await kubectl('get', `${ship.plural.slice(0, -1)}x`, '-o', 'wide')).toMatch(
      /^NAME +SAILS +BOW +AGE\nada +2 +Ada +\d+s\n$/,
    )
    expect(await kubectl('get', 'all')).toContain(`${ship.plural.slice(0, -1)}.${ship.group}/ada`)
    expect(await kubectl('get', ship.plural, '--field-selector', 'spec.name=Ada', '-o', 'name')).toContain('/ada')
    expect(await kubectl('get', ship.plural, '--field-selector', 'spec.name=Bob', '-o', 'name')).toBe('')
    expect(await kubectl('api-resources', '--api-group', ship.group)).toContain(ship.plural)
  })

  it('is explained', async () => {
    const { kubectl } = engine()
    const ship = shipKind()
    await define(ship)
    await eventually(async () => {
      const text = await kubectl('explain', `${ship.plural}.spec.name`, '--api-version', `${ship.group}/v1`)
      return text.includes('What is painted on the bow.')
    })
    expect(await kubectl('explain', ship.plural, '--recursive')).toMatch(/sails\s+<integer>/)
  })

  it('is scaled', async () => {
    const { kubectl } = engine()
    const ship = shipKind()
    await define(ship)
    await kubectl.with(ship.object('ada', { name: 'Ada', replicas: 1 }), 'create', '-f', '-')
    await kubectl('scale', `${ship.plural}/ada`, '--replicas=4')
    expect(await kubectl('get', ship.plural, 'ada', '-o', 'jsonpath={.spec.replicas}')).toBe('4')
  })

  it('has a status, which kubectl waits for', async ({ skip }) => {
    const { kubectl } = engine()
    if (kubectl.program.minor < 24) skip('kubectl knows --subresource since 1.24')
    const ship = shipKind()
    await define(ship)
    await kubectl.with(ship.object('ada', { name: 'Ada' }), 'create', '-f', '-')
    const status = '{"status":{"phase":"Sailing"}}'
    await kubectl('patch', ship.plural, 'ada', '--subresource=status', '--type=merge', '-p', status)
    await kubectl('wait', `${ship.plural}/ada`, '--for=jsonpath={.status.phase}=Sailing', '--timeout=10s')
  })

  it('refuses what its schema does not allow, and tells of fields it does not know', async () => {
    const { kubectl } = engine()
    const ship = shipKind()
    await define(ship)
    const create = (spec: object) =>
      kubectl.run(['create', '-f', '-'], { input: JSON.stringify(ship.object('ada', spec)) })
    expect((await create({ name: 'Ada', sails: -1 })).stderr).toContain(
      'spec.sails in body should be greater than or equal to 0',
    )
    // Before 1.25 kubectl looks at the published schema itself.
    const own = kubectl.program.minor < 25
    expect((await create({})).stderr).toContain(own ? 'missing required field "name"' : 'spec.name: Required value')
    expect((await create({ name: 'Ada', oars: 3 })).stderr).toContain(
      own ? 'unknown field "oars"' : 'unknown field "spec.oars"',
    )
  })

  it('goes with all its objects', async () => {
    const { kubectl } = engine()
    const ship = shipKind()
    await define(ship)
    await kubectl.with(ship.object('ada', { name: 'Ada' }), 'create', '-f', '-')
    await kubectl('delete', 'crd', `${ship.plural}.${ship.group}`, '--timeout=20s')
    expect((await kubectl.run(['get', `${ship.plural}.${ship.group}`])).stderr).toContain(
      "doesn't have a resource type",
    )
  })
})

describe.each(every)('kubectl $version', (program) => {
  it('knows a kind of one’s own: apply, explain, get, scale, delete', async () => {
    const kubectl = engine().kubectl.as({ program })
    const ship = shipKind()
    await define(ship)
    const manifest = ship.object('ada', { name: 'Ada', replicas: 1 })
    await eventually(
      async () => (await kubectl.run(['apply', '-f', '-'], { input: JSON.stringify(manifest) })).code === 0,
    )
    expect(await kubectl.with(manifest, 'apply', '-f', '-')).toContain('unchanged')
    expect(await kubectl('explain', `${ship.plural}.spec.name`)).toContain('What is painted on the bow.')
    expect(await kubectl('get', ship.plural)).toMatch(/^NAME +SAILS +AGE\nada +2 +\d+s\n$/)
    await kubectl('scale', `${ship.plural}/ada`, '--replicas=3')
    const wrong = ship.object('bob', { name: 'Bob', oars: 3 })
    expect(await kubectl.failsWith(wrong, 'create', '-f', '-')).toContain('oars')
    await kubectl('delete', `${ship.plural}/ada`, `crd/${ship.plural}.${ship.group}`)
  })
})
