import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission/plugin.ts'
import { replaceContent } from '../admission/match/request.ts'
import { crdsPath, openWorkshop, version, widget, widgetCrd, widgetsPath, type Workshop } from './testing/workshop.ts'

const mergePatch = 'application/merge-patch+json'
const scalePath = `${widgetsPath}/a/scale`

const seen: AdmissionAttributes[] = []
const spy: AdmissionPlugin = {
  name: 'Spy',
  handles: () => true,
  mutate(attributes) {
    const { object, subresource, name } = attributes
    if (subresource !== 'scale' || name !== 'mutated' || object === undefined) return
    const next = structuredClone(object)
    next['spec'] = { replicas: 7 }
    replaceContent(attributes, object, next)
  },
  validate(attributes) {
    seen.push(
      structuredClone({
        ...attributes,
        definition: undefined,
        signal: undefined,
        warn: undefined,
        annotate: undefined,
      }) as never,
    )
  },
}

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop({ admission: [spy] })
  const properties = { replicas: { type: 'integer', maximum: 100 } }
  const scale = {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  }
  const v1 = version('v1', properties, { subresources: { status: {}, scale } })
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties },
        status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
      },
    },
  }
  await shop.ask('POST', crdsPath, { body: widgetCrd({ versions: [{ ...v1, schema }] }) })
  await shop.ask('POST', widgetsPath, { body: widget('a', { replicas: 2 }) })
  await shop.ask('POST', widgetsPath, { body: widget('unset', {}) })
})
afterAll(() => shop.close())

describe('scale', () => {
  it('shows the replicas and the selector of the object', async () => {
    await shop.ask('PATCH', `${widgetsPath}/a/status`, {
      body: { status: { replicas: 1, selector: 'app=a' } },
      type: mergePatch,
    })
    const { json } = await shop.ask('GET', scalePath)
    expect(json).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'a' },
      spec: { replicas: 2 },
      status: { replicas: 1, selector: 'app=a' },
    })
  })

  it('changes the object, by update and by patch, under its rules', async () => {
    const put = (replicas: unknown, metadata: object = {}) =>
      shop.ask('PUT', scalePath, {
        body: { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'a', ...metadata }, spec: { replicas } },
      })
    expect((await put(3)).json['spec']).toEqual({ replicas: 3 })
    const patched = await shop.ask('PATCH', scalePath, { body: { spec: { replicas: 4 } }, type: mergePatch })
    expect(patched.json['spec']).toEqual({ replicas: 4 })
    expect((await shop.ask('GET', `${widgetsPath}/a`)).json).toMatchObject({ spec: { replicas: 4 } })
    const { metadata } = (await shop.ask('GET', `${widgetsPath}/a`)).json
    expect(metadata?.managedFields).toContainEqual(
      expect.objectContaining({ subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }),
    )
    expect((await put(-1)).json['message']).toBe(
      'Widget.shop.example "a" is invalid: .spec.replicas: Invalid value: -1: should be a non-negative integer',
    )
    expect((await put(101)).code).toBe(422)
    expect((await put('5')).code).toBe(400)
    expect((await put(5, { resourceVersion: '1' })).code).toBe(409)
    expect((await put(5, { name: 'b' })).code).toBe(400)
    const dry = await shop.ask('PATCH', `${scalePath}?dryRun=All`, {
      body: { spec: { replicas: 9 } },
      type: mergePatch,
    })
    expect(dry.json['spec']).toEqual({ replicas: 9 })
    expect((await shop.ask('GET', scalePath)).json['spec']).toEqual({ replicas: 4 })
  })

  it.each([
    ['GET', `${widgetsPath}/none/scale`, undefined, 404],
    ['DELETE', scalePath, undefined, 405],
    ['PATCH', `${widgetsPath}/unset/scale`, { metadata: {} }, 400],
  ])('%s %s with %j is answered with %s', async (method, path, body, code) => {
    const ask = body === undefined ? {} : { body, type: mergePatch }
    expect((await shop.ask(method, path, ask)).code).toBe(code)
  })

  it('takes no strategic merge patch', async () => {
    const type = 'application/strategic-merge-patch+json'
    expect((await shop.ask('PATCH', scalePath, { body: { spec: { replicas: 1 } }, type })).code).toBe(415)
  })

  it('loses no concurrent change', async () => {
    const writes = Array.from({ length: 20 }, (_, index) =>
      shop.ask('PATCH', scalePath, { body: { spec: { replicas: index } }, type: mergePatch }),
    )
    const codes = (await Promise.all(writes)).map((reply) => reply.code)
    expect(codes.every((code) => code === 200 || code === 409)).toBe(true)
    expect(codes).toContain(200)
  })
})

describe('server-side apply of a scale', () => {
  const type = 'application/apply-patch+yaml'
  const applied = (name: string, manager: string, spec: object, more = '') =>
    shop.ask('PATCH', `${widgetsPath}/${name}/scale?fieldManager=${manager}${more}`, {
      body: { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name }, spec },
      type,
    })
  const ownersOf = async (name: string) => {
    const { metadata } = (await shop.ask('GET', `${widgetsPath}/${name}`)).json
    return (metadata?.managedFields ?? []).map(({ manager, operation, apiVersion, subresource, fieldsV1 }) => ({
      manager,
      operation,
      apiVersion,
      subresource,
      fieldsV1,
    }))
  }
  const field = { 'f:spec': { 'f:replicas': {} } }
  const scaler = { manager: 'scaler', operation: 'Apply', apiVersion: 'shop.example/v1', subresource: 'scale' }

  it('meets those who own the replicas, takes them with force, and leaves them the rest', async () => {
    await shop.ask('POST', `${widgetsPath}?fieldManager=maker`, { body: widget('applied', { replicas: 2 }) })
    const refused = await applied('applied', 'scaler', { replicas: 5 })
    expect(refused.json).toMatchObject({
      code: 409,
      message: 'Apply failed with 1 conflict: conflict with "maker" using autoscaling/v1: .spec.replicas',
    })
    const forced = await applied('applied', 'scaler', { replicas: 5 }, '&force=true')
    expect(forced.json).toMatchObject({ kind: 'Scale', spec: { replicas: 5 } })
    expect(await ownersOf('applied')).toMatchObject([
      { ...scaler, fieldsV1: field },
      { manager: 'maker', fieldsV1: { 'f:spec': {} } },
    ])
    // Whoever applies the same owns it too, and an applier of the object is in the way of the next scale.
    expect((await applied('applied', 'other', { replicas: 5 })).code).toBe(200)
    expect((await applied('applied', 'scaler', { replicas: 6 })).json['message']).toContain('conflict with "other"')
  })

  it('is refused to a manager in whose way the object itself is applied, and the other way round', async () => {
    const config = (replicas: number) => ({
      type,
      body: { ...widget('both', { replicas }), metadata: { name: 'both' } },
    })
    await shop.ask('PATCH', `${widgetsPath}/both?fieldManager=gitops`, config(1))
    expect((await applied('both', 'scaler', { replicas: 2 })).json['message']).toContain('conflict with "gitops"')
    expect((await applied('both', 'scaler', { replicas: 2 }, '&force=true')).code).toBe(200)
    const again = await shop.ask('PATCH', `${widgetsPath}/both?fieldManager=gitops`, config(1))
    expect(again.json['message']).toContain('conflict with "scaler" with subresource "scale"')
  })

  it('changes nothing in a dry run, makes no object, and says what it needs', async () => {
    await shop.ask('POST', widgetsPath, { body: widget('dry', { replicas: 2 }) })
    const dry = await applied('dry', 'scaler', { replicas: 9 }, '&force=true&dryRun=All')
    expect(dry.json['spec']).toEqual({ replicas: 9 })
    expect((await shop.ask('GET', `${widgetsPath}/dry/scale`)).json['spec']).toEqual({ replicas: 2 })
    expect((await applied('none', 'scaler', { replicas: 9 })).code).toBe(404)
    expect((await applied('dry', '', { replicas: 9 })).code).toBe(422)
    expect((await applied('dry', 'scaler', { replicas: -1 }, '&force=true')).code).toBe(422)
    const other = await shop.ask('PATCH', `${widgetsPath}/dry/scale?fieldManager=a`, { body: widget('dry', {}), type })
    expect(other.json).toMatchObject({ code: 400, message: 'invalid object type: shop.example/v1, Kind=Widget' })
  })
})

describe('admission of a scale', () => {
  it.each(['PUT', 'PATCH'])('sees the scale once, as it is and as it will be, by %s', async (method) => {
    const name = `admitted-${method.toLowerCase()}`
    await shop.ask('POST', widgetsPath, { body: widget(name, { replicas: 2 }) })
    seen.length = 0
    const body = { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name }, spec: { replicas: 3 } }
    await shop.ask(method, `${widgetsPath}/${name}/scale`, method === 'PUT' ? { body } : { body, type: mergePatch })
    expect(seen).toMatchObject([
      {
        operation: 'UPDATE',
        subresource: 'scale',
        name,
        object: { kind: 'Scale', spec: { replicas: 3 } },
        oldObject: { kind: 'Scale', spec: { replicas: 2 } },
      },
    ])
    expect(seen.map(({ user }) => user.name)).not.toContain('system:apiserver')
  })
})

it('takes the replicas a plug-in has changed them to', async () => {
  await shop.ask('POST', widgetsPath, { body: widget('mutated', { replicas: 2 }) })
  const body = { spec: { replicas: 3 } }
  const { json } = await shop.ask('PATCH', `${widgetsPath}/mutated/scale`, { body, type: mergePatch })
  expect(json['spec']).toEqual({ replicas: 7 })
  expect((await shop.ask('GET', `${widgetsPath}/mutated`)).json['spec']).toEqual({ replicas: 7 })
})

it('warns of unknown fields of a scale, and refuses them where asked', async () => {
  const body = { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'a' }, spec: { replicas: 1, foo: 1 } }
  const strict = await shop.ask('PUT', `${scalePath}?fieldValidation=Strict`, { body })
  expect(strict.json).toMatchObject({
    code: 400,
    message: 'Scale in version "v1" cannot be handled as a Scale: strict decoding error: unknown field "spec.foo"',
  })
})
