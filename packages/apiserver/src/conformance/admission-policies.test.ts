import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { configMap, mergePatch, usePlane, type Reply } from './testing/plane.ts'

const plane = usePlane()
const group = '/apis/admissionregistration.k8s.io/v1'

interface Policy {
  name: string
  namespace: string
  maps: string
}

/** A policy on config maps, bound to one new namespace. */
async function bind(spec: JsonObject, binding: JsonObject = {}): Promise<Policy> {
  const name = `p-${randomUUID().slice(0, 8)}`
  const namespace = await plane.namespace()
  const resourceRules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }]
  await plane.ok('POST', `${group}/validatingadmissionpolicies`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules }, ...spec },
  })
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
  await plane.ok('POST', `${group}/validatingadmissionpolicybindings`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector }, ...binding },
  })
  return { name, namespace, maps: `/api/v1/namespaces/${namespace}/configmaps` }
}

/** Policies count a moment after they are made. */
async function untilDenied(maps: string, words = ''): Promise<Reply> {
  for (let attempt = 0; attempt < 2000; attempt += 1) {
    const reply = await plane.call('POST', `${maps}?dryRun=All`, configMap('wrong'))
    if (reply.code !== 201 && reply.text.includes(words)) return reply
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nothing of ${maps} is denied`)
}

const notWrong = (message: JsonObject = {}): JsonObject => ({
  expression: "object == null || object.metadata.name != 'wrong'",
  ...message,
})

describe('a validating admission policy', () => {
  it('denies what it says, in its words, and nothing else', async () => {
    const { name, maps } = await bind({ validations: [notWrong({ message: 'not this name' })] })
    const denied = await untilDenied(maps)
    expect(denied).toMatchObject({ code: 422, body: { reason: 'Invalid' } })
    expect(denied.text).toContain(
      `ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: not this name`,
    )
    await plane.ok('POST', maps, configMap('right'))
    const other = `/api/v1/namespaces/${await plane.namespace()}/configmaps`
    await plane.ok('POST', other, configMap('wrong'))
  })

  it('chooses its code by its reason, and makes its message', async () => {
    const { maps } = await bind({
      validations: [notWrong({ reason: 'Forbidden', messageExpression: "'no ' + object.metadata.name" })],
    })
    const denied = await untilDenied(maps)
    expect(denied).toMatchObject({ code: 403, body: { reason: 'Forbidden' } })
    expect(denied.text).toContain('no wrong')
  })

  it('sees the old object, the request and the namespace, through variables', async () => {
    const { maps } = await bind({
      variables: [
        { name: 'grown', expression: "oldObject == null || int(object.data['n']) >= int(oldObject.data['n'])" },
      ],
      validations: [
        notWrong(),
        { expression: "request.operation != 'UPDATE' || variables.grown", message: 'must grow' },
        { expression: 'namespaceObject.metadata.name == request.namespace' },
      ],
    })
    await untilDenied(maps)
    await plane.ok('POST', maps, configMap('a', { data: { n: '2' } }))
    const shrunk = await plane.call('PATCH', `${maps}/a`, { data: { n: '1' } }, mergePatch)
    expect(shrunk.text).toContain('must grow')
    await plane.ok('PATCH', `${maps}/a`, { data: { n: '3' } }, mergePatch)
  })

  it('passes over what its match conditions leave out', async () => {
    const { maps } = await bind({
      matchConditions: [{ name: 'some', expression: "object.metadata.name.startsWith('w')" }],
      validations: [{ expression: 'false', message: 'never' }],
    })
    expect((await untilDenied(maps)).text).toContain('never')
    await plane.ok('POST', maps, configMap('a'))
  })

  it('only warns when it is bound so', async () => {
    const { maps } = await bind({ validations: [notWrong({ message: 'better not' })] }, { validationActions: ['Warn'] })
    for (let attempt = 0; attempt < 2000; attempt += 1) {
      const reply = await plane.call('POST', `${maps}?dryRun=All`, configMap('wrong'))
      expect(reply.code).toBe(201)
      if (String(reply.headers['warning']).includes('better not')) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error('nobody was warned')
  })

  it('reads its parameters', async () => {
    const settings = await plane.namespace()
    await plane.ok(
      'POST',
      `/api/v1/namespaces/${settings}/configmaps`,
      configMap('settings', { data: { banned: 'wrong' } }),
    )
    const { maps } = await bind(
      {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        validations: [{ expression: 'object.metadata.name != params.data.banned', message: 'banned' }],
      },
      { paramRef: { name: 'settings', namespace: settings, parameterNotFoundAction: 'Deny' } },
    )
    expect((await untilDenied(maps, 'banned')).code).toBe(422)
    await plane.ok('POST', maps, configMap('other'))
  })

  it.each([
    ['a mistake in its syntax', 'object.', 'Syntax error'],
    ['a variable that nobody has', 'nobody.there', 'undeclared reference'],
    ['a result that is no answer', '1', 'must evaluate to bool'],
  ])('with %s is refused', async (_, expression, words) => {
    const resourceRules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }]
    const reply = await plane.call('POST', `${group}/validatingadmissionpolicies`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'refused' },
      spec: { matchConstraints: { resourceRules }, validations: [{ expression }] },
    })
    expect(reply.code).toBe(422)
    expect(reply.text).toContain(words)
  })
})
