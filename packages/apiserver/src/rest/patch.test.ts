import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boat, boatsPath, openHarbour, type Harbour } from '../server/testing/harbour.ts'

let harbour: Harbour

beforeEach(async () => {
  harbour = await openHarbour({ limits: { patchOperations: 20 } })
  await harbour.ask('POST', boatsPath, {
    body: boat('gull', { spec: { sails: 1, crew: [{ name: 'ann' }, { name: 'bob' }] } }),
  })
})
afterEach(() => harbour.close())

const json = 'application/json-patch+json'
const merge = 'application/merge-patch+json'
const strategic = 'application/strategic-merge-patch+json'

const patch = (type: string, body: object | string, query = '') =>
  harbour.ask('PATCH', `${boatsPath}/gull${query}`, { type, body })

describe('patch', () => {
  it('applies a JSON patch', async () => {
    const { code, json: answer } = await patch(json, [
      { op: 'test', path: '/spec/sails', value: 1 },
      { op: 'replace', path: '/spec/sails', value: 4 },
      { op: 'add', path: '/metadata/labels', value: { fleet: 'red' } },
    ])
    expect(code).toBe(200)
    expect(answer).toMatchObject({ spec: { sails: 4 }, metadata: { labels: { fleet: 'red' }, generation: 2 } })
  })

  it('applies a merge patch, where null removes', async () => {
    const { json: answer } = await patch(merge, { spec: { sails: 2, crew: null, ballast: '2000m' } })
    expect(answer['spec']).toEqual({ sails: 2, colour: 'white', ballast: '2' })
  })

  it('leaves no empty maps or lists in metadata', async () => {
    await patch(merge, { metadata: { labels: { a: 'b' } } })
    const { json: answer } = await patch(merge, { metadata: { labels: { a: null }, finalizers: [], annotations: {} } })
    expect(Object.keys(answer['metadata'] ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(labels|finalizers|annotations)$/)]),
    )
  })

  it('merges lists of built-in kinds by key with a strategic merge patch', async () => {
    await harbour.ask('POST', '/api/v1/piers', {
      body: { metadata: { name: 'north' }, berths: [{ name: 'a', boat: 'gull' }, { name: 'b' }] },
    })
    const { code, json: answer } = await harbour.ask('PATCH', '/api/v1/piers/north', {
      type: strategic,
      body: {
        berths: [
          { name: 'b', boat: 'duck' },
          { name: 'a', $patch: 'delete' },
        ],
      },
    })
    expect(code).toBe(200)
    expect(answer['berths']).toEqual([{ name: 'b', boat: 'duck' }])
  })

  it.each([
    {
      type: strategic,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json',
    },
    { type: 'application/json', message: 'the body of the request was in an unknown format' },
    { type: 'application/apply-patch+cbor', message: 'application/merge-patch+json, application/apply-patch+yaml' },
  ])('answers 415 to $type on a custom kind', async ({ type, message }) => {
    const { code, json: answer } = await patch(type, {})
    expect(code).toBe(415)
    expect(answer['message']).toContain(message)
    expect(answer['reason']).toBe('UnsupportedMediaType')
  })

  it('does not change the identity of an object', async () => {
    expect((await patch(merge, { metadata: { name: 'duck' } })).code).toBe(400)
    expect((await patch(merge, { metadata: { uid: 'x' } })).code).toBe(422)
    expect((await patch(merge, { kind: 'Car' })).code).toBe(400)
    expect((await patch(merge, { metadata: { namespace: 'other' } })).code).toBe(400)
    expect((await patch(merge, { metadata: { resourceVersion: '1' } })).code).toBe(409)
  })

  it('validates what comes out', async () => {
    expect((await patch(merge, { spec: { sails: -1 } })).code).toBe(422)
    expect((await patch(merge, { spec: { colour: 'invisible' } })).code).toBe(422)
    const strict = await patch(merge, { spec: { oars: 1 } }, '?fieldValidation=Strict')
    expect(strict).toMatchObject({
      code: 422,
      json: { message: expect.stringContaining('unknown field "spec.oars"') as string },
    })
  })

  it('of the status touches nothing else', async () => {
    const { json: answer } = await harbour.ask('PATCH', `${boatsPath}/gull/status`, {
      type: merge,
      body: { spec: { sails: 7 }, status: { knots: 5 } },
    })
    expect(answer).toMatchObject({ spec: { sails: 1 }, status: { knots: 5 }, metadata: { generation: 1 } })
  })

  it('bounds the number of operations', async () => {
    const operations = Array.from({ length: 21 }, () => ({ op: 'test', path: '/spec/sails', value: 1 }))
    expect(await patch(json, operations)).toMatchObject({
      code: 413,
      json: { message: 'The allowed maximum operations in a JSON patch is 20, got 21' },
    })
  })

  it('never loses a concurrent patch that names no version', async () => {
    const writers = Array.from({ length: 100 }, (_, index) => patch(merge, { spec: { notes: { [`n${index}`]: 'x' } } }))
    expect((await Promise.all(writers)).every((reply) => reply.code === 200)).toBe(true)
    const { json: answer } = await harbour.ask('GET', `${boatsPath}/gull`)
    expect(Object.keys((answer['spec'] as { notes: object }).notes)).toHaveLength(100)
  })

  it('cannot reach a prototype', async () => {
    for (const body of [
      '{"__proto__":{"polluted":1}}',
      '{"spec":{"notes":{"__proto__":{"polluted":1}}}}',
      '{"metadata":{"annotations":{"__proto__":"x"}}}',
    ]) {
      expect((await patch(merge, body)).code).toBe(400)
    }
    expect((await patch(json, '[{"op":"add","path":"/__proto__/polluted","value":1}]')).code).toBe(400)
    expect((await patch(json, '[{"op":"add","path":"/constructor/prototype/polluted","value":1}]')).code).toBe(422)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})
