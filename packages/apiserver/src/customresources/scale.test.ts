import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crdsPath, openWorkshop, version, widget, widgetCrd, widgetsPath, type Workshop } from './testing/workshop.ts'

const mergePatch = 'application/merge-patch+json'
const scalePath = `${widgetsPath}/a/scale`

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
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
