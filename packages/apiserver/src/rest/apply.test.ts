// Server-side apply and the owners of fields over requests: answers, refusals, status, patches, and the other ways to apply.
import type { JsonObject } from '@berth/meta'
import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { allowAll, boat, boatsPath, openHarbour } from '../server/testing/harbour.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { coreServer, requestOf, type Answer, type CoreServer } from '../testing/core-server.ts'

let server: CoreServer
let now: number

beforeEach(async () => {
  now = Date.parse('2030-01-01T00:00:00Z')
  server = coreServer({ ...systemClock, now: () => new Date(now) })
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'n' } })
})

const maps = '/api/v1/namespaces/n/configmaps'
const applyType = { 'content-type': 'application/apply-patch+yaml' }
const mergeType = { 'content-type': 'application/merge-patch+json' }
const jsonType = { 'content-type': 'application/json-patch+json' }

function configMap(name: string, data?: JsonObject, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...metadata },
    ...(data === undefined ? {} : { data }),
  }
}

function apply(object: JsonObject, query: string, path = `${maps}/x`): Promise<Answer> {
  return server.call('PATCH', `${path}?${query}`, object, applyType)
}

interface Owner {
  manager: string
  operation: string
  subresource?: string
  time?: string
  fieldsV1: JsonObject
}

function ownersOf({ body }: Answer): Owner[] {
  return (body['metadata'] as { managedFields?: Owner[] }).managedFields ?? []
}

/** `manager operation` with the fields, in order. */
function summary(answer: Answer): [string, JsonObject][] {
  return ownersOf(answer).map(({ manager, operation, subresource = '', fieldsV1 }) => [
    [manager, operation, subresource].join(' ').trim(),
    fieldsV1,
  ])
}

function revisionOf({ body }: Answer): unknown {
  return (body['metadata'] as JsonObject)['resourceVersion']
}

describe('an apply', () => {
  it('creates what is not there, with 201', async () => {
    const answer = await apply(configMap('x', { a: '1' }), 'fieldManager=m')
    expect(answer.code).toBe(201)
    expect(answer.body).toMatchObject({ data: { a: '1' }, metadata: { name: 'x', namespace: 'n' } })
    expect(ownersOf(answer)).toEqual([
      {
        manager: 'm',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '2030-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      },
    ])
  })

  it('changes what is there, and removes what it no longer says', async () => {
    await apply(configMap('x', { a: '1', b: '2' }), 'fieldManager=m')
    const answer = await apply(configMap('x', { b: '3' }), 'fieldManager=m')
    expect(answer.code).toBe(200)
    expect(answer.body['data']).toEqual({ b: '3' })
  })

  it('that says nothing new is no write, however late it comes', async () => {
    const first = await apply(configMap('x', { a: '1' }), 'fieldManager=m')
    now += 60_000
    const second = await apply(configMap('x', { a: '1' }), 'fieldManager=m')
    expect(second.body).toEqual(first.body)
    now += 60_000
    const third = await apply(configMap('x', { a: '2' }), 'fieldManager=m')
    expect(ownersOf(third)[0]?.time).toBe('2030-01-01T00:02:00Z')
  })

  it('takes YAML', async () => {
    const path = `${maps}/y?fieldManager=m`
    const request = requestOf('PATCH', path, {}, applyType)
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata:\n  text: |\n    two\n    lines\n'
    const answer = await server.server.handler({ ...request, body: async () => Buffer.from(text) })
    expect(answer).toMatchObject({ kind: 'full', code: 201 })
  })

  it('dry, shows what would be and does nothing', async () => {
    const created = await apply(configMap('x', { a: '1' }), 'fieldManager=m&dryRun=All')
    expect(created.code).toBe(201)
    expect((await server.call('GET', `${maps}/x`)).code).toBe(404)
    const kept = await apply(configMap('x', { a: '1' }), 'fieldManager=m')
    const dry = await apply(configMap('x', { a: '2' }), 'fieldManager=m&dryRun=All')
    expect(dry.body['data']).toEqual({ a: '2' })
    expect(revisionOf(await server.call('GET', `${maps}/x`))).toBe(revisionOf(kept))
  })

  it('names each owner of what it would change, and takes it with force', async () => {
    await apply(configMap('x', { a: '1', b: '1', c: '1' }), 'fieldManager=first')
    await server.call('PATCH', `${maps}/x?fieldManager=second`, { data: { c: '2' } }, mergeType)
    const one = await apply(configMap('x', { a: '9' }), 'fieldManager=third')
    expect(one.code).toBe(409)
    expect(one.body).toMatchObject({
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "first": .data.a',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "first"', field: '.data.a' }] },
    })
    const many = await apply(configMap('x', { a: '9', b: '9', c: '9' }), 'fieldManager=third')
    expect(many.body['message']).toBe(
      'Apply failed with 3 conflicts: conflicts with "first":\n- .data.a\n- .data.b\nconflicts with "second" using v1:\n- .data.c',
    )
    const forced = await apply(configMap('x', { a: '9', c: '9' }), 'fieldManager=third&force=true')
    expect(forced.body['data']).toEqual({ a: '9', b: '1', c: '9' })
    expect(summary(forced)).toEqual([
      ['first Apply', { 'f:data': { 'f:b': {} } }],
      ['third Apply', { 'f:data': { 'f:a': {}, 'f:c': {} } }],
    ])
  })

  it('keys ports by number and protocol', async () => {
    const service = (...ports: JsonObject[]) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { ports },
    })
    const path = '/api/v1/namespaces/n/services/s'
    await apply(service({ name: 'dns', port: 53 }), 'fieldManager=m', path)
    const both = await apply(service({ name: 'udp', port: 53, protocol: 'UDP' }), 'fieldManager=n', path)
    expect(both.code).toBe(200)
    expect((both.body['spec'] as JsonObject)['ports']).toHaveLength(2)
    const twice = await apply(service({ name: 'a', port: 1 }, { name: 'b', port: 1 }), 'fieldManager=m', path)
    expect(twice.code).toBe(400)
    expect(twice.body['message']).toContain('.spec.ports: duplicate entries for key [port=1,protocol="TCP"]')
  })

  it('of the status owns only status, and leaves the rest alone', async () => {
    const path = '/api/v1/namespaces/n/services/s'
    const service: JsonObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }
    const missing = await apply({ ...service, status: {} }, 'fieldManager=m', `${path}/status`)
    expect(missing.code).toBe(404)
    await apply({ ...service, spec: { ports: [{ port: 80 }] } }, 'fieldManager=m', path)
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'R',
      message: '',
      lastTransitionTime: '2030-01-01T00:00:00Z',
    }
    const status = { conditions: [condition] }
    const answer = await apply({ ...service, spec: { type: 'NodePort' }, status }, 'fieldManager=c', `${path}/status`)
    expect(answer.body).toMatchObject({ spec: { type: 'ClusterIP' }, status })
    expect(summary(answer).map(([name]) => name)).toEqual(['c Apply status', 'm Apply'])
    const main = await apply({ ...service, spec: { ports: [{ port: 80 }] }, status: {} }, 'fieldManager=m', path)
    expect(main.body['status']).toMatchObject(status)
    const other = { ...condition, status: 'False' }
    const refused = await apply({ ...service, status: { conditions: [other] } }, 'fieldManager=d', `${path}/status`)
    expect(refused.body['message']).toBe(
      'Apply failed with 1 conflict: conflict with "c" with subresource "status": .status.conditions[type="Ready"].status',
    )
  })

  it('to an object nobody was recorded for leaves the rest to a manager of its own', async () => {
    await server.call('POST', maps, configMap('x', { a: '1', b: '2' }))
    await server.call('PATCH', `${maps}/x`, { metadata: { managedFields: [] } }, mergeType)
    const unowned = await server.call('PATCH', `${maps}/x`, { data: { b: '3' } }, mergeType)
    expect(ownersOf(unowned)).toEqual([])
    const refused = await apply(configMap('x', { a: '9' }), 'fieldManager=m')
    expect(refused.body['message']).toContain('conflict with "before-first-apply" using v1: .data.a')
    const answer = await apply(configMap('x', { a: '9' }), 'fieldManager=m&force=true')
    expect(summary(answer)).toEqual([
      ['m Apply', { 'f:data': { 'f:a': {} } }],
      ['before-first-apply Update', { 'f:data': { '.': {}, 'f:b': {} } }],
    ])
  })
})

describe('an apply is refused', () => {
  const good = configMap('x', { a: '1' })
  const long = 'a'.repeat(129)

  it.each([
    ['without a manager', good, '', 422, 'fieldManager: Required value: is required for apply patch'],
    ['with a manager of a long name', good, `fieldManager=${long}`, 422, 'Too long: may not be more than 128 bytes'],
    ['with an unprintable manager', good, 'fieldManager=a%07', 422, 'invalid character U+0007 (at position 1)'],
    ['of another kind', { ...good, kind: 'Secret' }, 'fieldManager=m', 400, 'invalid object type: /v1, Kind=Secret'],
    [
      'of another version',
      { ...good, apiVersion: 'v2' },
      'fieldManager=m',
      400,
      'invalid object type: /v2, Kind=ConfigMap',
    ],
    ['of no object', [], 'fieldManager=m', 400, 'error decoding YAML'],
    ['of nothing', {}, 'fieldManager=m', 400, 'invalid object type: /, Kind='],
    [
      'with an unknown field',
      { ...good, colour: 'red' },
      'fieldManager=m',
      400,
      '.colour: field not declared in schema',
    ],
    ['with a wrong type', configMap('x', { a: 1 }), 'fieldManager=m', 400, '.data.a: expected string, got number'],
    [
      'with owners',
      configMap('x', {}, { managedFields: [] }),
      'fieldManager=m',
      400,
      'metadata.managedFields must be nil',
    ],
    ['under another name', configMap('y'), 'fieldManager=m', 400, 'the name of the object (y) does not match'],
    ['without a name', { ...good, metadata: {} }, 'fieldManager=m', 400, 'name must be provided'],
    [
      'for another namespace',
      configMap('x', {}, { namespace: 'o' }),
      'fieldManager=m',
      400,
      'does not match the namespace',
    ],
    ['with an identity that is not there', configMap('x', {}, { uid: 'u' }), 'fieldManager=m', 409, 'uid mismatch'],
  ] as const)('%s', async (_, object, query, code, message) => {
    const answer = await server.call('PATCH', `${maps}/x?${query}`, object, applyType)
    expect(answer.body['message']).toContain(message)
    expect(answer.code).toBe(code)
    expect((await server.call('GET', `${maps}/x`)).code).toBe(404)
  })

  it('with a state that is no longer, and with an identity that is not the object’s', async () => {
    await apply(good, 'fieldManager=m')
    expect((await apply(configMap('x', {}, { resourceVersion: '1' }), 'fieldManager=m')).code).toBe(409)
    expect((await apply(configMap('x', {}, { uid: 'u' }), 'fieldManager=m')).code).toBe(422)
  })

  it('as CBOR, with 415', async () => {
    const answer = await server.call('PATCH', `${maps}/x?fieldManager=m`, good, {
      'content-type': 'application/apply-patch+cbor',
    })
    expect(answer.code).toBe(415)
  })

  it('and other patches may not be forced', async () => {
    await apply(good, 'fieldManager=m')
    const answer = await server.call('PATCH', `${maps}/x?force=true`, {}, mergeType)
    expect(answer.code).toBe(422)
    expect(answer.body['message']).toContain('force: Forbidden: may not be specified for non-apply patch')
  })
})

describe('owners', () => {
  it('are recorded for every way to write, under the name before the slash of the User-Agent', async () => {
    const agent = { 'user-agent': 'gardener/1.2 (linux)' }
    const created = await server.call('POST', maps, configMap('x', { a: '1' }, { labels: { l: '1' } }), agent)
    expect(summary(created)).toEqual([
      ['gardener Update', { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } }],
    ])
    now += 1000
    await server.call('PUT', `${maps}/x?fieldManager=p`, configMap('x', { a: '2' }, { labels: { l: '1' } }))
    now += 1000
    const patched = await server.call('PATCH', `${maps}/x`, [{ op: 'add', path: '/data/b', value: '1' }], jsonType)
    expect(summary(patched)).toEqual([
      ['gardener Update', { 'f:data': {}, 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } }],
      ['p Update', { 'f:data': { 'f:a': {} } }],
      ['unknown Update', { 'f:data': { 'f:b': {} } }],
    ])
  })

  it('of a service do not include what the server gave it', async () => {
    const created = await server.call('POST', '/api/v1/namespaces/n/services', {
      metadata: { name: 's' },
      spec: { ports: [{ port: 80 }] },
    })
    const fields = (ownersOf(created)[0]?.fieldsV1['f:spec'] ?? {}) as JsonObject
    expect(Object.keys(fields)).toEqual(['f:internalTrafficPolicy', 'f:ports', 'f:sessionAffinity', 'f:type'])
  })

  it('stay when a client writes the object back without them', async () => {
    const before = await apply(configMap('x', { a: '1' }), 'fieldManager=m')
    const after = await server.call('PUT', `${maps}/x`, configMap('x', { a: '1' }))
    expect(after.body).toEqual(before.body)
  })

  const entry = {
    manager: 'me',
    operation: 'Apply',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': { 'f:a': {} } },
  }

  it.each([
    ['are the client’s to rewrite', [entry], 200, ['me Apply']],
    ['of versions that are not served are dropped', [{ ...entry, apiVersion: 'v7' }], 200, []],
    ['start over with an empty entry', [{}], 200, []],
    ['start over with none', [], 200, []],
    ['that make no sense leave the stored ones', [{ ...entry, operation: 'Wish' }], 200, ['m Apply']],
    ['of another format leave the stored ones', [{ ...entry, fieldsType: 'FieldsV9' }], 200, ['m Apply']],
    ['must have good names', [{ ...entry, manager: 'a'.repeat(129) }], 422, []],
    ['must have good subresources', [{ ...entry, subresource: 'a'.repeat(257) }], 422, []],
    ['must have the right types', [{ ...entry, manager: 5 }], 400, []],
  ] as const)('%s', async (_, managedFields, code, owners) => {
    await apply(configMap('x', { a: '1' }), 'fieldManager=m')
    const answer = await server.call('PATCH', `${maps}/x`, { metadata: { managedFields } }, mergeType)
    expect(answer.code).toBe(code)
    if (code === 200) expect(summary(answer).map(([name]) => name)).toEqual(owners)
  })

  it('change without the object changing', async () => {
    const before = await apply(configMap('x', { a: '1' }), 'fieldManager=m')
    const after = await apply(configMap('x', { a: '1' }), 'fieldManager=n')
    expect(summary(after).map(([name]) => name)).toEqual(['m Apply', 'n Apply'])
    expect(revisionOf(after)).not.toBe(revisionOf(before))
  })
})

describe('kubectl', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
  const lastApplied = (data: JsonObject) => ({ annotations: { [annotation]: JSON.stringify(configMap('x', data)) } })

  it('may take over with server-side apply what it applied itself before, and nothing else', async () => {
    const query = 'fieldManager=kubectl-client-side-apply'
    await server.call('POST', `${maps}?${query}`, configMap('x', { a: '1', b: '1' }, lastApplied({ a: '1', b: '1' })))
    const stranger = await apply(configMap('x', { a: '2' }), 'fieldManager=stranger')
    expect(stranger.code).toBe(409)
    await server.call('PATCH', `${maps}/x?fieldManager=editor`, { data: { b: '2' } }, mergeType)
    const edited = await apply(configMap('x', { a: '2', b: '3' }), 'fieldManager=kubectl')
    expect(edited.body['message']).toBe('Apply failed with 1 conflict: conflict with "editor" using v1: .data.b')
    const taken = await apply(configMap('x', { a: '2' }), 'fieldManager=kubectl')
    expect(taken.body['data']).toEqual({ a: '2', b: '2' })
  })

  it('finds in its annotation what was applied last, so that it can go back', async () => {
    await server.call('POST', maps, configMap('x', { a: '1' }, lastApplied({ a: '1' })))
    const answer = await apply(configMap('x', { a: '1', z: '1' }), 'fieldManager=kubectl')
    const { annotations } = answer.body['metadata'] as { annotations: Record<string, string> }
    expect(annotations[annotation]).toBe(
      '{"apiVersion":"v1","data":{"a":"1","z":"1"},"kind":"ConfigMap","metadata":{"name":"x"}}\n',
    )
  })

  it('moves its fields to server-side apply with a patch of the owners', async () => {
    await server.call('POST', `${maps}?fieldManager=kubectl-client-side-apply`, configMap('x', { a: '1' }))
    const { body } = await server.call('GET', `${maps}/x`)
    const [entry] = ownersOf({ body, code: 200, headers: {} })
    const metadata = body['metadata'] as JsonObject
    const moved = await server.call(
      'PATCH',
      `${maps}/x`,
      [
        {
          op: 'replace',
          path: '/metadata/managedFields',
          value: [{ ...entry, manager: 'kubectl', operation: 'Apply' }],
        },
        { op: 'replace', path: '/metadata/resourceVersion', value: metadata['resourceVersion'] },
      ],
      jsonType,
    )
    expect(summary(moved)).toEqual([['kubectl Apply', { 'f:data': { '.': {}, 'f:a': {} } }]])
    const after = await apply(configMap('x', {}), 'fieldManager=kubectl')
    expect(after.body).not.toHaveProperty('data.a')
  })
})

describe('an apply to a custom kind', () => {
  it('takes create as well as patch to create', async () => {
    const harbour = await openHarbour({
      authorizer: {
        authorize: (wanted) =>
          wanted.verb === 'create' && wanted.user.name === 'sailor'
            ? { allowed: false, reason: '' }
            : allowAll.authorize(wanted),
      },
    })
    const ask = { body: boat('gull', { spec: { sails: 1 } }), type: 'application/apply-patch+yaml' }
    const answer = await harbour.ask('PATCH', `${boatsPath}/gull?fieldManager=m`, ask)
    expect(answer.code).toBe(403)
    expect(answer.json['message']).toContain('cannot create resource "boats"')
    expect((await harbour.ask('GET', `${boatsPath}/gull`)).code).toBe(404)
    await harbour.close()
  })

  it('owns what it says but not what the schema fills in, and counts generations', async () => {
    const harbour = await openHarbour()
    const type = 'application/apply-patch+yaml'
    const apply = (spec: JsonObject, query = 'fieldManager=m', path = `${boatsPath}/gull`) =>
      harbour.ask('PATCH', `${path}?${query}`, { body: boat('gull', { spec, status: { knots: 3 } }), type })
    const first = await apply({ sails: 1 })
    expect(first.json).toMatchObject({ spec: { sails: 1, colour: 'white' }, metadata: { generation: 1 } })
    expect(first.json).not.toHaveProperty('status')
    expect(first.json.metadata?.managedFields?.[0]?.['fieldsV1']).toEqual({ 'f:spec': { 'f:sails': {} } })
    const painted = await apply({ colour: 'red' }, 'fieldManager=painter')
    expect(painted.code).toBe(200)
    expect(painted.json.metadata?.generation).toBe(2)
    const status = await apply({ sails: 9 }, 'fieldManager=pilot', `${boatsPath}/gull/status`)
    expect(status.json).toMatchObject({ spec: { sails: 1 }, status: { knots: 3 }, metadata: { generation: 2 } })
    const pilot = status.json.metadata?.managedFields?.find((entry) => entry['manager'] === 'pilot')
    expect(pilot).toMatchObject({ subresource: 'status', fieldsV1: { 'f:status': { 'f:knots': {} } } })
    await harbour.close()
  })
})

describe('hostile applies', () => {
  it('are never our fault', async () => {
    const key = fc.constantFrom(
      'metadata',
      'spec',
      'data',
      'ports',
      'containers',
      'name',
      'labels',
      'managedFields',
      'x',
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, 0, 1.5, '', 'a', true),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 3 }),
      ),
    }))
    const body = fc.record(
      {
        metadata: fc.oneof(fc.constant({ name: 'x' }), value),
        spec: value,
        data: value,
        status: value,
      },
      { requiredKeys: [] },
    )
    const kinds = fc.constantFrom(['configmaps', 'ConfigMap'], ['services', 'Service'], ['pods', 'Pod'])
    const wire = fc.constantFrom(applyType, mergeType)
    await fc.assert(
      fc.asyncProperty(kinds, body, wire, async ([resource, kind], content, type) => {
        const object = { apiVersion: 'v1', kind, ...content }
        const query = type === applyType ? '?fieldManager=m&force=true' : '?fieldManager=m'
        const answer = await server.call('PATCH', `/api/v1/namespaces/n/${resource}/x${query}`, object, type)
        expect(answer.code).toBeLessThan(500)
      }),
      { numRuns: 300 },
    )
  })
})
