import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { textAt } from '../../core/fields.ts'
import { coreServer, type CoreServer } from '../../testing/core-server.ts'

const group = '/apis/admissionregistration.k8s.io'

let core: CoreServer

beforeAll(() => {
  core = coreServer()
})

afterAll(async () => {
  await core.server.close()
  await core.store.close()
})

/** What is wrong, without the name of the object; undefined when nothing is. */
async function problem(path: string, content: JsonObject): Promise<string | undefined> {
  const { code, body } = await core.call('POST', `${group}/${path}?dryRun=All`, { metadata: { name: 'x' }, ...content })
  if (code === 201) return undefined
  expect(code).toBe(422)
  return textAt(body, 'message').replace(/^\w+\.admissionregistration\.k8s\.io "x" is invalid: /, '')
}

const rule = { apiGroups: ['*'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }
const webhook = {
  name: 'a.b.c',
  clientConfig: { url: 'https://x.y/z' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [rule],
}

const dnsRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

describe('a webhook', () => {
  const url = (text: string): JsonObject => ({ clientConfig: { url: text } })
  const service = (more: JsonObject): JsonObject => ({
    clientConfig: { service: { namespace: 'a', name: 'b', ...more } },
  })
  const rules = (more: JsonObject): JsonObject => ({ rules: [{ ...rule, ...more }] })

  const cases: [JsonObject, string | undefined][] = [
    [{}, undefined],
    [{ name: 'a' }, 'name: Invalid value: "a": should be a domain with at least three segments separated by dots'],
    [{ name: '' }, 'name: Required value'],
    [{ name: 'A.b.c' }, `name: Invalid value: "A.b.c": ${dnsRule}`],
    [{ clientConfig: {} }, 'clientConfig: Required value: exactly one of url or service is required'],
    [
      { clientConfig: { url: 'https://a', service: { namespace: 'a', name: 'b' } } },
      'clientConfig: Required value: exactly one of url or service is required',
    ],
    [
      url('http://a'),
      'clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
    ],
    [url('https://a@b/c'), 'clientConfig.url: Invalid value: "a": user information is not permitted in the URL'],
    [url('https://a/?x=1'), 'clientConfig.url: Invalid value: "x=1": query parameters are not permitted in the URL'],
    [url('https://a/#f'), 'clientConfig.url: Invalid value: "f": fragments are not permitted in the URL'],
    [
      url('https://'),
      'clientConfig.url: Invalid value: "": host must be specified; desired format: https://host[/path]',
    ],
    [
      url('https://a b/'),
      'clientConfig.url: Required value: url must be a valid URL: parse "https://a b/": invalid character " " in host name; desired format: https://host[/path]',
    ],
    [service({ path: '/' }), undefined],
    [service({ path: '/a//b' }), 'clientConfig.service.path: Invalid value: "/a//b": segment[1] may not be empty'],
    [
      service({ port: 0 }),
      'clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
    ],
    [{ sideEffects: 'Some' }, 'sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    [{ admissionReviewVersions: [] }, 'admissionReviewVersions: Required value: must specify one of v1, v1beta1'],
    [
      { admissionReviewVersions: ['v2'] },
      'admissionReviewVersions: Invalid value: []string{"v2"}: must include at least one of v1, v1beta1',
    ],
    [{ admissionReviewVersions: ['v1', 'v1'] }, 'admissionReviewVersions[1]: Invalid value: "v1": duplicate version'],
    [{ failurePolicy: 'x' }, 'failurePolicy: Unsupported value: "x": supported values: "Fail", "Ignore"'],
    [{ matchPolicy: 'x' }, 'matchPolicy: Unsupported value: "x": supported values: "Equivalent", "Exact"'],
    [{ timeoutSeconds: 31 }, 'timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    [
      { objectSelector: { matchExpressions: [{ key: 'a', operator: 'X' }] } },
      'objectSelector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
    ],
    [
      { objectSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      "objectSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
    [rules({ operations: [] }), 'rules[0].operations: Required value'],
    [
      rules({ operations: ['*', 'CREATE'] }),
      'rules[0].operations: Invalid value: []admissionregistration.OperationType{"*", "CREATE"}: if \'*\' is present, must not specify other operations',
    ],
    [
      rules({ operations: ['X'] }),
      'rules[0].operations[0]: Unsupported value: "X": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
    ],
    [
      rules({ apiGroups: ['*', ''] }),
      'rules[0].apiGroups: Invalid value: []string{"*", ""}: if \'*\' is present, must not specify other API groups',
    ],
    [rules({ apiVersions: [''] }), 'rules[0].apiVersions[0]: Required value'],
    [rules({ resources: [''] }), 'rules[0].resources[0]: Required value'],
    [
      rules({ resources: ['*', 'pods'] }),
      'rules[0].resources: Invalid value: []string{"*", "pods"}: if \'*\' is present, must not specify other resources without subresources',
    ],
    [
      rules({ resources: ['*/*', 'pods'] }),
      'rules[0].resources: Invalid value: []string{"*/*", "pods"}: if \'*/*\' is present, must not specify other resources',
    ],
    [
      rules({ resources: ['pods/*', 'pods/status'] }),
      'rules[0].resources[1]: Invalid value: "pods/status": if \'pods/*\' is present, must not specify pods/status',
    ],
    [
      rules({ resources: ['*/scale', 'pods/scale'] }),
      'rules[0].resources[1]: Invalid value: "pods/scale": if \'*/scale\' is present, must not specify pods/scale',
    ],
    [rules({ scope: 'X' }), 'rules[0].scope: Unsupported value: "X": supported values: "*", "Cluster", "Namespaced"'],
    [
      { matchConditions: [{ name: 'a', expression: '1' }] },
      'matchConditions[0].expression: Invalid value: "1": must evaluate to bool but got int',
    ],
    [
      { matchConditions: [{ name: 'a', expression: 'request.foo == "a"' }] },
      'matchConditions[0].expression: Invalid value: "request.foo == \\"a\\"": compilation failed: ERROR: <input>:1:8: undefined field \'foo\'\n | request.foo == "a"\n | .......^',
    ],
  ]

  it.each(cases)('%j', async (more, why) => {
    const found = await problem('v1/validatingwebhookconfigurations', { webhooks: [{ ...webhook, ...more }] })
    expect(found).toBe(why === undefined ? undefined : `webhooks[0].${why}`)
  })

  it('has a name of its own in its configuration, and defaults', async () => {
    const found = await problem('v1/validatingwebhookconfigurations', { webhooks: [webhook, webhook] })
    expect(found).toBe('webhooks[1].name: Duplicate value: "a.b.c"')
    const { body } = await core.call('POST', `${group}/v1/mutatingwebhookconfigurations?dryRun=All`, {
      metadata: { name: 'x' },
      webhooks: [{ ...webhook, clientConfig: { service: { namespace: 'a', name: 'b' } } }],
    })
    expect(body).toMatchObject({
      metadata: { generation: 1 },
      webhooks: [
        {
          clientConfig: { service: { port: 443 } },
          rules: [{ scope: '*' }],
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          timeoutSeconds: 10,
          reinvocationPolicy: 'Never',
        },
      ],
    })
  })

  it('may be asked for nothing', async () => {
    expect(await problem('v1/validatingwebhookconfigurations', {})).toBeUndefined()
  })
})

const matchConstraints = { resourceRules: [rule] }

describe('a validating policy', () => {
  const both = 'validations or auditAnnotations must contain at least one item'
  const cases: [JsonObject, string | undefined][] = [
    [{}, undefined],
    [{ matchConstraints: null }, 'spec.matchConstraints: Required value'],
    [{ matchConstraints: {} }, 'spec.matchConstraints.resourceRules: Required value'],
    [
      { validations: [] },
      `[spec.validations: Required value: ${both}, spec.auditAnnotations: Required value: ${both}]`,
    ],
    [{ paramKind: {} }, '[spec.paramKind.apiVersion: Required value, spec.paramKind.kind: Required value]'],
    [
      { paramKind: { apiVersion: 'a/b/c', kind: 'x' } },
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ],
    [
      { validations: [{ expression: '' }] },
      'spec.validations[0].expression: Required value: expression is not specified',
    ],
    [
      { validations: [{ expression: '1' }] },
      'spec.validations[0].expression: Invalid value: "1": must evaluate to bool but got int',
    ],
    [
      { validations: [{ expression: 'object.x', message: 'a\nb' }] },
      '[spec.validations[0].expression: Invalid value: "object.x": must evaluate to bool but got dyn, spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks]',
    ],
    [
      { validations: [{ expression: 'true', message: ' ' }] },
      'spec.validations[0].message: Invalid value: " ": message must be non-empty if specified',
    ],
    [
      { validations: [{ expression: 'true', messageExpression: '1' }] },
      'spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string but got int',
    ],
    [
      { validations: [{ expression: 'true', reason: 'NotFound' }] },
      'spec.validations[0].reason: Unsupported value: "NotFound": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ],
    [
      { validations: [{ expression: 'params.x == 1' }] },
      "spec.validations[0].expression: Invalid value: \"params.x == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^",
    ],
    [
      { auditAnnotations: [{ key: 'a', valueExpression: 'true' }] },
      'spec.auditAnnotations[0].valueExpression: Invalid value: "true": must evaluate to one of [string null_type] but got bool',
    ],
    [
      { variables: [{ name: 'a-b', expression: '1' }] },
      'spec.variables[0].name: Invalid value: "a-b": name is not a valid CEL identifier',
    ],
    [
      { variables: [{ name: 'a', expression: '1' }], validations: [{ expression: 'variables.a == "x"' }] },
      'spec.validations[0].expression: Invalid value: "variables.a == \\"x\\"": compilation failed: ERROR: <input>:1:13: found no matching overload for \'_==_\' applied to \'(int, string)\'\n | variables.a == "x"\n | ............^',
    ],
    [
      {
        variables: [
          { name: 'a', expression: '1' },
          { name: 'b', expression: 'variables.a + 1' },
        ],
        validations: [{ expression: 'variables.b == 2' }],
      },
      undefined,
    ],
  ]

  it.each(cases)('%j', async (more, why) => {
    const spec: JsonObject = { matchConstraints, validations: [{ expression: 'true' }], ...more }
    for (const [key, value] of Object.entries(spec)) if (value === null) delete spec[key]
    for (const version of ['v1', 'v1beta1']) {
      expect(await problem(`${version}/validatingadmissionpolicies`, { spec })).toBe(why)
    }
  })
})

describe('a binding', () => {
  const cases: [JsonObject, string | undefined][] = [
    [{}, undefined],
    [{ policyName: '' }, 'spec.policyName: Required value'],
    [{ validationActions: [] }, 'spec.validationActions: Required value: at least one validation action is required'],
    [
      { validationActions: ['Deny', 'Warn'] },
      'spec.validationActions: Invalid value: []admissionregistration.ValidationAction{"Deny", "Warn"}: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
    [
      { validationActions: ['X'] },
      'spec.validationActions[0]: Unsupported value: "X": supported values: "Audit", "Deny", "Warn"',
    ],
    [
      { paramRef: {} },
      '[spec.paramRef: Required value: one of name or selector must be specified, spec.paramRef.parameterNotFoundAction: Required value]',
    ],
    [
      { paramRef: { name: 'a/b', parameterNotFoundAction: 'Deny' } },
      'spec.paramRef.name: Invalid value: "a/b": may not contain \'/\'',
    ],
    [{ matchResources: {} }, undefined],
  ]

  it.each(cases)('%j', async (more, why) => {
    const spec = { policyName: 'p', validationActions: ['Deny'], ...more }
    expect(await problem('v1/validatingadmissionpolicybindings', { spec })).toBe(why)
  })
})

describe('a mutating policy', () => {
  const patch = (expression: string): JsonObject => ({
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
  })
  const merge = (expression: string): JsonObject => ({
    mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
  })
  const cases: [JsonObject, string | undefined][] = [
    [{}, undefined],
    [{ reinvocationPolicy: '' }, 'spec.reinvocationPolicy: Required value'],
    [{ mutations: [] }, 'spec.mutations: Required value: mutations must contain at least one item'],
    [
      { mutations: [{ patchType: 'X' }] },
      'spec.mutations[0].patchType: Unsupported value: "X": supported values: "ApplyConfiguration", "JSONPatch"',
    ],
    [
      { mutations: [{ patchType: 'JSONPatch' }] },
      'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
    ],
    [
      patch('1'),
      'spec.mutations[0].jsonPatch.expression: Invalid value: "1": must evaluate to list(JSONPatch) but got int',
    ],
    [
      patch('[JSONPatch{op: 1}]'),
      "spec.mutations[0].jsonPatch.expression: Invalid value: \"[JSONPatch{op: 1}]\": compilation failed: ERROR: <input>:1:14: expected type of field 'op' is 'string' but provided type is 'int'\n | [JSONPatch{op: 1}]\n | .............^",
    ],
    [
      merge('1'),
      'spec.mutations[0].applyConfiguration.expression: Invalid value: "1": must evaluate to Object but got int',
    ],
    [
      merge('Object.spec{}'),
      'spec.mutations[0].applyConfiguration.expression: Invalid value: "Object.spec{}": must evaluate to Object but got Object.spec',
    ],
    [merge('Object{spec: Object.spec{a: [Object.spec.a{b: 1}]}}'), undefined],
    [
      { matchConstraints: { resourceRules: [{ ...rule, operations: ['DELETE'] }] } },
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ],
  ]

  it.each(cases)('%j', async (more, why) => {
    const spec = { matchConstraints, reinvocationPolicy: 'Never', ...merge('Object{}'), ...more }
    for (const version of ['v1alpha1', 'v1beta1']) {
      expect(await problem(`${version}/mutatingadmissionpolicies`, { spec })).toBe(why)
    }
  })
})
