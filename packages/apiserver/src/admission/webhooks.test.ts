import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { makeCa } from '../auth/pki/certificates.ts'
import { textAt } from '../core/fields.ts'
import { coreServer, type Answer, type CoreServer } from '../testing/core-server.ts'
import { openWebhook, patchOf, type WebhookServer } from './testing/webhook-server.ts'

const group = '/apis/admissionregistration.k8s.io/v1'
const maps = '/api/v1/namespaces/default/configmaps'

let core: CoreServer
let hook: WebhookServer
let otherCa: string

beforeAll(async () => {
  const { certificate } = await makeCa({ commonName: 'other', days: 1, now: new Date() })
  otherCa = Buffer.from(certificate).toString('base64')
})

beforeEach(async () => {
  core = coreServer()
  hook = await openWebhook()
  await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'default', labels: { team: 'a' } } })
})

afterEach(async () => {
  await core.server.close()
  await hook.close()
  await core.store.close()
})

const configMapRule = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }

function webhook(more: JsonObject = {}): JsonObject {
  return {
    name: 'check.berth.example',
    clientConfig: { url: `${hook.url}/check`, caBundle: hook.caBundle },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    rules: [configMapRule],
    ...more,
  }
}

type Kind = 'validating' | 'mutating'

async function configure(kind: Kind, name: string, ...webhooks: JsonObject[]): Promise<void> {
  const answer = await core.call('POST', `${group}/${kind}webhookconfigurations`, { metadata: { name }, webhooks })
  expect(answer).toMatchObject({ code: 201 })
}

const configMap = (name: string, data: JsonObject = {}): JsonObject => ({ metadata: { name }, data })
const create = (name: string, data: JsonObject = {}, query = ''): Promise<Answer> =>
  core.call('POST', `${maps}${query}`, configMap(name, data))
const message = ({ body }: Answer): string => textAt(body, 'message')

describe('what a webhook is asked', () => {
  it('is a review with all of the request', async () => {
    await configure('validating', 'a', webhook({ timeoutSeconds: 7 }))
    await create('one', { a: '1' })
    expect(hook.paths).toEqual(['/check?timeout=7s'])
    expect(hook.requests[0]).toMatchObject({
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      requestResource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'one',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'test', groups: ['system:masters', 'system:authenticated'] },
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'one', namespace: 'default' },
        data: { a: '1' },
      },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    })
    expect(hook.requests[0]).not.toHaveProperty('subResource')
  })

  it('names the operation and the states of every kind of write', async () => {
    await configure('validating', 'a', webhook())
    await create('one', { a: '1' })
    await core.call('PUT', `${maps}/one`, configMap('one', { a: '2' }))
    const patch = { 'content-type': 'application/merge-patch+json' }
    await core.call('PATCH', `${maps}/one`, { data: { a: '3' } }, patch)
    const apply = { 'content-type': 'application/apply-patch+yaml' }
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('two', { b: '1' }) }
    expect((await core.call('PATCH', `${maps}/two?fieldManager=me`, applied, apply)).code).toBe(201)
    await core.call('DELETE', `${maps}/two`)
    await create('three')
    await core.call('DELETE', maps)
    const seen = hook.requests.map(({ operation, name, object, oldObject, options }) => {
      const data = (each: unknown): unknown => (each as { data?: JsonObject } | null)?.data ?? null
      return [operation, name, data(object), data(oldObject), (options as JsonObject)['kind']]
    })
    expect(seen.slice(0, 6)).toEqual([
      ['CREATE', 'one', { a: '1' }, null, 'CreateOptions'],
      ['UPDATE', 'one', { a: '2' }, { a: '1' }, 'UpdateOptions'],
      ['UPDATE', 'one', { a: '3' }, { a: '2' }, 'PatchOptions'],
      ['CREATE', 'two', { b: '1' }, null, 'PatchOptions'],
      ['DELETE', 'two', null, { b: '1' }, 'DeleteOptions'],
      ['CREATE', 'three', {}, null, 'CreateOptions'],
    ])
    expect(seen.slice(6).map(([operation, name]) => [operation, name])).toEqual(
      expect.arrayContaining([
        ['DELETE', 'one'],
        ['DELETE', 'three'],
      ]),
    )
  })

  it('goes over one connection as long as it is kept', async () => {
    await configure('validating', 'a', webhook())
    for (const name of ['one', 'two', 'three']) await create(name)
    expect(hook.requests).toHaveLength(3)
    expect(hook.connections()).toBe(1)
  })

  it('knows the subresource', async () => {
    const rules = [{ ...configMapRule, resources: ['namespaces/status', 'namespaces/finalize'] }]
    await configure('validating', 'a', webhook({ rules }))
    const status = { metadata: { name: 'default' }, status: { phase: 'Active' } }
    await core.call('PUT', '/api/v1/namespaces/default/status', status)
    const finalize = { kind: 'Namespace', metadata: { name: 'default' }, spec: { finalizers: ['kubernetes'] } }
    await core.call('PUT', '/api/v1/namespaces/default/finalize', finalize)
    expect(hook.requests).toMatchObject([
      { operation: 'UPDATE', subResource: 'status', requestSubResource: 'status', namespace: 'default' },
      { operation: 'UPDATE', subResource: 'finalize', oldObject: { kind: 'Namespace' } },
    ])
  })
})

describe('who is asked', () => {
  const cases: [string, JsonObject, boolean][] = [
    ['a rule for the resource', {}, true],
    [
      'a rule for everything',
      { rules: [{ ...configMapRule, apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] },
      true,
    ],
    ['a rule for its subresources', { rules: [{ ...configMapRule, resources: ['configmaps/*'] }] }, true],
    ['a rule for another resource', { rules: [{ ...configMapRule, resources: ['secrets', '*/status'] }] }, false],
    ['a rule for another operation', { rules: [{ ...configMapRule, operations: ['DELETE'] }] }, false],
    ['a rule for another version', { rules: [{ ...configMapRule, apiVersions: ['v2'] }] }, false],
    ['a rule for another group', { rules: [{ ...configMapRule, apiGroups: ['apps'] }] }, false],
    ['a rule for cluster-scoped objects', { rules: [{ ...configMapRule, scope: 'Cluster' }] }, false],
    ['a rule for namespaced objects', { rules: [{ ...configMapRule, scope: 'Namespaced' }] }, true],
    ['no rules', { rules: [] }, false],
    ['a selected namespace', { namespaceSelector: { matchLabels: { team: 'a' } } }, true],
    ['another namespace', { namespaceSelector: { matchLabels: { team: 'b' } } }, false],
    ['a selected object', { objectSelector: { matchLabels: { x: 'y' } } }, true],
    ['another object', { objectSelector: { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] } }, false],
    [
      'a condition that holds',
      { matchConditions: [{ name: 'a', expression: 'request.userInfo.username == "test"' }] },
      true,
    ],
    [
      'a condition that does not',
      { matchConditions: [{ name: 'a', expression: 'object.metadata.name == "x"' }] },
      false,
    ],
    [
      'a condition without a value, forgiven',
      { failurePolicy: 'Ignore', matchConditions: [{ name: 'a', expression: 'object.nothing == 1' }] },
      false,
    ],
  ]

  it.each(cases)('%s', async (_, more, asked) => {
    await configure('validating', 'a', webhook(more))
    const object = { metadata: { name: 'one', labels: { x: 'y' } } }
    expect((await core.call('POST', maps, object)).code).toBe(201)
    expect(hook.requests).toHaveLength(asked ? 1 : 0)
  })

  it('a condition without a value is a refusal', async () => {
    const matchConditions = [{ name: 'a', expression: 'object.nothing == 1' }]
    await configure('validating', 'a', webhook({ matchConditions }))
    const answer = await create('one')
    expect(answer.code).toBe(403)
    expect(message(answer)).toBe(
      'configmaps "one" is forbidden: expression \'object.nothing == 1\' resulted in error: no such key: nothing',
    )
  })

  it('namespaces select themselves, by the labels they are about to have', async () => {
    const rules = [{ ...configMapRule, resources: ['namespaces'], scope: 'Cluster' }]
    await configure('validating', 'a', webhook({ rules, namespaceSelector: { matchLabels: { new: 'yes' } } }))
    await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'plain' } })
    await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'labelled', labels: { new: 'yes' } } })
    expect(hook.requests).toMatchObject([{ name: 'labelled', namespace: 'labelled', operation: 'CREATE' }])
  })

  it('not about webhooks and policies themselves', async () => {
    const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }]
    hook.answer(() => ({ allowed: false }))
    await configure('validating', 'a', webhook({ rules }))
    await configure('mutating', 'b', webhook({ rules }))
    expect((await core.call('DELETE', `${group}/validatingwebhookconfigurations/a`)).code).toBe(200)
    expect(hook.requests).toHaveLength(0)
  })

  it('from the next request on after a change', async () => {
    hook.answer(() => ({ allowed: false }))
    await configure('validating', 'a', webhook())
    expect((await create('one')).code).toBe(400)
    await core.call('DELETE', `${group}/validatingwebhookconfigurations/a`)
    expect((await create('one')).code).toBe(201)
  })
})

describe('what a webhook answers', () => {
  const denials: [string, JsonObject, { code: number; message: string; reason?: string }][] = [
    ['nothing more', {}, { code: 400, message: ' without explanation' }],
    ['a message', { status: { message: 'no' } }, { code: 400, message: ': no' }],
    ['a code', { status: { message: 'no', code: 403 } }, { code: 403, message: ': no' }],
    [
      'a reason',
      { status: { reason: 'Forbidden', code: 403 } },
      { code: 403, message: ': Forbidden', reason: 'Forbidden' },
    ],
    ['a code of success', { status: { code: 200, message: 'no' } }, { code: 400, message: ': no' }],
  ]

  it.each(denials)('denies with %s', async (_, response, expected) => {
    hook.answer(() => ({ allowed: false, ...response }))
    await configure('validating', 'a', webhook())
    const answer = await create('one')
    expect(answer.code).toBe(expected.code)
    expect(answer.body['reason']).toBe(expected.reason)
    expect(message(answer)).toBe(`admission webhook "check.berth.example" denied the request${expected.message}`)
    expect((await core.call('GET', `${maps}/one`)).code).toBe(404)
  })

  it('warns', async () => {
    hook.answer(() => ({ allowed: true, warnings: ['be careful'] }))
    await configure('validating', 'a', webhook())
    expect((await create('one')).headers['warning']).toEqual(['299 - "be careful"'])
  })

  const bad: [string, (request: JsonObject) => JsonObject, string][] = [
    ['another uid', () => ({ uid: 'x', allowed: true }), 'expected response.uid='],
    [
      'a patch',
      () => patchOf({ op: 'add', path: '/data/x', value: '1' }),
      'validating webhook may not return response.patch',
    ],
    [
      'a patch type',
      () => ({ allowed: true, patchType: 'JSONPatch' }),
      'validating webhook may not return response.patchType',
    ],
  ]

  it.each(bad)('is not taken with %s', async (_, response, why) => {
    hook.answer(response)
    await configure('validating', 'a', webhook())
    const answer = await create('one')
    expect(answer.code).toBe(500)
    expect(message(answer)).toContain(
      `Internal error occurred: failed calling webhook "check.berth.example": received invalid webhook response: ${why}`,
    )
  })
})

describe('a webhook that fails', () => {
  const faults: [string, (server: WebhookServer) => JsonObject | Promise<JsonObject>, string][] = [
    [
      'refuses connections',
      async (server) => {
        await server.close()
        return {}
      },
      'connect: connection refused',
    ],
    [
      'is not trusted',
      () => ({ clientConfig: { url: hook.url, caBundle: otherCa } }),
      'x509: certificate signed by unknown authority',
    ],
    [
      'needs the system to be trusted',
      () => ({ clientConfig: { url: hook.url } }),
      'x509: certificate signed by unknown authority',
    ],
    [
      'goes by another name',
      (server) => ({ clientConfig: { url: `https://localhost:${server.port}`, caBundle: server.caBundle } }),
      'x509: certificate is not valid for localhost',
    ],
    [
      'does not answer in time',
      (server) => {
        server.answer(() => {})
        return { timeoutSeconds: 1 }
      },
      'context deadline exceeded',
    ],
    [
      'hangs up',
      (server) => {
        server.answer((_, { answer }) => {
          answer.destroy()
        })
        return {}
      },
      'EOF',
    ],
    [
      'answers without end',
      (server) => {
        server.answer((_, { answer }) => {
          answer.end(Buffer.alloc(6 * 1024 * 1024, ' '))
        })
        return {}
      },
      'the answer is longer than',
    ],
    [
      'has an error of its own',
      (server) => {
        server.answer((_, { answer }) => {
          answer.writeHead(500).end('secret')
        })
        return {}
      },
      'an error on the server',
    ],
    [
      'sends elsewhere',
      (server) => {
        server.answer((_, { answer }) => {
          answer.writeHead(302, { location: `${server.url}/other` }).end()
        })
        return {}
      },
      'status code 302',
    ],
    [
      'does not speak JSON',
      (server) => {
        server.answer((_, { answer }) => {
          answer.end('<html>')
        })
        return {}
      },
      'the answer is not JSON',
    ],
    [
      'is a service that is not there',
      () => ({ clientConfig: { service: { namespace: 'default', name: 'nobody' } } }),
      'service "nobody" not found',
    ],
  ]

  it.each(faults)('and %s', async (_, fail, why) => {
    await configure('validating', 'a', webhook({ failurePolicy: 'Fail', ...(await fail(hook)) }))
    const answer = await create('one')
    expect(answer.code).toBe(500)
    expect(answer.body['reason']).toBe('InternalError')
    expect(message(answer)).toContain('Internal error occurred: failed calling webhook "check.berth.example": ')
    expect(message(answer)).toContain(why)
    expect(message(answer)).not.toContain('secret')
    const path = `${group}/validatingwebhookconfigurations/a`
    const forgive = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }]
    const patch = { 'content-type': 'application/json-patch+json' }
    expect((await core.call('PATCH', path, forgive, patch)).code).toBe(200)
    expect((await create('one')).code).toBe(201)
  })

  it('takes no dry run when it has side effects nobody can take back', async () => {
    await configure('validating', 'a', webhook())
    const stored = core.store.get('admissionregistration.k8s.io/validatingwebhookconfigurations', 'a')
    // Older clients could store this; no one can any more.
    const value = Buffer.from(String(stored?.value).replace('"sideEffects":"None"', '"sideEffects":"Some"'))
    await core.store.write([
      {
        op: 'put',
        collection: 'admissionregistration.k8s.io/validatingwebhookconfigurations',
        key: 'a',
        encode: () => value,
      },
    ])
    const answer = await create('one', {}, '?dryRun=All')
    expect(answer.code).toBe(400)
    expect(message(answer)).toBe('admission webhook "check.berth.example" does not support dry run')
    expect((await create('one')).code).toBe(201)
  })
})

describe('a webhook that changes things', () => {
  const add = (key: string, value: string): JsonObject => patchOf({ op: 'add', path: `/data/${key}`, value })
  const dataOf = async (name: string): Promise<unknown> => (await core.call('GET', `${maps}/${name}`)).body['data']

  it('changes what is stored, and validating ones see it', async () => {
    await configure('mutating', 'a', webhook({ rules: [{ ...configMapRule, operations: ['CREATE'] }] }))
    await configure('validating', 'b', webhook({ clientConfig: { url: `${hook.url}/b`, caBundle: hook.caBundle } }))
    hook.answer((request) =>
      hook.requests.length === 1 ? add('added', 'yes') : { allowed: true, seen: request['uid'] ?? '' },
    )
    expect((await create('one', { a: '1' })).code).toBe(201)
    expect(await dataOf('one')).toEqual({ a: '1', added: 'yes' })
    expect(hook.requests[1]).toMatchObject({ object: { data: { a: '1', added: 'yes' } } })
  })

  it('in order of the names of configurations, each seeing the one before', async () => {
    const named = (name: string): JsonObject =>
      webhook({ name: `${name}.berth.example`, clientConfig: { url: `${hook.url}/${name}`, caBundle: hook.caBundle } })
    await configure('mutating', 'b', named('second'))
    await configure('mutating', 'a', named('first'))
    hook.answer(() => add(`k${hook.requests.length}`, 'x'))
    await create('one', {})
    expect(hook.paths.map((path) => path.split('?')[0])).toEqual(['/first', '/second'])
    expect(hook.requests[1]).toMatchObject({ object: { data: { k1: 'x' } } })
  })

  it('once more when it asks for it and somebody changed the object after it', async () => {
    const named = (name: string, reinvocationPolicy: string): JsonObject =>
      webhook({
        name: `${name}.berth.example`,
        reinvocationPolicy,
        clientConfig: { url: `${hook.url}/${name}`, caBundle: hook.caBundle },
      })
    await configure('mutating', 'a', named('again', 'IfNeeded'), named('never', 'Never'), named('last', 'Never'))
    hook.answer(() => (hook.paths.at(-1)?.startsWith('/last') === true ? add('last', 'x') : { allowed: true }))
    expect((await create('one', {})).code).toBe(201)
    expect(hook.paths.map((path) => path.split('?')[0])).toEqual(['/again', '/never', '/last', '/again'])
    expect(hook.requests[3]).toMatchObject({ object: { data: { last: 'x' } } })
  })

  it('but not what belongs to the server', async () => {
    hook.answer(() =>
      patchOf(
        { op: 'add', path: '/metadata/uid', value: 'mine' },
        { op: 'add', path: '/metadata/creationTimestamp', value: '2001-01-01T00:00:00Z' },
        { op: 'add', path: '/metadata/labels', value: { ok: 'yes' } },
      ),
    )
    await configure('mutating', 'a', webhook())
    const { body } = await create('one')
    expect(body['metadata']).toMatchObject({ labels: { ok: 'yes' } })
    expect(body['metadata']).not.toMatchObject({ uid: 'mine' })
    expect(body['metadata']).not.toMatchObject({ creationTimestamp: '2001-01-01T00:00:00Z' })
  })

  it('nor moves it to another namespace', async () => {
    hook.answer(() => patchOf({ op: 'replace', path: '/metadata/namespace', value: 'other' }))
    await configure('mutating', 'a', webhook())
    const answer = await create('one')
    expect(answer.code).toBe(400)
    expect(message(answer)).toBe(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  })

  it('nor makes it invalid', async () => {
    hook.answer(() => patchOf({ op: 'add', path: '/data/bad key', value: 'x' }))
    await configure('mutating', 'a', webhook())
    expect((await create('one')).code).toBe(422)
  })

  const bad: [string, JsonObject, string][] = [
    [
      'a patch without a type',
      { allowed: true, patch: 'W10=' },
      'webhook returned response.patch but not response.patchType',
    ],
    [
      'a type without a patch',
      { allowed: true, patchType: 'JSONPatch' },
      'webhook returned response.patchType but not response.patch',
    ],
    ['a patch that is not JSON', { allowed: true, patchType: 'JSONPatch', patch: 'eA==' }, 'is not JSON'],
    ['a patch that does not fit', patchOf({ op: 'remove', path: '/nothing' }), '/nothing'],
    [
      'a patch of another type',
      { ...patchOf({ op: 'add', path: '/data/x', value: '' }), patchType: 'Merge' },
      'unsupported patch type "Merge"',
    ],
  ]

  it.each(bad)('is not taken with %s', async (_, response, why) => {
    hook.answer(() => response)
    await configure('mutating', 'a', webhook())
    const answer = await create('one')
    expect(answer.code).toBe(500)
    expect(message(answer)).toContain(why)
  })
})

it('a webhook is reached as a service, by the certificate of its service name', async () => {
  const service = await openWebhook({ hostnames: ['hooks.default.svc'], addresses: [] })
  try {
    await core.call('POST', '/api/v1/namespaces/default/services', {
      metadata: { name: 'hooks' },
      spec: { ports: [{ port: 443 }] },
    })
    const config = { service: { namespace: 'default', name: 'hooks', path: '/x' }, caBundle: service.caBundle }
    await configure('validating', 'a', webhook({ clientConfig: config }))
    const nowhere = await create('one')
    expect(message(nowhere)).toContain('Post "https://hooks.default.svc:443/x?timeout=10s": no endpoints available')
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'hooks-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'hooks' } },
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: '', port: service.port }],
    }
    await core.store.write([
      {
        op: 'put',
        collection: 'discovery.k8s.io/endpointslices',
        key: 'default/hooks-1',
        encode: () => Buffer.from(JSON.stringify(slice)),
      },
    ])
    expect((await create('one')).code).toBe(201)
    expect(service.paths).toEqual(['/x?timeout=10s'])
  } finally {
    await service.close()
  }
})
