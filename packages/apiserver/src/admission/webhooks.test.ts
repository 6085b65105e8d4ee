import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { configMapRule, group, maps, message, useBench } from './testing/bench.ts'

const bench = useBench()
const { webhook, configure, create } = bench

describe('what a webhook is asked', () => {
  it('is a review with all of the request', async () => {
    await configure('validating', 'a', webhook({ timeoutSeconds: 7 }))
    await create('one', { a: '1' })
    expect(bench.hook.paths).toEqual(['/check?timeout=7s'])
    expect(bench.hook.requests[0]).toMatchObject({
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
    expect(bench.hook.requests[0]).not.toHaveProperty('subResource')
  })

  it('names the operation and the states of every kind of write', async () => {
    await configure('validating', 'a', webhook())
    await create('one', { a: '1' })
    await bench.core.call('PUT', `${maps}/one`, { metadata: { name: 'one' }, data: { a: '2' } })
    const patch = { 'content-type': 'application/merge-patch+json' }
    await bench.core.call('PATCH', `${maps}/one`, { data: { a: '3' } }, patch)
    const apply = { 'content-type': 'application/apply-patch+yaml' }
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' }, data: { b: '1' } }
    expect((await bench.core.call('PATCH', `${maps}/two?fieldManager=me`, applied, apply)).code).toBe(201)
    await bench.core.call('DELETE', `${maps}/two`)
    await create('three')
    await bench.core.call('DELETE', maps)
    const seen = bench.hook.requests.map(({ operation, name, object, oldObject, options }) => {
      const data = (each: unknown): unknown => (each as { data?: JsonObject } | null)?.data ?? null
      return [operation, name, data(object), data(oldObject), (options as JsonObject)['kind']]
    })
    expect(seen.slice(0, 6)).toEqual([
      ['CREATE', 'one', { a: '1' }, null, 'CreateOptions'],
      ['UPDATE', 'one', { a: '2' }, { a: '1' }, 'UpdateOptions'],
      ['UPDATE', 'one', { a: '3' }, { a: '2' }, 'PatchOptions'],
      ['CREATE', 'two', { b: '1' }, null, 'PatchOptions'],
      ['DELETE', 'two', null, { b: '1' }, 'DeleteOptions'],
      ['CREATE', 'three', null, null, 'CreateOptions'],
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
    expect(bench.hook.requests).toHaveLength(3)
    expect(bench.hook.connections()).toBe(1)
  })

  it('knows the subresource', async () => {
    const rules = [{ ...configMapRule, resources: ['namespaces/status', 'namespaces/finalize'] }]
    await configure('validating', 'a', webhook({ rules }))
    const status = { metadata: { name: 'default' }, status: { phase: 'Active' } }
    await bench.core.call('PUT', '/api/v1/namespaces/default/status', status)
    const finalize = { kind: 'Namespace', metadata: { name: 'default' }, spec: { finalizers: ['kubernetes'] } }
    await bench.core.call('PUT', '/api/v1/namespaces/default/finalize', finalize)
    expect(bench.hook.requests).toMatchObject([
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
    expect((await bench.core.call('POST', maps, object)).code).toBe(201)
    expect(bench.hook.requests).toHaveLength(asked ? 1 : 0)
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
    await bench.core.call('POST', '/api/v1/namespaces', { metadata: { name: 'plain' } })
    await bench.core.call('POST', '/api/v1/namespaces', { metadata: { name: 'labelled', labels: { new: 'yes' } } })
    expect(bench.hook.requests).toMatchObject([{ name: 'labelled', namespace: 'labelled', operation: 'CREATE' }])
  })

  it('not about webhooks and policies themselves', async () => {
    const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }]
    bench.hook.answer(() => ({ allowed: false }))
    await configure('validating', 'a', webhook({ rules }))
    await configure('mutating', 'b', webhook({ rules }))
    expect((await bench.core.call('DELETE', `${group}/v1/validatingwebhookconfigurations/a`)).code).toBe(200)
    expect(bench.hook.requests).toHaveLength(0)
  })

  it('from the next request on after a change', async () => {
    bench.hook.answer(() => ({ allowed: false }))
    await configure('validating', 'a', webhook())
    expect((await create('one')).code).toBe(400)
    await bench.core.call('DELETE', `${group}/v1/validatingwebhookconfigurations/a`)
    expect((await create('one')).code).toBe(201)
  })
})
