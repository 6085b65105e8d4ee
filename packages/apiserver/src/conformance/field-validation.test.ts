import { describe, expect, it } from 'vitest'
import { applyPatch, configMap, jsonPatch, mergePatch, strategicPatch, usePlane, type Reply } from './testing/plane.ts'

const plane = usePlane()

const unknown = 'unknown field "spcial"'

/** How a write that names a field the kind does not have is sent. */
const writes: Record<string, (path: string, query: string) => Promise<Reply>> = {
  create: (path, query) => plane.call('POST', `${path}${query}`, configMap('new', { spcial: 'x' })),
  update: (path, query) => plane.call('PUT', `${path}/old${query}`, configMap('old', { spcial: 'x' })),
  'merge patch': (path, query) => plane.call('PATCH', `${path}/old${query}`, { spcial: 'x' }, mergePatch),
  'strategic merge patch': (path, query) => plane.call('PATCH', `${path}/old${query}`, { spcial: 'x' }, strategicPatch),
  'JSON patch': (path, query) =>
    plane.call('PATCH', `${path}/old${query}`, [{ op: 'add', path: '/spcial', value: 'x' }], jsonPatch),
}

const warningsOf = ({ headers }: Reply): string => [headers['warning'] ?? []].flat().join('\n')

describe.each(Object.keys(writes))('%s with an unknown field', (name) => {
  const send = (path: string, query: string): Promise<Reply> => {
    const write = writes[name]
    if (write === undefined) throw new Error(`no write ${name}`)
    return write(path, query)
  }
  const prepared = async (): Promise<string> => {
    const path = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    await plane.ok('POST', path, configMap('old'))
    return path
  }

  it('is refused when strict', async () => {
    const reply = await send(await prepared(), '?fieldValidation=Strict')
    expect(reply.code).toBe(name.includes('atch') ? 422 : 400)
    expect(reply.text).toContain(unknown.replaceAll('"', '\\"'))
  })

  it.each(['?fieldValidation=Warn', ''])('is warned of with %j, and the field is dropped', async (query) => {
    const reply = await send(await prepared(), query)
    expect(reply.code).toBeLessThan(300)
    expect(warningsOf(reply)).toContain(unknown.replaceAll('"', '\\"'))
    expect(reply.body).not.toHaveProperty('spcial')
  })

  it('is accepted in silence when ignored', async () => {
    const reply = await send(await prepared(), '?fieldValidation=Ignore')
    expect(reply.code).toBeLessThan(300)
    expect(warningsOf(reply)).toBe('')
    expect(reply.body).not.toHaveProperty('spcial')
  })
})

describe('a body with a field twice', () => {
  const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}'

  it('is refused when strict', async () => {
    const path = `/api/v1/namespaces/${await plane.namespace()}/configmaps?fieldValidation=Strict`
    const reply = await plane.call('POST', path, twice)
    expect(reply.code).toBe(400)
    expect(reply.text).toContain('duplicate field \\"data.a\\"')
  })

  it('is warned of else, and the last one counts', async () => {
    const reply = await plane.call('POST', `/api/v1/namespaces/${await plane.namespace()}/configmaps`, twice)
    expect(reply.code).toBe(201)
    expect(warningsOf(reply)).toContain('duplicate field \\"data.a\\"')
    expect(reply.body['data']).toEqual({ a: '2' })
  })
})

describe('apply', () => {
  const applied = (path: string, query: string): Promise<Reply> =>
    plane.call('PATCH', `${path}/applied?fieldManager=m${query}`, configMap('applied', { spcial: 'x' }), applyPatch)

  it('refuses a field that the kind does not have, however it is validated', async () => {
    const path = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    for (const query of ['', '&fieldValidation=Warn', '&fieldValidation=Strict', '&fieldValidation=Ignore'])
      expect((await applied(path, query)).code, query).toBeGreaterThanOrEqual(400)
  })
})

describe('fieldValidation', () => {
  it('is one of three words', async () => {
    const path = `/api/v1/namespaces/${await plane.namespace()}/configmaps?fieldValidation=Sometimes`
    const reply = await plane.call('POST', path, configMap('x'))
    expect(reply.code).toBe(422)
    expect(reply.text).toContain('fieldValidation')
  })
})
