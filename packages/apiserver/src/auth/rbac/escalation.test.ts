import * as fc from 'fast-check'
import { StatusError, type JsonObject, type KubeObject } from '@berth/meta'
import { beforeEach, describe, expect, test } from 'vitest'
import { coreSchemas } from '../../generated/core.ts'
import type { ResourceDefinition } from '../../resource/definition.ts'
import type { Store } from '../../storage/store.ts'
import type { RbacAuthorizer } from '../rbac.ts'
import { contextOf, grant, groupSubject, openAuthorizer, rule, user, userSubject } from '../testing/fixture.ts'
import type { UserInfo } from '../user.ts'
import { rbacResources } from './resources.ts'
import { matchesResource, rulesOf, uncovered } from './rule.ts'

const group = 'rbac.authorization.k8s.io'
const ann = user('ann', 'dev')

let store: Store
let authorizer: RbacAuthorizer

beforeEach(() => {
  ;({ store, authorizer } = openAuthorizer())
})

function definitionOf(resource: string): ResourceDefinition {
  const found = rbacResources(coreSchemas, authorizer).find((each) => each.resource === resource)
  if (found === undefined) throw new Error(`no ${resource}`)
  return found
}

type Written = KubeObject & JsonObject

/** What a write of the object answers: nothing, or the causes, or the message of a refusal. */
async function write(
  resource: string,
  content: JsonObject,
  options: { who?: UserInfo; previous?: JsonObject; namespace?: string } = {},
): Promise<string[]> {
  const { who = ann, previous, namespace = 'prod' } = options
  const definition = definitionOf(resource)
  const whole = (part: JsonObject): Written => ({
    apiVersion: `${group}/v1`,
    kind: definition.kind,
    metadata: { name: 'x' },
    ...part,
  })
  const object = whole(content)
  const before = previous === undefined ? undefined : whole(previous)
  const context = contextOf(who, definition.namespaced ? namespace : undefined)
  try {
    await definition.rules?.default?.(object, before, context)
    const causes = await definition.rules?.validate?.(object, before, context)
    return (causes ?? []).map((cause) => `${cause.field}: ${cause.message}`)
  } catch (error) {
    if (error instanceof StatusError) return [error.message]
    throw error
  }
}

const podReader = { rules: [rule('get', 'pods')] }
const toBob = { subjects: [{ kind: 'User', name: 'bob' }] }
const bind = (name: string, kind = 'ClusterRole'): JsonObject => ({ roleRef: { kind, name }, ...toBob })

describe('writing a role', () => {
  test('needs what the role gives', async () => {
    const refusal = await write('roles', podReader)
    expect(refusal).toEqual([
      `roles.${group} "x" is forbidden: user "ann" (groups=["dev"]) is attempting to grant RBAC permissions not currently held:\n` +
        '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    ])
    await grant(store, { role: 'own', rules: [rule('get,list', 'pods')], to: [groupSubject('dev')], namespace: 'prod' })
    expect(await write('roles', podReader)).toEqual([])
    expect(await write('roles', podReader, { namespace: 'other' })).toHaveLength(1)
    expect(await write('clusterroles', podReader)).toHaveLength(1)
  })

  test('or the right to escalate, or to be a master', async () => {
    await grant(store, {
      role: 'e',
      rules: [rule('escalate', 'roles', { apiGroups: [group] })],
      to: [userSubject('ann')],
    })
    expect(await write('roles', podReader)).toEqual([])
    expect(await write('clusterroles', podReader)).toHaveLength(1)
    expect(await write('clusterroles', podReader, { who: user('root', 'system:masters') })).toEqual([])
  })

  test('is free when only the garbage collector would see a difference', async () => {
    const kept = { ...podReader, metadata: { name: 'x', finalizers: ['example.com/kept'], resourceVersion: '2' } }
    expect(await write('roles', kept, { previous: podReader })).toEqual([])
  })

  test('takes the same for labels, which may add the role to those that others have', async () => {
    const metadata = { name: 'x', labels: { [`${group}/aggregate-to-view`]: 'true' } }
    expect(await write('clusterroles', { ...podReader, metadata }, { previous: podReader })).toHaveLength(1)
    const bound = { ...bind('gone'), metadata }
    expect(await write('clusterrolebindings', bound, { previous: bind('gone') })).toHaveLength(1)
  })

  test('an aggregation is not taken away by those who could not make it', async () => {
    const why = 'must have cluster-admin privileges to use the aggregationRule'
    const aggregated = { rules: [], aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }
    expect(await write('clusterroles', aggregated)).toEqual([`clusterroles.${group} "x" is forbidden: ${why}`])
    expect((await write('clusterroles', { rules: [] }, { previous: aggregated }))[0]).toContain(why)
  })

  test('is refused with what is missing, put together as kube-apiserver does', async () => {
    const rules = [
      rule('get,list', 'secrets,pods'),
      { apiGroups: ['apps'], resources: ['*'], resourceNames: ['a', 'b'], verbs: ['*'] },
      { nonResourceURLs: ['/x', '/y*'], verbs: ['get', 'post'] },
    ]
    expect((await write('clusterroles', { rules }))[0]?.split('\n').slice(1)).toEqual([
      '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
      '{APIGroups:["apps"], Resources:["*"], ResourceNames:["a"], Verbs:["*"]}',
      '{APIGroups:["apps"], Resources:["*"], ResourceNames:["b"], Verbs:["*"]}',
      '{NonResourceURLs:["/x"], Verbs:["get"]}',
      '{NonResourceURLs:["/x"], Verbs:["post"]}',
      '{NonResourceURLs:["/y*"], Verbs:["get"]}',
      '{NonResourceURLs:["/y*"], Verbs:["post"]}',
    ])
  })

  test.each([
    ['roles', { rules: [{ verbs: [], apiGroups: [''], resources: ['pods'] }] }, /^rules\[0\]\.verbs: Required/],
    ['roles', { rules: [{ verbs: ['get'], resources: ['pods'] }] }, /^rules\[0\]\.apiGroups: Required/],
    ['roles', { rules: [{ verbs: ['get'], apiGroups: [''] }] }, /^rules\[0\]\.resources: Required/],
    ['roles', { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] }, /namespaced rules cannot apply/],
    ['clusterroles', { rules: [{ ...rule('get', 'pods'), nonResourceURLs: ['/x'] }] }, /cannot apply to both/],
    ['clusterroles', { aggregationRule: {} }, /at least one clusterRoleSelector/],
    [
      'clusterroles',
      { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'not a key': 'x' } }] } },
      /^aggregationRule\.clusterRoleSelectors\[0\]\.matchLabels: Invalid value: "not a key": name part must/,
    ],
  ])('%s %o is not valid', async (resource, content, message) => {
    const [cause] = await write(resource, content, { who: user('root', 'system:masters') })
    expect(cause).toMatch(message)
  })
})

describe('writing a binding', () => {
  test('needs what the role gives, or the right to bind it', async () => {
    await grant(store, { role: 'reader', rules: [rule('get', 'pods')], to: [] })
    expect(await write('rolebindings', bind('reader'))).toEqual([expect.stringContaining('not currently held')])
    expect(await write('rolebindings', bind('missing'))).toEqual([`rolebindings.${group} "missing" not found`])
    const binder = rule('bind', 'clusterroles', { apiGroups: [group], resourceNames: ['reader'] })
    await grant(store, { role: 'binder', rules: [binder], to: [userSubject('ann')], namespace: 'prod' })
    // The right was given under the Role's name in one namespace.
    expect(await write('rolebindings', bind('reader'))).toEqual([])
    expect(await write('rolebindings', bind('reader'), { namespace: 'other' })).toHaveLength(1)
    expect(await write('clusterrolebindings', bind('reader'))).toHaveLength(1)
  })

  test('fills in groups and namespaces, and keeps its role', async () => {
    const who = user('root', 'system:masters')
    const subjects = [
      { kind: 'ServiceAccount', name: 'robot' },
      { kind: 'Group', name: 'g' },
    ]
    expect(await write('rolebindings', { ...bind('r', 'Role'), subjects }, { who })).toEqual([])
    const roleRef = { apiGroup: group, kind: 'Role', name: 'other' }
    expect(await write('rolebindings', bind('r', 'Role'), { who, previous: { roleRef } })).toEqual([
      expect.stringMatching(/^roleRef: .*cannot change roleRef/),
    ])
  })

  test.each([
    ['clusterrolebindings', bind('r', 'Role'), /^roleRef\.kind: Unsupported value/],
    ['rolebindings', { roleRef: { apiGroup: 'x', kind: 'Role', name: 'r' } }, /^roleRef\.apiGroup: Unsupported/],
    ['rolebindings', bind('', 'Role'), /^roleRef\.name: Required/],
    ['rolebindings', { ...bind('r'), subjects: [{ kind: 'Robot', name: 'x' }] }, /^subjects\[0\]\.kind: Unsupported/],
    ['clusterrolebindings', { ...bind('r'), subjects: [{ kind: 'ServiceAccount', name: 'x' }] }, /namespace: Required/],
    ['rolebindings', bind('a/b'), /^roleRef\.name: Invalid value: "a\/b": may not contain '\/'/],
    ['rolebindings', { ...bind('r'), subjects: [{ kind: 'ServiceAccount', name: '../x' }] }, /name: Invalid/],
  ])('%s %o is not valid', async (resource, content, message) => {
    const [cause] = await write(resource, content, { who: user('root', 'system:masters') })
    expect(cause).toMatch(message)
  })
})

describe('covering', () => {
  const some = (...values: string[]) => fc.subarray(values, { minLength: 1 })
  const anyRule = fc
    .record({
      verbs: some('get', 'list', '*'),
      apiGroups: some('', 'apps', '*'),
      resources: some('pods', 'pods/log', '*/log', '*'),
      resourceNames: fc.subarray(['a', 'b']),
    })
    .map((each) => rulesOf({ rules: [each] }))

  test('nobody can do more with covered rules than with those that cover them', () => {
    fc.assert(
      fc.property(
        anyRule,
        anyRule,
        fc.record({
          verb: fc.constantFrom('get', 'list', 'watch'),
          group: fc.constantFrom('', 'apps', 'batch'),
          resource: fc.constantFrom('pods', 'jobs'),
          subresource: fc.constantFrom(undefined, 'log', 'exec'),
          name: fc.constantFrom(undefined, 'a', 'c'),
        }),
        (owned, wanted, action) => {
          fc.pre(uncovered(owned, wanted).length === 0)
          if (wanted.some((each) => matchesResource(each, action))) {
            expect(owned.some((each) => matchesResource(each, action))).toBe(true)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('a rule too large to check is refused, quickly', () => {
    const many = Array.from({ length: 3000 }, (_, index) => `r${index}`)
    const huge = rulesOf({ rules: [{ verbs: many, apiGroups: many, resources: many, resourceNames: many }] })
    const owned = rulesOf({ rules: [rule('*', '*', { apiGroups: ['*'] })] })
    expect(uncovered(owned, huge)).toEqual(huge)
  })
})
