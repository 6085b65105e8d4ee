import { silentLogger } from '@berth/base'
import { createMemoryStore } from '@berth/store'
import { expect, test } from 'vitest'
import { defaultClusterRoles } from '../bootstrap-policy.ts'
import { ensureBootstrapPolicy } from '../bootstrap.ts'
import { RbacAuthorizer } from '../rbac.ts'
import { FixedClock, put, remove, rule, user } from '../testing/fixture.ts'
import { RoleAggregation } from './aggregate.ts'

const clusterRoles = 'rbac.authorization.k8s.io/clusterroles'

function rulesIn(store: ReturnType<typeof createMemoryStore>, name: string): unknown {
  return JSON.parse(String(store.get(clusterRoles, name)?.value)).rules
}

const gathering = { clusterRoleSelectors: [{ matchLabels: { to: 'big' } }] }

test('gathers the rules of picked roles, each once, and follows every change', async () => {
  const store = createMemoryStore()
  await put(store, clusterRoles, { metadata: { name: 'big' }, aggregationRule: gathering, rules: [rule('old', 'x')] })
  await put(store, clusterRoles, { metadata: { name: 'a', labels: { to: 'big' } }, rules: [rule('get', 'pods')] })
  const aggregation = new RoleAggregation({ store, logger: silentLogger })
  await aggregation.settled()
  expect(rulesIn(store, 'big')).toEqual([rule('get', 'pods')])

  const more = [rule('get', 'pods'), rule('list', 'pods')]
  await put(store, clusterRoles, { metadata: { name: 'b', labels: { to: 'big' } }, rules: more })
  await put(store, clusterRoles, { metadata: { name: 'c', labels: { to: 'other' } }, rules: [rule('get', 'secrets')] })
  await aggregation.settled()
  expect(rulesIn(store, 'big')).toEqual(more)

  await remove(store, clusterRoles, 'b')
  await aggregation.settled()
  expect(rulesIn(store, 'big')).toEqual([rule('get', 'pods')])
  const { revision } = store
  await put(store, clusterRoles, { metadata: { name: 'c' }, rules: [] })
  await aggregation.settled()
  // Nothing to do, so nothing written: only the change itself counts.
  expect(store.revision).toBe(revision + 1)
  await aggregation.close()
  await put(store, clusterRoles, { metadata: { name: 'd', labels: { to: 'big' } }, rules: more })
  await aggregation.settled()
  expect(rulesIn(store, 'big')).toEqual([rule('get', 'pods')])
})

test('roles that pick each other come to rest', async () => {
  const store = createMemoryStore()
  const both = (name: string) => ({ metadata: { name, labels: { to: 'big' } }, aggregationRule: gathering })
  await put(store, clusterRoles, { ...both('one'), rules: [rule('get', 'pods')] })
  await put(store, clusterRoles, { ...both('two'), rules: [rule('get', 'secrets')] })
  const aggregation = new RoleAggregation({ store, logger: silentLogger })
  await aggregation.settled()
  const { revision } = store
  await aggregation.settled()
  expect(store.revision).toBe(revision)
  await aggregation.close()
})

test('the default policy: created once, left alone after, and graded from view to admin', async () => {
  const store = createMemoryStore()
  let ids = 0
  const options = { store, clock: new FixedClock(), uuid: () => `id-${(ids += 1)}` }
  await ensureBootstrapPolicy(options)
  expect(store.count(clusterRoles)).toBe(defaultClusterRoles.length)
  const aggregation = new RoleAggregation({ store, logger: silentLogger })
  await aggregation.settled()
  await put(store, clusterRoles, { metadata: { name: 'system:discovery' }, rules: [] })
  await aggregation.settled()
  const { revision } = store
  await ensureBootstrapPolicy(options)
  expect(store.revision).toBe(revision)

  const authorizer = new RbacAuthorizer(store)
  for (const name of ['view', 'edit', 'admin', 'cluster-admin']) {
    await put(store, 'rbac.authorization.k8s.io/clusterrolebindings', {
      metadata: { name },
      roleRef: { kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', name }],
    })
  }
  const who = (verb: string, resource: string, group = '') =>
    ['view', 'edit', 'admin', 'cluster-admin'].filter(
      (name) =>
        authorizer.authorize({ kind: 'resource', user: user(name), verb, group, version: 'v1', resource }).allowed,
    )
  expect(who('get', 'pods')).toEqual(['view', 'edit', 'admin', 'cluster-admin'])
  expect(who('create', 'pods')).toEqual(['edit', 'admin', 'cluster-admin'])
  expect(who('get', 'secrets')).toEqual(['edit', 'admin', 'cluster-admin'])
  expect(who('create', 'rolebindings', 'rbac.authorization.k8s.io')).toEqual(['admin', 'cluster-admin'])
  expect(who('delete', 'nodes')).toEqual(['cluster-admin'])
  const anyone = { kind: 'path', user: user('system:anonymous', 'system:unauthenticated'), verb: 'get' } as const
  expect(authorizer.authorize({ ...anyone, path: '/version' }).allowed).toBe(true)
  expect(authorizer.authorize({ ...anyone, path: '/api' }).allowed).toBe(false)
  await aggregation.close()
})
