import { beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { makeCa } from '../auth/pki/certificates.ts'
import { configMapRule, group, maps, message, useBench } from './testing/bench.ts'
import { openWebhook, patchOf, type WebhookServer } from './testing/webhook-server.ts'

const bench = useBench()
const { webhook, configure, create } = bench

let otherCa: string

beforeAll(async () => {
  const { certificate } = await makeCa({ commonName: 'other', days: 1, now: new Date() })
  otherCa = Buffer.from(certificate).toString('base64')
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
    bench.hook.answer(() => ({ allowed: false, ...response }))
    await configure('validating', 'a', webhook())
    const answer = await create('one')
    expect(answer.code).toBe(expected.code)
    expect(answer.body['reason']).toBe(expected.reason)
    expect(message(answer)).toBe(`admission webhook "check.berth.example" denied the request${expected.message}`)
    expect((await bench.core.call('GET', `${maps}/one`)).code).toBe(404)
  })

  it('warns', async () => {
    bench.hook.answer(() => ({ allowed: true, warnings: ['be careful'] }))
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
    bench.hook.answer(response)
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
      () => ({ clientConfig: { url: bench.hook.url, caBundle: otherCa } }),
      'x509: certificate signed by unknown authority',
    ],
    [
      'needs the system to be trusted',
      () => ({ clientConfig: { url: bench.hook.url } }),
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
    await configure('validating', 'a', webhook({ failurePolicy: 'Fail', ...(await fail(bench.hook)) }))
    const answer = await create('one')
    expect(answer.code).toBe(500)
    expect(answer.body['reason']).toBe('InternalError')
    expect(message(answer)).toContain('Internal error occurred: failed calling webhook "check.berth.example": ')
    expect(message(answer)).toContain(why)
    expect(message(answer)).not.toContain('secret')
    const path = `${group}/v1/validatingwebhookconfigurations/a`
    const forgive = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }]
    const patch = { 'content-type': 'application/json-patch+json' }
    expect((await bench.core.call('PATCH', path, forgive, patch)).code).toBe(200)
    expect((await create('one')).code).toBe(201)
  })

  it('takes no dry run when it has side effects nobody can take back', async () => {
    await configure('validating', 'a', webhook())
    const stored = bench.core.store.get('admissionregistration.k8s.io/validatingwebhookconfigurations', 'a')
    // Older clients could store this; no one can any more.
    const value = Buffer.from(String(stored?.value).replace('"sideEffects":"None"', '"sideEffects":"Some"'))
    await bench.core.store.write([
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
  const dataOf = async (name: string): Promise<unknown> =>
    (await bench.core.call('GET', `${maps}/${name}`)).body['data']

  it('changes what is stored, and validating ones see it', async () => {
    await configure('mutating', 'a', webhook({ rules: [{ ...configMapRule, operations: ['CREATE'] }] }))
    await configure(
      'validating',
      'b',
      webhook({ clientConfig: { url: `${bench.hook.url}/b`, caBundle: bench.hook.caBundle } }),
    )
    bench.hook.answer((request) =>
      bench.hook.requests.length === 1 ? add('added', 'yes') : { allowed: true, seen: request['uid'] ?? '' },
    )
    expect((await create('one', { a: '1' })).code).toBe(201)
    expect(await dataOf('one')).toEqual({ a: '1', added: 'yes' })
    expect(bench.hook.requests[1]).toMatchObject({ object: { data: { a: '1', added: 'yes' } } })
  })

  it('in order of the names of configurations, each seeing the one before', async () => {
    const named = (name: string): JsonObject =>
      webhook({
        name: `${name}.berth.example`,
        clientConfig: { url: `${bench.hook.url}/${name}`, caBundle: bench.hook.caBundle },
      })
    await configure('mutating', 'b', named('second'))
    await configure('mutating', 'a', named('first'))
    bench.hook.answer(() => add(`k${bench.hook.requests.length}`, 'x'))
    await create('one', { kept: '' })
    expect(bench.hook.paths.map((path) => path.split('?')[0])).toEqual(['/first', '/second'])
    expect(bench.hook.requests[1]).toMatchObject({ object: { data: { k1: 'x' } } })
  })

  it('once more when it asks for it and somebody changed the object after it', async () => {
    const named = (name: string, reinvocationPolicy: string): JsonObject =>
      webhook({
        name: `${name}.berth.example`,
        reinvocationPolicy,
        clientConfig: { url: `${bench.hook.url}/${name}`, caBundle: bench.hook.caBundle },
      })
    await configure('mutating', 'a', named('again', 'IfNeeded'), named('never', 'Never'), named('last', 'Never'))
    bench.hook.answer(() =>
      bench.hook.paths.at(-1)?.startsWith('/last') === true ? add('last', 'x') : { allowed: true },
    )
    expect((await create('one', { kept: '' })).code).toBe(201)
    expect(bench.hook.paths.map((path) => path.split('?')[0])).toEqual(['/again', '/never', '/last', '/again'])
    expect(bench.hook.requests[3]).toMatchObject({ object: { data: { last: 'x' } } })
  })

  it('but not what belongs to the server', async () => {
    bench.hook.answer(() =>
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
    bench.hook.answer(() => patchOf({ op: 'replace', path: '/metadata/namespace', value: 'other' }))
    await configure('mutating', 'a', webhook())
    const answer = await create('one')
    expect(answer.code).toBe(400)
    expect(message(answer)).toBe(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  })

  it('nor makes it invalid', async () => {
    bench.hook.answer(() => patchOf({ op: 'add', path: '/data/bad key', value: 'x' }))
    await configure('mutating', 'a', webhook())
    expect((await create('one', { kept: '' })).code).toBe(422)
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
    bench.hook.answer(() => response)
    await configure('mutating', 'a', webhook())
    const answer = await create('one')
    expect(answer.code).toBe(500)
    expect(message(answer)).toContain(why)
  })
})

it('a webhook is reached as a service, by the certificate of its service name', async () => {
  const service = await openWebhook({ hostnames: ['hooks.default.svc'], addresses: [] })
  try {
    await bench.core.call('POST', '/api/v1/namespaces/default/services', {
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
    await bench.core.store.write([
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
