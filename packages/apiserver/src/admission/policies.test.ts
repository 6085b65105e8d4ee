import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { objectAt, textAt } from '../core/fields.ts'
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

async function validating(spec: JsonObject, binding: JsonObject = {}): Promise<void> {
  await made('v1/validatingadmissionpolicies', { metadata: { name: 'p' }, spec: { matchConstraints, ...spec } })
  await made('v1/validatingadmissionpolicybindings', {
    metadata: { name: 'b' },
    spec: { policyName: 'p', validationActions: ['Deny'], ...binding },
  })
}

const create = (data: JsonObject = { a: '1' }, metadata: JsonObject = {}): Promise<Answer> =>
  core.call('POST', maps, { metadata: { name: 'c', ...metadata }, data })
const message = ({ body }: Answer): string => textAt(body, 'message')
const configMapParams = { apiVersion: 'v1', kind: 'ConfigMap' }
const deny = "configmaps \"c\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: "

describe('a validating policy', () => {
  const denials: [string, JsonObject, { code: number; why: string }][] = [
    [
      'its expression',
      { expression: 'object.data.a == "2"' },
      { code: 422, why: 'failed expression: object.data.a == "2"' },
    ],
    ['its message', { expression: 'false', message: 'no' }, { code: 422, why: 'no' }],
    ['its reason', { expression: 'false', message: 'no', reason: 'Forbidden' }, { code: 403, why: 'no' }],
    ['too much', { expression: 'false', message: 'no', reason: 'RequestEntityTooLarge' }, { code: 413, why: 'no' }],
    [
      'a computed message',
      { expression: 'false', messageExpression: '"got " + object.data.a' },
      { code: 422, why: 'got 1' },
    ],
    [
      'its message for an empty one',
      { expression: 'false', messageExpression: '" "', message: 'fb' },
      { code: 422, why: 'fb' },
    ],
    [
      'its message for two lines',
      { expression: 'false', messageExpression: '"a\\nb"', message: 'fb' },
      { code: 422, why: 'fb' },
    ],
    [
      'an expression without a value',
      { expression: 'object.data.zzz == "2"', message: 'no' },
      { code: 422, why: 'expression \'object.data.zzz == "2"\' resulted in error: no such key: zzz' },
    ],
    [
      'a variable without a value',
      { expression: 'variables.v == "1"' },
      {
        code: 422,
        why: 'expression \'variables.v == "1"\' resulted in error: composited variable "v" fails to evaluate: no such key: zzz',
      },
    ],
    [
      'an expression that costs too much',
      { expression: `${'[1,2,3,4,5,6,7,8,9,10].all(x, '.repeat(6)}true${')'.repeat(6)}` },
      { code: 422, why: 'actual cost limit exceeded' },
    ],
  ]

  it.each(denials)('denies with %s', async (_, validation, { code, why }) => {
    await validating({ validations: [validation], variables: [{ name: 'v', expression: 'object.data.zzz' }] })
    const answer = await create()
    expect(answer.code).toBe(code)
    expect(message(answer)).toContain(deny)
    expect(message(answer)).toContain(why)
    expect(answer.body['details']).toMatchObject({ name: 'c', kind: 'configmaps', causes: [{}] })
  })

  it('forgives what has no value when it fails open, and nothing else', async () => {
    const validations: JsonObject[] = [
      { expression: 'object.data.zzz == "2"' },
      { expression: 'object.data.a == "1"', message: 'not one' },
    ]
    await validating({ validations, failurePolicy: 'Ignore' })
    expect((await create()).code).toBe(201)
    expect(message(await create({ a: '2' }, { name: 'd' }))).toContain('not one')
  })

  it('warns instead of denying', async () => {
    await validating(
      { validations: [{ expression: 'false', message: 'careful' }] },
      { validationActions: ['Warn', 'Audit'] },
    )
    const { code, headers } = await create()
    expect(code).toBe(201)
    expect(headers['warning']).toEqual([
      `299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': careful"`,
    ])
  })

  it('is not asked without a binding, nor outside of the binding', async () => {
    await made('v1/validatingadmissionpolicies', {
      metadata: { name: 'p' },
      spec: { matchConstraints, validations: [{ expression: 'false' }] },
    })
    expect((await create()).code).toBe(201)
    await made('v1/validatingadmissionpolicybindings', {
      metadata: { name: 'b' },
      spec: {
        policyName: 'p',
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { team: 'b' } } },
      },
    })
    expect((await create({}, { name: 'd' })).code).toBe(201)
  })

  it('leaves excluded objects and other names alone', async () => {
    const excludeResourceRules = [{ ...resourceRules[0], resourceNames: ['free'] }]
    await validating({
      matchConstraints: { resourceRules, excludeResourceRules },
      validations: [{ expression: 'false' }],
    })
    expect((await create({}, { name: 'free' })).code).toBe(201)
    expect((await create()).code).toBe(422)
  })

  it('sees namespace, request and what the user may do', async () => {
    await validating({
      validations: [
        {
          expression:
            'namespaceObject.metadata.labels.team == "a" && request.namespace == "default" && request.kind.kind == "ConfigMap"' +
            ' && authorizer.group("").resource("pods").check("get").allowed()' +
            ' && authorizer.requestResource.check("delete").allowed() && oldObject == null',
        },
      ],
    })
    expect((await create()).code).toBe(201)
  })

  const params: [string, JsonObject, JsonObject, string | undefined][] = [
    ['is found by its name', configMapParams, { name: 'limits', parameterNotFoundAction: 'Deny' }, undefined],
    [
      'is found by a selector',
      configMapParams,
      { selector: { matchLabels: { is: 'limit' } }, parameterNotFoundAction: 'Deny' },
      undefined,
    ],
    [
      'is missing',
      configMapParams,
      { name: 'nope', parameterNotFoundAction: 'Deny' },
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    ],
    [
      'is missing and need not be there',
      configMapParams,
      { name: 'nope', parameterNotFoundAction: 'Allow' },
      undefined,
    ],
    [
      'is of a cluster-scoped kind in a namespace',
      { apiVersion: 'v1', kind: 'Namespace' },
      { name: 'default', namespace: 'default', parameterNotFoundAction: 'Deny' },
      'failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    ],
  ]

  it.each(params)('whose parameter %s', async (_, paramKind, paramRef, why) => {
    await core.call('POST', maps, { metadata: { name: 'limits', labels: { is: 'limit' } }, data: { allowed: '1' } })
    const validations = [{ expression: 'params.data.allowed == object.data.a' }]
    await validating({ paramKind, validations }, { paramRef })
    const answer = await create()
    expect(answer.code).toBe(why === undefined ? 201 : 422)
    if (why !== undefined) expect(message(answer)).toBe(deny + why)
  })

  it('whose parameters are of a kind nobody knows', async () => {
    const paramKind = { apiVersion: 'foo.bar/v1', kind: 'Nope' }
    await validating(
      { paramKind, validations: [{ expression: 'true' }] },
      { paramRef: { name: 'x', parameterNotFoundAction: 'Deny' } },
    )
    expect(message(await create())).toBe(
      "configmaps \"c\" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'foo.bar/v1, Kind=Nope'",
    )
  })
})

describe('the types in a policy', () => {
  const path = `${group}/v1/validatingadmissionpolicies`
  const statusOf = (): JsonObject | undefined => {
    const stored = core.store.get('admissionregistration.k8s.io/validatingadmissionpolicies', 'p')
    return stored === undefined ? undefined : objectAt(JSON.parse(String(stored.value)) as JsonObject, 'status')
  }

  it('are checked against the kinds it is about, again after each change', async () => {
    const spec = {
      matchConstraints,
      variables: [{ name: 'size', expression: 'size(object.data)' }],
      validations: [
        { expression: 'object.dat.a == "1"' },
        { expression: 'object.metadata.name != "" && variables.size > 0', messageExpression: '"x" + object.data.a' },
        { expression: 'variables.size == 1 || object.data.a > "0"' },
        { expression: 'object.metadata.generation == 1 && object.immutable' },
      ],
    }
    await core.call('POST', path, { metadata: { name: 'p' }, spec })
    await core.until(() => statusOf()?.['observedGeneration'] === 1)
    expect(statusOf()?.['typeChecking']).toEqual({
      expressionWarnings: [
        {
          fieldRef: 'spec.validations[0].expression',
          warning:
            'v1, Kind=ConfigMap: ERROR: <input>:1:7: undefined field \'dat\'\n | object.dat.a == "1"\n | ......^',
        },
      ],
    })
    const patch = [{ op: 'replace', path: '/spec/validations/0/expression', value: 'object.data.a == "1"' }]
    await core.call('PATCH', `${path}/p`, patch, { 'content-type': 'application/json-patch+json' })
    await core.until(() => statusOf()?.['observedGeneration'] === 2)
    expect(statusOf()?.['typeChecking']).toEqual({})
  })

  it('cannot be checked where it names no kinds', async () => {
    const wide = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }]
    const spec = { matchConstraints: { resourceRules: wide }, validations: [{ expression: 'object.nothing == 1' }] }
    await core.call('POST', path, { metadata: { name: 'p' }, spec })
    await core.until(() => statusOf()?.['observedGeneration'] === 1)
    expect(statusOf()?.['typeChecking']).toEqual({})
  })
})
