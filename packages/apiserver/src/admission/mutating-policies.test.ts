import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { textAt } from '../core/fields.ts'
import { coreServer, type Answer, type CoreServer } from '../testing/core-server.ts'

const group = '/apis/admissionregistration.k8s.io'
const maps = '/api/v1/namespaces/default/configmaps'

let core: CoreServer

beforeEach(async () => {
  core = coreServer()
  await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'default', labels: { team: 'a' } } })
})

afterEach(async () => {
  await core.server.close()
  await core.store.close()
})

const resourceRules = [
  { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
]
const matchConstraints = { resourceRules }

async function made(path: string, body: JsonObject): Promise<void> {
  expect(await core.call('POST', `${group}/${path}`, body)).toMatchObject({ code: 201 })
}

async function mutating(mutations: JsonObject[], spec: JsonObject = {}, binding: JsonObject = {}): Promise<void> {
  const common = { matchConstraints, reinvocationPolicy: 'Never', mutations }
  await made('v1alpha1/mutatingadmissionpolicies', { metadata: { name: 'p' }, spec: { ...common, ...spec } })
  await made('v1alpha1/mutatingadmissionpolicybindings', {
    metadata: { name: 'b' },
    spec: { policyName: 'p', ...binding },
  })
}

const create = (data: JsonObject = { a: '1' }, metadata: JsonObject = {}): Promise<Answer> =>
  core.call('POST', maps, { metadata: { name: 'c', ...metadata }, data })
const message = ({ body }: Answer): string => textAt(body, 'message')
const configMapParams = { apiVersion: 'v1', kind: 'ConfigMap' }

describe('a mutating policy', () => {
  const patch = (expression: string): JsonObject => ({ patchType: 'JSONPatch', jsonPatch: { expression } })
  const merge = (expression: string): JsonObject => ({
    patchType: 'ApplyConfiguration',
    applyConfiguration: { expression },
  })
  const data = ({ body }: Answer): unknown => body['data']

  const changes: [string, JsonObject[], JsonObject][] = [
    ['adds', [patch('[JSONPatch{op: "add", path: "/data/b", value: "2"}]')], { a: '1', b: '2' }],
    [
      'replaces what is not there',
      [patch('[JSONPatch{op: "replace", path: "/data/b", value: "2"}]')],
      { a: '1', b: '2' },
    ],
    ['copies', [patch('[JSONPatch{op: "copy", from: "/data/a", path: "/data/b"}]')], { a: '1', b: '1' }],
    [
      'escapes',
      [patch('[JSONPatch{op: "add", path: "/data/" + jsonpatch.escapeKey("x.y"), value: "2"}]')],
      { a: '1', 'x.y': '2' },
    ],
    [
      'leaves alone what a test excludes',
      [
        patch(
          '[JSONPatch{op: "test", path: "/data/a", value: "2"}, JSONPatch{op: "add", path: "/data/b", value: "2"}]',
        ),
      ],
      { a: '1' },
    ],
    ['builds objects', [patch('[JSONPatch{op: "add", path: "/data", value: Object.data{q: "1"}}]')], { q: '1' }],
    ['merges', [merge('Object{data: Object.data{b: "2"}}')], { a: '1', b: '2' }],
    ['merges maps', [merge('Object{data: {"b": "2"}}')], { a: '1', b: '2' }],
    ['leaves out what is optional', [merge('Object{data: Object.data{?b: optional.none()}}')], { a: '1' }],
    [
      'sees what it did before',
      [
        patch('[JSONPatch{op: "add", path: "/data/b", value: "2"}]'),
        patch('[JSONPatch{op: "add", path: "/data/c", value: object.data.b + "3"}]'),
        merge('Object{data: Object.data{d: string(size(object.data))}}'),
      ],
      { a: '1', b: '2', c: '23', d: '3' },
    ],
  ]

  it.each(changes)('%s', async (_, mutations, expected) => {
    await mutating(mutations)
    const answer = await create()
    expect(answer).toMatchObject({ code: 201 })
    expect(data(answer)).toEqual(expected)
  })

  it('merges lists by their keys, as an apply does', async () => {
    const rules = [{ ...resourceRules[0], resources: ['services'] }]
    const expression =
      'Object{spec: Object.spec{ports: [Object.spec.ports{port: 80, protocol: "TCP", name: "web"}, Object.spec.ports{port: 81, protocol: "TCP", name: "more"}]}}'
    await mutating([merge(expression)], { matchConstraints: { resourceRules: rules } })
    const spec = { ports: [{ port: 80, name: 'old', targetPort: 8080 }] }
    const { code, body } = await core.call('POST', '/api/v1/namespaces/default/services', {
      metadata: { name: 's' },
      spec,
    })
    expect(code).toBe(201)
    expect(body['spec']).toMatchObject({
      ports: [
        { port: 80, name: 'web', targetPort: 8080 },
        { port: 81, name: 'more' },
      ],
    })
  })

  const refusals: [string, JsonObject[], JsonObject, { code: number; reason?: string; why: string }][] = [
    [
      'a path that is not there',
      [patch('[JSONPatch{op: "add", path: "/foo/b", value: "2"}]')],
      {},
      {
        code: 403,
        reason: 'Invalid',
        why: 'JSON Patch: add operation does not apply: doc is missing path: "/foo/b": missing value',
      },
    ],
    [
      'an unknown operation',
      [patch('[JSONPatch{op: "x", path: "/foo", value: 2}]')],
      {},
      { code: 403, why: 'JSON Patch: Unexpected kind: x' },
    ],
    [
      'a value that is not there',
      [patch('[JSONPatch{op: "add", path: "/data/b", value: object.data.zz}]')],
      {},
      { code: 403, reason: 'Invalid', why: 'resulted in error: no such key: zz' },
    ],
    [
      'an object at the wrong place',
      [merge('Object{data: Object.foo{b: "2"}}')],
      {},
      {
        code: 403,
        why: 'type mismatch: unexpected type name "Object.foo", expected "Object.data", which matches field name path from root Object type',
      },
    ],
    [
      'a field nobody knows',
      [merge('Object{foo: "2"}')],
      {},
      {
        code: 403,
        why: 'error applying patch: failed to convert patch object to typed object: .foo: field not declared in schema',
      },
    ],
    [
      'a condition without a value',
      [merge('Object{}')],
      { matchConditions: [{ name: 'm', expression: 'object.data.zz == "1"' }] },
      { code: 403, why: 'expression \'object.data.zz == "1"\' resulted in error: no such key: zz' },
    ],
  ]

  it.each(refusals)('refuses for %s', async (_, mutations, spec, { code, reason = 'Invalid', why }) => {
    await mutating(mutations, spec)
    const answer = await create()
    expect(answer).toMatchObject({ code, body: { reason } })
    expect(message(answer)).toContain("policy 'p' with binding 'b' denied request: ")
    expect(message(answer)).toContain(why)
  })

  it('lets pass what it cannot do when it fails open', async () => {
    await mutating([patch('[JSONPatch{op: "add", path: "/data/b", value: object.data.zz}]')], {
      failurePolicy: 'Ignore',
    })
    expect(data(await create())).toEqual({ a: '1' })
  })

  it('does not move objects', async () => {
    await mutating([merge('Object{metadata: Object.metadata{namespace: "other"}}')])
    expect(await create()).toMatchObject({ code: 400 })
  })

  it('uses variables and parameters', async () => {
    await core.call('POST', maps, { metadata: { name: 'limits' }, data: { value: 'five' } })
    await mutating(
      [merge('Object{data: Object.data{b: variables.x + params.data.value}}')],
      { paramKind: configMapParams, variables: [{ name: 'x', expression: '"is " + object.data.a + " of "' }] },
      { paramRef: { name: 'limits' } },
    )
    expect(data(await create())).toEqual({ a: '1', b: 'is 1 of five' })
  })

  it('sees once more what others did, when it asks for that', async () => {
    await mutating([merge('Object{data: Object.data{seen: string(size(object.data))}}')], {
      reinvocationPolicy: 'IfNeeded',
    })
    await made('v1beta1/mutatingadmissionpolicies', {
      metadata: { name: 'q' },
      spec: {
        matchConstraints,
        reinvocationPolicy: 'Never',
        mutations: [merge('Object{data: Object.data{more: "x"}}')],
      },
    })
    await made('v1beta1/mutatingadmissionpolicybindings', { metadata: { name: 'q' }, spec: { policyName: 'q' } })
    expect(data(await create())).toEqual({ a: '1', more: 'x', seen: '3' })
  })
})
