import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { at, mergePatch, namesIn, usePlane, textAt } from './testing/plane.ts'

const plane = usePlane()
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

interface Kind {
  /** Of the definition. */
  path: string
  group: string
  /** Of the collection in a namespace. */
  objects: string
}

const version = (name: string, spec: JsonObject, more: JsonObject = {}): JsonObject => ({
  name,
  served: true,
  storage: true,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    },
  },
  ...more,
})

function definitionOf(group: string, versions: JsonObject[]): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `kites.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'kites', singular: 'kite', kind: 'Kite', listKind: 'KiteList', shortNames: ['kt'] },
      versions,
    },
  }
}

async function define(...versions: JsonObject[]): Promise<Kind> {
  const group = `c${randomUUID().slice(0, 8)}.example`
  await plane.ok('POST', definitions, definitionOf(group, versions))
  const path = `${definitions}/kites.${group}`
  await plane.eventually(path, ({ body }) => isTrue(body, 'Established'))
  const name = textAt(versions[0], 'name')
  const objects = `/apis/${group}/${name}/namespaces/${await plane.namespace()}/kites`
  await plane.eventually(objects, ({ code }) => code === 200)
  return { path, group, objects }
}

function isTrue(body: JsonObject, type: string): boolean {
  const conditions = at(body, 'status', 'conditions')
  return (
    Array.isArray(conditions) && conditions.some((each) => at(each, 'type') === type && at(each, 'status') === 'True')
  )
}

const kite = ({ group }: Kind, name: string, spec: JsonObject, served = 'v1'): JsonObject => ({
  apiVersion: `${group}/${served}`,
  kind: 'Kite',
  metadata: { name },
  spec,
})

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...more })

describe('a custom resource', () => {
  it('is created, read, listed, watched, patched and deleted like any other', async () => {
    const kind = await define(version('v1', object({ tail: { type: 'integer' } })))
    const made = await plane.ok('POST', kind.objects, kite(kind, 'a', { tail: 3 }))
    expect(at(made, 'metadata', 'generation')).toBe(1)
    const changed = await plane.ok('PATCH', `${kind.objects}/a`, { spec: { tail: 4 } }, mergePatch)
    expect(at(changed, 'metadata', 'generation')).toBe(2)
    expect(namesIn(await plane.ok('GET', kind.objects))).toEqual(['a'])
    const [event] = await plane.watch(kind.objects, 1)
    expect(event).toMatchObject({ type: 'ADDED', object: { kind: 'Kite', spec: { tail: 4 } } })
    await plane.ok('DELETE', `${kind.objects}/a`)
    expect((await plane.call('GET', `${kind.objects}/a`)).code).toBe(404)
  })

  it('loses what its schema does not know, unless that is to be kept', async () => {
    const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    const kind = await define(version('v1', object({ tail: { type: 'integer' }, free })))
    const made = await plane.ok('POST', kind.objects, kite(kind, 'a', { tail: 1, lost: 2, free: { kept: 3 } }))
    expect(made['spec']).toEqual({ tail: 1, free: { kept: 3 } })
    const strict = await plane.call('POST', `${kind.objects}?fieldValidation=Strict`, kite(kind, 'b', { lost: 2 }))
    expect(strict.code).toBe(400)
    expect(strict.text).toContain('unknown field \\"spec.lost\\"')
  })

  it('gets its defaults when it is written, and when it is read after they came', async () => {
    const kind = await define(version('v1', object({ tail: { type: 'integer' } })))
    await plane.ok('POST', kind.objects, kite(kind, 'early', {}))
    const spec = object({ tail: { type: 'integer', default: 7 } }, { default: {} })
    await plane.ok('PATCH', kind.path, { spec: { versions: [version('v1', spec)] } }, mergePatch)
    await plane.eventually(`${kind.objects}/early`, ({ body }) => at(body, 'spec', 'tail') === 7)
    expect(at(await plane.ok('POST', kind.objects, kite(kind, 'late', {})), 'spec', 'tail')).toBe(7)
  })

  it.each<[string, JsonObject, JsonObject, string]>([
    [
      'a type',
      { tail: { type: 'integer' } },
      { tail: 'x' },
      'spec.tail: Invalid value: \\"string\\": spec.tail in body must be of type integer',
    ],
    ['a maximum', { tail: { type: 'integer', maximum: 5 } }, { tail: 6 }, 'should be less than or equal to 5'],
    ['a pattern', { name: { type: 'string', pattern: '^a+$' } }, { name: 'b' }, "should match '^a+$'"],
    [
      'an enumeration',
      { name: { type: 'string', enum: ['a', 'b'] } },
      { name: 'c' },
      'supported values: \\"a\\", \\"b\\"',
    ],
    [
      'a set',
      { names: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } } },
      { names: ['a', 'a'] },
      'Duplicate value: \\"a\\"',
    ],
  ])('is held to %s', async (_, properties, spec, words) => {
    const kind = await define(version('v1', object(properties)))
    const reply = await plane.call('POST', kind.objects, kite(kind, 'a', spec))
    expect(reply).toMatchObject({ code: 422, body: { reason: 'Invalid' } })
    expect(reply.text).toContain(words)
  })

  it('is held to rules, also about what it was', async () => {
    const rules: JsonObject[] = [
      { rule: 'self.low <= self.high', message: 'low must not be above high' },
      { rule: 'self.high >= oldSelf.high', messageExpression: "oldSelf.high > 1 ? 'high was more' : 'high was less'" },
    ]
    const number = { type: 'integer' }
    const kind = await define(
      version('v1', object({ low: number, high: number }, { 'x-kubernetes-validations': rules })),
    )
    const wrong = await plane.call('POST', kind.objects, kite(kind, 'a', { low: 2, high: 1 }))
    expect(wrong.code).toBe(422)
    expect(wrong.text).toContain('low must not be above high')
    await plane.ok('POST', kind.objects, kite(kind, 'a', { low: 1, high: 2 }))
    const lowered = await plane.call('PATCH', `${kind.objects}/a`, { spec: { high: 1 } }, mergePatch)
    expect(lowered.code).toBe(422)
    expect(lowered.text).toContain('high was more')
    await plane.ok('PATCH', `${kind.objects}/a`, { spec: { high: 3 } }, mergePatch)
  })

  it('has a status of its own, which the object does not change', async () => {
    const spec = object({ tail: { type: 'integer' } })
    const kind = await define(version('v1', spec, { subresources: { status: {} } }))
    const made = await plane.ok('POST', kind.objects, { ...kite(kind, 'a', { tail: 1 }), status: { flying: true } })
    expect(made['status']).toBeUndefined()
    const body = { spec: { tail: 9 }, status: { flying: true } }
    const after = await plane.ok('PATCH', `${kind.objects}/a/status`, body, mergePatch)
    expect(after).toMatchObject({ spec: { tail: 1 }, status: { flying: true }, metadata: { generation: 1 } })
    const main = await plane.ok('PATCH', `${kind.objects}/a`, { status: { flying: false } }, mergePatch)
    expect(main).toMatchObject({ status: { flying: true }, metadata: { generation: 1 } })
  })

  it('is scaled', async () => {
    const spec = object({ replicas: { type: 'integer' } })
    const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' }
    const kind = await define(version('v1', spec, { subresources: { status: {}, scale } }))
    await plane.ok('POST', kind.objects, kite(kind, 'a', { replicas: 1 }))
    const found = await plane.ok('GET', `${kind.objects}/a/scale`)
    expect(found).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 1 },
      status: { replicas: 0 },
    })
    await plane.ok('PATCH', `${kind.objects}/a/scale`, { spec: { replicas: 5 } }, mergePatch)
    expect(at(await plane.ok('GET', `${kind.objects}/a`), 'spec', 'replicas')).toBe(5)
  })

  it('is served in every version, and stored in one', async () => {
    const spec = object({ tail: { type: 'integer' } })
    const kind = await define(version('v1', spec), version('v1beta1', spec, { storage: false, deprecated: true }))
    await plane.ok('POST', kind.objects, kite(kind, 'a', { tail: 1 }))
    const old = await plane.call('GET', `${kind.objects.replace('/v1/', '/v1beta1/')}/a`)
    expect(old.body).toMatchObject({ apiVersion: `${kind.group}/v1beta1`, spec: { tail: 1 } })
    expect(String(old.headers['warning'])).toContain(`${kind.group}/v1beta1 Kite is deprecated`)
  })

  it('is printed in the columns of its definition, and selected by its fields', async () => {
    const columns = [{ name: 'Tail', type: 'integer', jsonPath: '.spec.tail' }]
    const spec = object({ tail: { type: 'integer' }, colour: { type: 'string' } })
    const more = { additionalPrinterColumns: columns, selectableFields: [{ jsonPath: '.spec.colour' }] }
    const kind = await define(version('v1', spec, more))
    for (const colour of ['red', 'blue']) await plane.ok('POST', kind.objects, kite(kind, colour, { tail: 2, colour }))
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const query = '?fieldSelector=spec.colour=red'
    const table = await plane.ok('GET', `${kind.objects}${query}`, undefined, { accept })
    expect(table).toMatchObject({
      columnDefinitions: [{ name: 'Name' }, { name: 'Tail' }],
      rows: [{ cells: ['red', 2] }],
    })
    expect(at(table, 'rows', 1)).toBeUndefined()
    expect((await plane.call('GET', `${kind.objects}?fieldSelector=spec.tail=2`)).code).toBe(400)
  })
})

describe('a definition', () => {
  it.each<[string, (definition: JsonObject) => void, string]>([
    ['whose name is not of its plural and group', (d) => (d['metadata'] = { name: 'other.example' }), 'metadata.name'],
    ['without a schema', (d) => delete firstVersion(d)['schema'], 'schemas are required'],
    [
      'that stores nothing',
      (d) => (firstVersion(d)['storage'] = false),
      'must have exactly one version marked as storage version',
    ],
    [
      'whose schema is not structural',
      (d) => (firstVersion(d)['schema'] = { openAPIV3Schema: { type: 'object', properties: { spec: {} } } }),
      'must not be empty for specified object fields',
    ],
    [
      'with a rule that does not compile',
      (d) => {
        const rules = [{ rule: 'self.nothing > 1' }]
        firstVersion(d)['schema'] = { openAPIV3Schema: { type: 'object', 'x-kubernetes-validations': rules } }
      },
      'compilation failed',
    ],
  ])('%s is refused', async (_, change, words) => {
    const definition = definitionOf(`r${randomUUID().slice(0, 8)}.example`, [version('v1', object({}))])
    change(definition)
    const reply = await plane.call('POST', definitions, definition)
    expect(reply.code).toBe(422)
    expect(reply.text).toContain(words)
  })

  it('takes its objects with it, and its paths', async () => {
    const kind = await define(version('v1', object({})))
    await plane.ok('POST', kind.objects, kite(kind, 'a', {}))
    await plane.ok('DELETE', kind.path)
    await plane.eventually(kind.path, ({ code }) => code === 404)
    await plane.eventually(kind.objects, ({ code }) => code === 404)
  })

  it('is described by discovery and OpenAPI soon after', async () => {
    const kind = await define(version('v1', object({ tail: { type: 'integer', description: 'Metres.' } })))
    await plane.eventually(`/apis/${kind.group}/v1`, ({ body }) => at(body, 'resources', 0, 'kind') === 'Kite')
    await plane.eventually(`/openapi/v3/apis/${kind.group}/v1`, ({ text }) => text.includes('Metres.'))
  })
})

function firstVersion(definition: JsonObject): JsonObject {
  const found = at(definition, 'spec', 'versions', 0)
  if (found === null || typeof found !== 'object' || Array.isArray(found)) throw new Error('no version')
  return found
}
